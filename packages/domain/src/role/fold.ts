import { type Permission, permissionKey, type Question } from "@plp/iam-policy";
import type { Recorded } from "../event.ts";
import type { Mode, RequestKind } from "../scope.ts";
import type { ObservedUsage, ProposedPolicy, RoleEvent } from "./events.ts";
import {
  type AppliedPolicy,
  type ApprovedPolicy,
  emptyRole,
  type OpenProposal,
  type Rejection,
  type RoleState,
} from "./state.ts";

export function foldRole(events: readonly Recorded<RoleEvent>[], from: RoleState = emptyRole): RoleState {
  return events.reduce(evolve, owned(from));
}

/** What `evolve` adds to in place: a copy for each event would make a history twice as long cost four times as much. */
interface OwnedState extends RoleState {
  readonly observations: Map<string, ObservedUsage & { readonly version: number }>;
  readonly raised: Map<string, { readonly question: Question; readonly to: string }>;
  readonly open: Map<RequestKind, OpenProposal>;
  readonly proposals: Map<number, OpenProposal>;
  readonly decided: Map<number, "approved" | "rejected">;
  readonly rejected: Refusals;
  readonly retained: Refusals;
  readonly refusals: Map<RequestKind, Omit<Rejection, "permission">>;
  readonly withdrawn: Map<RequestKind, string>;
  readonly protectedSids: Set<string>;
  readonly commands: Set<string>;
  readonly appliedBy: Set<number>;
  readonly readAfter: Set<number>;
  readonly restores: Set<string>;
}

type Refusals = Map<string, Rejection>;

/** The same state, with collections that nobody else holds. */
function owned(state: RoleState): OwnedState {
  return {
    ...state,
    observations: new Map(state.observations),
    raised: new Map(state.raised),
    open: new Map(state.open),
    proposals: new Map(state.proposals),
    decided: new Map(state.decided),
    rejected: new Map(state.rejected),
    retained: new Map(state.retained),
    refusals: new Map(state.refusals),
    withdrawn: new Map(state.withdrawn),
    protectedSids: new Set(state.protectedSids),
    commands: new Set(state.commands),
    appliedBy: new Set(state.appliedBy),
    readAfter: new Set(state.readAfter),
    restores: new Set(state.restores),
  };
}

function evolve(before: OwnedState, event: Recorded<RoleEvent>): OwnedState {
  const state = { ...before, version: event.version };
  switch (event.type) {
    case "RoleDiscovered":
      return {
        ...state,
        scope: event.data.scope,
        retired: false,
        discoveredAt: before.discoveredAt ?? event.occurredAt,
        enforcedSince: enforcedSince(before, event.data.scope.mode, event.occurredAt),
      };
    case "RoleRescoped":
      return { ...state, scope: event.data.scope };
    case "ModeChanged":
      return {
        ...state,
        scope: before.scope && { ...before.scope, mode: event.data.to },
        enforcedSince: enforcedSince(before, event.data.to, event.occurredAt),
      };
    case "RoleRetired":
      return { ...state, retired: true };
    case "RoleRecreated":
      return state;
    case "UsageObserved":
      return {
        ...state,
        observations: before.observations.set(event.data.run, {
          ...event.data,
          version: event.version,
        }),
        unmerged: [...before.unmerged, event.data.run],
        closedTo: event.data.closed ? later(before.closedTo, event.data.window.to) : before.closedTo,
      };
    case "PolicyProposed": {
      const proposal = { ...event.data, version: event.version, at: event.occurredAt, hash: event.hash };
      return {
        ...state,
        ...(proposal.kind === "grow" ? merged(before, event.data, proposal.window.to) : {}),
        open: before.open.set(proposal.kind, proposal),
        proposals: before.proposals.set(event.version, proposal),
        restores: proposal.restore ? before.restores.add(proposal.restore.order) : before.restores,
      };
    }
    case "UsageMerged":
      return {
        ...state,
        ...merged(before, event.data, before.observations.get(event.data.run)?.window.to ?? event.occurredAt),
      };
    case "ProposalSuperseded":
      return { ...state, open: withoutProposal(before, event.data.proposal) };
    case "ProposalWithdrawn":
      return {
        ...state,
        // What was open is looked at before it is gone.
        kept: event.data.kept ? keptOf(before, event.data) : before.kept,
        open: withoutProposal(before, event.data.proposal),
        withdrawn: withdrawnOf(before, event.data),
      };
    case "ProposalApproved": {
      const { proposal, kind, struck, retained = [] } = event.data;
      const refusal = { at: event.occurredAt, by: event.data.mergedBy, request: event.data.request };
      const { added = [], removed = [] } = before.proposals.get(proposal) ?? {};
      // What people leave out on the way back is as it was, refused or not.
      const isRefused = kind !== "restore";
      return {
        ...state,
        open: withoutProposal(before, proposal),
        decided: before.decided.set(proposal, "approved"),
        rejected: isRefused
          ? refused(without(before.rejected, added), struck, refusal)
          : without(before.rejected, others(added, struck)),
        retained: isRefused
          ? refused(without(before.retained, removed), retained, refusal)
          : without(before.retained, others(removed, retained)),
        ...approvedNow(before, event.data, event.version),
      };
    }
    case "ProposalRejected": {
      const { proposal, kind, permissions, retained = [] } = event.data;
      const refusal = { at: event.occurredAt, by: event.data.closedBy, request: event.data.request };
      return {
        ...state,
        open: withoutProposal(before, proposal),
        decided: before.decided.set(proposal, "rejected"),
        rejected: refused(before.rejected, permissions, refusal),
        retained: refused(before.retained, retained, refusal),
        refusals: before.refusals.set(kind, refusal),
      };
    }
    case "PolicyEdited":
      return { ...state, ...approvedNow(before, event.data, event.version) };
    case "RejectionLifted":
      return {
        ...state,
        commands: before.commands.add(event.data.command),
        rejected: without(before.rejected, event.data.permissions),
        retained: without(before.retained, event.data.permissions),
        kept: again(before, event.data.permissions),
      };
    case "StatementProtected":
      return {
        ...state,
        commands: before.commands.add(event.data.command),
        protectedSids: before.protectedSids.add(event.data.sid),
      };
    case "PolicyApplied":
      return {
        ...state,
        appliedBy: before.appliedBy.add(event.data.job),
        applied: appliedAfter(before.applied, event),
      };
    case "PolicyObserved": {
      const { data: reading, version, occurredAt: at } = event;
      const isFirst = reading.after.kind === "apply" || before.baseline === null;
      return {
        ...state,
        reading: { ...reading, version, at },
        readAfter:
          reading.after.kind === "apply" ? before.readAfter.add(reading.after.job) : before.readAfter,
        baseline: isFirst ? reading : before.baseline,
        applied: appliedAfter(before.applied, event),
      };
    }
    case "RestoreRefused":
      return { ...state, restores: before.restores.add(event.data.order) };
  }
}

