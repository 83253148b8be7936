import { type Addition, type Permission, type PolicyDocument, permissionKey } from "@plp/iam-policy";
import type { Recorded } from "../event.ts";
import type { EnvironmentScope, RequestKind } from "../scope.ts";
import type { ObservedUsage, Person, ProposedPolicy, RequestRef, RoleEvent } from "./events.ts";

export interface OpenProposal extends ProposedPolicy {
  /** Version of its `PolicyProposed` event. */
  readonly version: number;
  readonly at: string;
  /** Hash of the commit that holds the event: what `Plp-History` in Git anchors. */
  readonly hash: string;
}

export interface Rejection {
  readonly at: string;
  readonly by: Person | null;
  readonly request: RequestRef;
  readonly permission: Permission;
}

/** The policy as it stands on the default branch, by the last approval or edit that we know of. */
export interface ApprovedPolicy {
  readonly policy: PolicyDocument;
  readonly policyHash: string;
  readonly version: number;
}

export interface RoleState {
  readonly version: number;
  readonly scope: EnvironmentScope | null;
  readonly retired: boolean;
  readonly discoveredAt: string | null;
  /** End of the last closed window: the next one begins a little before it. */
  readonly closedTo: string | null;
  /** By run; `version` is that of its `UsageObserved`. */
  readonly observations: ReadonlyMap<string, ObservedUsage & { readonly version: number }>;
  /** Runs that were observed and not merged yet, oldest first: their evidence goes into the next merge. */
  readonly unmerged: readonly string[];
  /** What a proposal was to add that was withdrawn without a decision: it goes into the next merge, too. */
  readonly kept: { readonly additions: readonly Addition[]; readonly reason: string } | null;
  readonly open: ReadonlyMap<RequestKind, OpenProposal>;
  /** Every proposal ever made, by its version. */
  readonly proposals: ReadonlyMap<number, OpenProposal>;
  /** What reviewers last decided of a proposal, by its version. */
  readonly decided: ReadonlyMap<number, "approved" | "rejected">;
  /** By permission: what reviewers refused, and did not merge since. */
  readonly rejected: ReadonlyMap<string, Rejection>;
  readonly approved: ApprovedPolicy | null;
}

export const emptyRole: RoleState = {
  version: 0,
  scope: null,
  retired: false,
  discoveredAt: null,
  closedTo: null,
  observations: new Map(),
  unmerged: [],
  kept: null,
  open: new Map(),
  proposals: new Map(),
  decided: new Map(),
  rejected: new Map(),
  approved: null,
};

export function foldRole(events: readonly Recorded<RoleEvent>[], from: RoleState = emptyRole): RoleState {
  return events.reduce(evolve, from);
}

function evolve(before: RoleState, event: Recorded<RoleEvent>): RoleState {
  const state = { ...before, version: event.version };
  switch (event.type) {
    case "RoleDiscovered":
      return {
        ...state,
        scope: event.data.scope,
        retired: false,
        discoveredAt: before.discoveredAt ?? event.occurredAt,
      };
    case "RoleRescoped":
      return { ...state, scope: event.data.scope };
    case "ModeChanged":
      return { ...state, scope: before.scope && { ...before.scope, mode: event.data.to } };
    case "RoleRetired":
      return { ...state, retired: true };
    case "RoleRecreated":
      return state;
    case "UsageObserved":
      return {
        ...state,
        observations: new Map(before.observations).set(event.data.run, {
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
        ...(proposal.kind === "grow" ? merged(before, event.data) : {}),
        open: new Map(before.open).set(proposal.kind, proposal),
        proposals: new Map(before.proposals).set(event.version, proposal),
      };
    }
    case "UsageMerged":
      return { ...state, ...merged(before, event.data) };
    case "ProposalSuperseded":
      return { ...state, open: withoutProposal(before, event.data.proposal) };
    case "ProposalWithdrawn":
      return {
        ...state,
        open: withoutProposal(before, event.data.proposal),
        kept: event.data.kept ? keptOf(before, event.data) : before.kept,
      };
    case "ProposalApproved": {
      const rejected = new Map(before.rejected);
      for (const added of before.proposals.get(event.data.proposal)?.added ?? [])
        rejected.delete(permissionKey(added));
      for (const permission of event.data.struck) {
        rejected.set(permissionKey(permission), {
          at: event.occurredAt,
          by: event.data.mergedBy,
          request: event.data.request,
          permission,
        });
      }
      return {
        ...state,
        open: withoutProposal(before, event.data.proposal),
        decided: new Map(before.decided).set(event.data.proposal, "approved"),
        rejected,
        approved: { policy: event.data.policy, policyHash: event.data.policyHash, version: event.version },
      };
    }
    case "ProposalRejected": {
      const rejected = new Map(before.rejected);
      for (const permission of event.data.permissions) {
        rejected.set(permissionKey(permission), {
          at: event.occurredAt,
          by: event.data.closedBy,
          request: event.data.request,
          permission,
        });
      }
      return {
        ...state,
        open: withoutProposal(before, event.data.proposal),
        decided: new Map(before.decided).set(event.data.proposal, "rejected"),
        rejected,
      };
    }
    case "PolicyEdited":
      return {
        ...state,
        approved: { policy: event.data.policy, policyHash: event.data.policyHash, version: event.version },
      };
  }
}

/** A merge takes up all that waited for one. */
function merged(
  state: RoleState,
  { run, joined = [] }: { readonly run: string; readonly joined?: readonly string[] },
): Pick<RoleState, "unmerged" | "kept"> {
  const runs = new Set([run, ...joined]);
  return { unmerged: state.unmerged.filter((one) => !runs.has(one)), kept: null };
}

function keptOf(
  state: RoleState,
  withdrawn: { readonly proposal: number; readonly reason: string },
): RoleState["kept"] {
  const open = [...state.open.values()].find(({ version }) => version === withdrawn.proposal);
  if (open === undefined || open.kind !== "grow") return state.kept;
  return { additions: [...(state.kept?.additions ?? []), ...open.added], reason: withdrawn.reason };
}

function withoutProposal(state: RoleState, version: number): ReadonlyMap<RequestKind, OpenProposal> {
  return new Map([...state.open].filter(([, proposal]) => proposal.version !== version));
}

function later(a: string | null, b: string): string {
  return a !== null && a > b ? a : b;
}
