import { isDeepStrictEqual } from "node:util";
import { type BacktestLine, type Permission, type PolicyDocument, permissionKey } from "@plp/iam-policy";
import { type Cause, eventMaker } from "../event.ts";
import type { EnvironmentScope, RequestKind, SourceCommit } from "../scope.ts";
import type {
  LiftedRejection,
  ObservedUsage,
  Person,
  ProposedPolicy,
  ProtectedStatement,
  RequestRef,
  RoleEvent,
} from "./events.ts";
import type { RoleState } from "./state.ts";

const make = eventMaker<RoleEvent>();

/** A role was found in an application's outputs. Nothing when all of it is known already. */
export function discoverRole(
  state: RoleState,
  found: {
    readonly scope: EnvironmentScope;
    readonly commit: SourceCommit;
    readonly previousUniqueId: string | null;
  },
  cause: Cause,
): RoleEvent[] {
  const { scope, commit } = found;
  if (state.scope === null) {
    const discovered = make("RoleDiscovered", { scope, commit }, cause);
    return found.previousUniqueId === null
      ? [discovered]
      : [make("RoleRecreated", { previousUniqueId: found.previousUniqueId }, cause), discovered];
  }
  if (state.retired) return [make("RoleDiscovered", { scope, commit }, cause)];
  const events: RoleEvent[] = [];
  if (state.scope.mode !== scope.mode) {
    events.push(make("ModeChanged", { from: state.scope.mode, to: scope.mode, commit }, cause));
  }
  if (!isDeepStrictEqual({ ...state.scope, mode: scope.mode }, scope)) {
    if (!scope.generate) events.push(...withdrawAll(state, "the role is no longer in scope", cause));
    events.push(make("RoleRescoped", { scope, commit }, cause));
  }
  return events;
}

/** The role is no longer in any output that claims it. */
export function retireRole(
  state: RoleState,
  found: { readonly reason: string; readonly commit: SourceCommit },
  cause: Cause,
): RoleEvent[] {
  if (state.scope === null || state.retired) return [];
  return [...withdrawAll(state, found.reason, cause), make("RoleRetired", found, cause)];
}

/**
 * What a run found out; once per run. What lies between the last closed window (or the role's discovery) and this one
 * is covered by no analysis any more: it is recorded as a gap, and never holds a later window back.
 */
export function observeUsage(state: RoleState, usage: ObservedUsage, cause: Cause): RoleEvent[] {
  if (state.observations.has(usage.run)) return [];
  const since = state.closedTo ?? state.discoveredAt;
  if (since === null || since >= usage.window.from) return [make("UsageObserved", usage, cause)];
  const gap = { from: since, to: usage.window.from, reason: "no analysis covers this time" };
  return [make("UsageObserved", { ...usage, gaps: [gap, ...usage.gaps] }, cause)];
}

/** The files on the default branch hold something that no approval of ours put there. */
export function editPolicy(
  state: RoleState,
  found: { readonly policy: PolicyDocument; readonly policyHash: string; readonly commit: SourceCommit },
  cause: Cause,
): RoleEvent[] {
  const known = state.approved?.policyHash ?? null;
  if (known === found.policyHash) return [];
  if (known === null && found.policy.Statement.length === 0) return [];
  return [make("PolicyEdited", { fromHash: known, ...found }, cause)];
}

/**
 * A merge came to a policy. No other proposal when the open one of that kind says the same of the same base; a
 * proposal without any change withdraws the open one. That the evidence of its runs was merged is said once, with
 * `grow`, so that the evidence of a run whose merge failed is not lost.
 */
export function proposePolicy(state: RoleState, proposed: ProposedPolicy, cause: Cause): RoleEvent[] {
  const open = state.open.get(proposed.kind);
  if (changesNothing(proposed)) {
    const reason = "nothing is left to change";
    return [
      ...(open ? [make("ProposalWithdrawn", { proposal: open.version, reason }, cause)] : []),
      ...mergeUsage(state, proposed, null, cause),
    ];
  }
  if (open === undefined) return [make("PolicyProposed", proposed, cause)];
  if (saysTheSame(open, proposed)) return mergeUsage(state, proposed, open.version, cause);
  return [
    make("ProposalSuperseded", { proposal: open.version }, cause),
    make("PolicyProposed", proposed, cause),
  ];
}

function changesNothing({ added, removed, enforce }: ProposedPolicy): boolean {
  return added.length === 0 && removed.length === 0 && enforce === undefined;
}

/** To those who read it: how many calls a backtest holds changes with every hour, and is no other proposal. */
export function saysTheSame(open: ProposedPolicy, proposed: ProposedPolicy): boolean {
  const said = (proposal: ProposedPolicy) => {
    const { policyHash, base, added, removed, questions, denied, risks, backtest, enforce, restore } =
      proposal;
    return {
      ...{ policyHash, files: base.files, added, removed, questions, denied, risks },
      backtest: backtest && [...backtest.wouldBeDenied, ...backtest.undecided].map(lineOf),
      forbidden: (proposal.forbidden ?? []).map(({ action, resource }) => [action, resource]),
      waiting: (proposal.waiting ?? []).map(permissionKey),
      carried: enforce && [enforce.modesFile, enforce.initialPolicy, enforce.carried],
      awsChecks: proposal.awsChecks ?? {},
      restored: restore && [restore.version, restore.only, restore.refused],
    };
  };
  return isDeepStrictEqual(said(open), said(proposed));
}