/**
 * The policy that AWS has after an event. An apply that was heard of late does not undo a newer one; what is read counts
 * as applied where it is what was to be applied and no job had said so.
 */
export function appliedAfter(before: AppliedPolicy | null, event: Recorded<RoleEvent>): AppliedPolicy | null {
  const { version, occurredAt: at } = event;
  if (event.type === "PolicyApplied") {
    const { policy, policyHash, job: id, url, commit, startedBy } = event.data;
    if (before !== null && before.at > at) return before;
    return { policy, policyHash, version, at, job: { id, url, commit, startedBy } };
  }
  if (event.type !== "PolicyObserved") return before;
  const { generated, confirmed, expectedHash } = event.data;
  const isNews = generated !== null && confirmed && expectedHash !== before?.policyHash;
  return isNews ? { ...generated, version, at, job: null } : before;
}

function enforcedSince({ enforcedSince: known }: RoleState, mode: Mode, at: string): string | null {
  return mode === "enforce" ? (known ?? at) : null;
}

/** Another policy is another question: a refusal to enforce the one before it does not count for it. */
function approvedNow(
  { refusals }: OwnedState,
  { policy, policyHash }: Pick<ApprovedPolicy, "policy" | "policyHash">,
  version: number,
): Pick<OwnedState, "approved" | "refusals"> {
  refusals.delete("enforce");
  return { approved: { policy, policyHash, version }, refusals };
}

function without(refusals: Refusals, permissions: readonly Permission[]): Refusals {
  for (const permission of permissions) refusals.delete(permissionKey(permission));
  return refusals;
}

function others(permissions: readonly Permission[], left: readonly Permission[]): readonly Permission[] {
  const keys = new Set(left.map(permissionKey));
  return permissions.filter((one) => !keys.has(permissionKey(one)));
}

function refused(
  refusals: Refusals,
  permissions: readonly Permission[],
  refusal: Omit<Rejection, "permission">,
): Refusals {
  for (const permission of permissions) refusals.set(permissionKey(permission), { ...refusal, permission });
  return refusals;
}

/** A merge takes up all that waited for one. */
function merged(
  state: OwnedState,
  {
    run,
    joined = [],
    questions,
    waiting = [],
  }: Pick<ProposedPolicy, "run" | "joined" | "questions" | "waiting">,
  to: string,
): Pick<OwnedState, "unmerged" | "kept" | "waiting" | "raised"> {
  const runs = new Set([run, ...joined]);
  const { raised } = state;
  for (const question of questions) {
    const key = `${question.kind} ${question.detail}`;
    const known = raised.get(key)?.to ?? null;
    raised.set(key, { question, to: later(known, to) });
  }
  return { unmerged: state.unmerged.filter((one) => !runs.has(one)), kept: null, waiting, raised };
}

function keptOf(
  state: RoleState,
  withdrawn: { readonly proposal: number; readonly reason: string },
): RoleState["kept"] {
  const open = [...state.open.values()].find(({ version }) => version === withdrawn.proposal);
  if (open === undefined || open.kind !== "grow") return state.kept;
  return { additions: [...(state.kept?.additions ?? []), ...open.added], reason: withdrawn.reason };
}

function withdrawnOf(
  { withdrawn, proposals }: OwnedState,
  { proposal, reason }: { readonly proposal: number; readonly reason: string },
): OwnedState["withdrawn"] {
  const kind = proposals.get(proposal)?.kind;
  return kind === undefined ? withdrawn : withdrawn.set(kind, reason);
}

/** What was refused, with the evidence that it was last proposed on. */
function again({ kept, proposals }: RoleState, permissions: readonly Permission[]): RoleState["kept"] {
  const wanted = new Set(permissions.map(permissionKey));
  const grown = [...proposals.values()].filter(({ kind }) => kind === "grow");
  const additions = new Map(
    grown
      .flatMap(({ added }) => added)
      .map((addition) => [permissionKey(addition), addition] as const)
      .filter(([key]) => wanted.has(key)),
  );
  if (additions.size === 0) return kept;
  return { additions: [...(kept?.additions ?? []), ...additions.values()], reason: kept?.reason ?? null };
}

function withoutProposal({ open }: OwnedState, version: number): OwnedState["open"] {
  for (const [kind, proposal] of open) if (proposal.version === version) open.delete(kind);
  return open;
}

function later(a: string | null, b: string): string {
  return a !== null && a > b ? a : b;
}