function lineOf({ action, resource, condition, reason }: BacktestLine) {
  return [action, resource, condition, reason];
}

function mergeUsage(
  state: RoleState,
  { run, joined, kind, questions, denied, forbidden, waiting, readiness }: ProposedPolicy,
  proposal: number | null,
  cause: Cause,
): RoleEvent[] {
  if (kind !== "grow") return [];
  const isNew =
    state.kept !== null ||
    !isDeepStrictEqual(state.waiting.map(permissionKey), (waiting ?? []).map(permissionKey)) ||
    [run, ...(joined ?? [])].some((one) => state.unmerged.includes(one));
  if (!isNew) return [];
  const told = { questions, denied, ...(forbidden === undefined ? {} : { forbidden }) };
  const said = proposal === null ? told : { questions: [], denied: [] };
  const more = {
    ...(joined ? { joined } : {}),
    ...(waiting ? { waiting } : {}),
    ...(readiness ? { readiness } : {}),
  };
  return [make("UsageMerged", { run, ...more, proposal, ...said }, cause)];
}

/** What was proposed of a kind has no ground any more, and nobody decided it. */
export function dropProposal(state: RoleState, kind: RequestKind, reason: string, cause: Cause): RoleEvent[] {
  const open = state.open.get(kind);
  return open === undefined ? [] : [make("ProposalWithdrawn", { proposal: open.version, reason }, cause)];
}

/**
 * The open proposal cannot stand any more, for a reason that is no decision, such as a policy file that cannot be read:
 * what it was to add is kept for the next merge.
 */
export function withdrawProposal(
  state: RoleState,
  withdrawn: { readonly proposal: number; readonly reason: string },
  cause: Cause,
): RoleEvent[] {
  const isOpen = [...state.open.values()].some(({ version }) => version === withdrawn.proposal);
  return isOpen ? [make("ProposalWithdrawn", { ...withdrawn, kept: true }, cause)] : [];
}

/**
 * A reviewer merged the request that held this proposal; the policy is what stands at the merge result. A refusal
 * before it does not count any more: the request was reopened.
 */
export function approveProposal(
  state: RoleState,
  merged: {
    readonly proposal: number;
    readonly kind: RequestKind;
    readonly request: RequestRef;
    readonly mergeCommit: string;
    readonly mergedBy: Person | null;
    readonly policy: PolicyDocument;
    readonly policyHash: string;
    readonly struck: readonly Permission[];
    readonly foreign: readonly Permission[];
    readonly retained?: readonly Permission[];
  },
  cause: Cause,
): RoleEvent[] {
  if (!state.proposals.has(merged.proposal) || state.decided.get(merged.proposal) === "approved") return [];
  return [make("ProposalApproved", merged, cause)];
}

/**
 * A reviewer closed the request that held this proposal: all of its additions are refused, and what it was to remove
 * stays. What a refused `enforce` was to carry over is not refused, nor what a refused `restore` was to change: the
 * question was the mode, or the way back.
 */
export function rejectProposal(
  state: RoleState,
  closed: {
    readonly proposal: number;
    readonly kind: RequestKind;
    readonly request: RequestRef;
    readonly closedBy: Person | null;
  },
  cause: Cause,
): RoleEvent[] {
  const proposal = state.proposals.get(closed.proposal);
  if (proposal === undefined || state.decided.has(closed.proposal)) return [];
  const retained = proposal.kind === "restore" ? [] : proposal.removed.map(bare);
  const isAboutMore = proposal.kind === "enforce" || proposal.kind === "restore";
  return [
    make(
      "ProposalRejected",
      {
        ...closed,
        permissions: isAboutMore ? [] : proposal.added.map(bare),
        ...(retained.length > 0 ? { retained } : {}),
      },
      cause,
    ),
  ];
}

/** A reviewer takes refusals back, once per command: what the history does not hold as refused is left out. */
export function liftRejections(state: RoleState, lifted: LiftedRejection, cause: Cause): RoleEvent[] {
  if (state.commands.has(lifted.command)) return [];
  const isRefused = (one: Permission) =>
    state.rejected.has(permissionKey(one)) || state.retained.has(permissionKey(one));
  const permissions = lifted.permissions.filter(isRefused).map(bare);
  return permissions.length === 0 ? [] : [make("RejectionLifted", { ...lifted, permissions }, cause)];
}

/** A reviewer wants a statement left as it is. */
export function protectStatement(state: RoleState, wanted: ProtectedStatement, cause: Cause): RoleEvent[] {
  return state.protectedSids.has(wanted.sid) ? [] : [make("StatementProtected", wanted, cause)];
}

function bare({ action, resource, condition }: Permission): Permission {
  return { action, resource, condition };
}

function withdrawAll(state: RoleState, reason: string, cause: Cause): RoleEvent[] {
  return [...state.open.values()].flatMap((open) =>
    withdrawProposal(state, { proposal: open.version, reason }, cause),
  );
}
