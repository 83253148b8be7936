import {
  type Permission,
  type PolicyDocument,
  parsePolicy,
  permissionKey,
  policyHash,
} from "@plp/iam-policy";
import type { Recorded } from "../event.ts";
import type { EnvironmentScope, Window } from "../scope.ts";
import type { Person, PolicyOnRole, ProposedPolicy, RequestRef, RoleEvent } from "./events.ts";
import { appliedAfter, foldRole } from "./fold.ts";
import { type PermissionOrigin, type ReplayedPermission, type TracedPolicy, traced } from "./origins.ts";
import type { AppliedPolicy, OpenProposal, RoleState } from "./state.ts";

/** Which moment is meant. `at` goes by when things happened, `knownAt` by when PLP wrote them down; both may be given. */
export interface ReplayMoment {
  readonly at?: string;
  readonly version?: number;
  readonly knownAt?: string;
}

export interface ReplayedGap extends Window {
  readonly reason: string;
  /** Version of the observation that recorded the gap. */
  readonly version: number;
  /** Version of a later observation that covers all of it; null where none does. */
  readonly coveredBy: number | null;
}

/** A time during which one approved policy stood; `to` null: it still does. */
export interface ApprovedPeriod {
  readonly from: string;
  readonly to: string | null;
  readonly version: number;
  readonly policyHash: string;
  readonly permissions: readonly ReplayedPermission[];
  readonly by: string | null;
  readonly mergeRequest: RequestRef | null;
  /** The commit on the default branch. */
  readonly commit: string;
}

/** A time during which AWS had one of PLP's policies; `to` null: it still has. */
export interface AppliedPeriod {
  readonly from: string;
  readonly to: string | null;
  readonly version: number;
  readonly policyHash: string;
  readonly permissions: readonly ReplayedPermission[];
  /** Null: found by reading the role. */
  readonly job: AppliedPolicy["job"];
}

export interface Replay {
  /** Version of the last event that belongs to the moment; 0: the role was not known yet. */
  readonly version: number;
  readonly hash: string | null;
  readonly state: RoleState;
  readonly scope: EnvironmentScope | null;
  /** The newest proposal that waits for a decision. */
  readonly proposed: OpenProposal | null;
  readonly approved: { readonly policy: PolicyDocument; readonly policyHash: string } | null;
  /** The policy that AWS had, and who started the job that says so. */
  readonly applied: AppliedPolicy | null;
  /** Did the last reading of the role after that find it so? Null: it was not read since. */
  readonly confirmed: boolean | null;
  /** Policies on the role that are not PLP's, by the last reading; null: it was never read. */
  readonly otherPolicies: readonly Omit<PolicyOnRole, "generated">[] | null;
  /** The policy that counts: what AWS had where that is known, else what was approved. */
  readonly counts: "applied" | "approved";
  /** Of the policy that counts. */
  readonly permissions: readonly ReplayedPermission[];
  readonly periods: readonly ApprovedPeriod[];
  readonly appliedPeriods: readonly AppliedPeriod[];
  readonly gaps: readonly ReplayedGap[];
  /** Who merged what AWS had, and who started its apply; null: no apply of a merge is known. */
  readonly hands: { readonly merged: Person | null; readonly applied: Person | null } | null;
}

type RoleRecord = Recorded<RoleEvent>;

/** The events that belong to a moment, in version order. */
export function eventsAt(
  events: readonly RoleRecord[],
  { at, version, knownAt }: ReplayMoment,
): readonly RoleRecord[] {
  return events.filter(
    (event) =>
      (at === undefined || event.occurredAt <= at) &&
      (version === undefined || event.version <= version) &&
      (knownAt === undefined || event.recordedAt <= knownAt),
  );
}

/**
 * What the history says of a role at a moment: the policies that were proposed and approved then, and of every approved
 * permission since when, on which evidence and by whom. Times are ISO 8601 UTC. `events` is the whole stream.
 */
export function replayRole(events: readonly RoleRecord[], moment: ReplayMoment): Replay {
  const chosen = eventsAt(events, moment);
  const state = foldRole(chosen);
  const { periods, appliedPeriods } = periodsOf(chosen, proposalsOf(events));
  const last = chosen.at(-1);
  const open = [...state.open.values()].sort((a, b) => a.version - b.version);
  return {
    version: state.version,
    hash: last?.hash ?? null,
    state,
    scope: state.scope,
    proposed: open.at(-1) ?? null,
    approved: state.approved,
    applied: state.applied,
    confirmed: confirmedIn(state),
    otherPolicies: otherPoliciesIn(state),
    counts: appliedPeriods.length > 0 ? "applied" : "approved",
    permissions: (appliedPeriods.at(-1) ?? periods.at(-1))?.permissions ?? [],
    periods,
    appliedPeriods,
    gaps: gapsOf(chosen),
    hands: handsOf(chosen, state.applied),
  };
}

function handsOf(events: readonly RoleRecord[], applied: AppliedPolicy | null): Replay["hands"] {
  if (applied?.job == null) return null;
  const isMerge = (event: RoleRecord) =>
    event.type === "ProposalApproved" && event.data.policyHash === applied.policyHash;
  // The merge may be heard of after its apply.
  const merge =
    events.findLast((event) => isMerge(event) && event.version < applied.version) ?? events.find(isMerge);
  if (merge?.type !== "ProposalApproved") return null;
  return { merged: merge.data.mergedBy, applied: applied.job.startedBy };
}

/** Were merge and apply done by two people? Null where one of them is not known. */
export function areTwoPeople(hands: Replay["hands"]): boolean | null {
  if (hands === null || hands.merged === null || hands.applied === null) return null;
  return hands.merged.id !== hands.applied.id;
}

function confirmedIn({ applied, reading }: RoleState): boolean | null {
  if (applied === null || reading === null || reading.version < applied.version) return null;
  return reading.confirmed && reading.expectedHash === applied.policyHash;
}

function otherPoliciesIn({ reading }: RoleState): Replay["otherPolicies"] {
  return reading?.policies.flatMap(({ generated, ...policy }) => (generated ? [] : [policy])) ?? null;
}

interface Periods {
  readonly periods: readonly ApprovedPeriod[];
  readonly appliedPeriods: readonly AppliedPeriod[];
}

/** The policies that stood on the default branch, and those that AWS had, one after the other. */
function periodsOf(events: readonly RoleRecord[], proposals: Proposals): Periods {
  const periods: ApprovedPeriod[] = [];
  const appliedPeriods: AppliedPeriod[] = [];
  let approved: StandingPolicies["approved"] = [];
  let applied: AppliedPolicy | null = null;
  let inAws: TracedPolicy | null = null;
  for (const event of events) {
    const { occurredAt: from, version } = event;
    if (event.type === "ProposalApproved" || event.type === "PolicyEdited") {
      const proposal = event.type === "ProposalApproved" ? proposals.get(event.data.proposal) : undefined;
      const { policyHash } = event.data;
      const traced = approvedAfter(approved.at(-1)?.traced ?? null, event, proposal);
      approved = remembered(approved, { policyHash, traced });
      end(periods, from);
      const decision = decisionOf(event);
      periods.push({ from, to: null, version, policyHash, permissions: traced.permissions, ...decision });
      const last = appliedPeriods.at(-1);
      if (last !== undefined && inAws !== null && last.policyHash === policyHash) {
        inAws = approvedLater(inAws, traced);
        appliedPeriods[appliedPeriods.length - 1] = { ...last, permissions: inAws.permissions };
      }
    }
    const next: AppliedPolicy | null = appliedAfter(applied, event);
    if (next === null || next === applied) continue;
    inAws = appliedTrace(next, { approved, inAws });
    applied = next;
    end(appliedPeriods, from);
    const { policyHash, job } = next;
    appliedPeriods.push({ from, to: null, version, policyHash, permissions: inAws.permissions, job });
  }
  return { periods, appliedPeriods };
}

function end<Period extends { readonly to: string | null }>(periods: Period[], to: string): void {
  const last = periods.at(-1);
  if (last !== undefined) periods[periods.length - 1] = { ...last, to };
}

/** What the origins of an applied policy follow from. */
export interface StandingPolicies {
  /** The last approved policies, the newest last. */
  readonly approved: readonly { readonly policyHash: string; readonly traced: TracedPolicy }[];
  /** What AWS had before. */
  readonly inAws: TracedPolicy | null;
}

/** An apply may come after the next merge. What is older has its origins in these, save for what they took away. */
const MOST_REMEMBERED = 2;

/** The approved policies with one more, as far as an apply may still come back to them. */
export function remembered(
  before: StandingPolicies["approved"],
  one: StandingPolicies["approved"][number],
): StandingPolicies["approved"] {
  return [...before, one].slice(-MOST_REMEMBERED);
}

/**
 * A policy that AWS got, with the origin of each permission: who approved it and on which evidence as in the approved policy
 * of that content, since when by AWS's own clock: from the apply on, unless AWS allowed it before.
 */
export function appliedTrace(
  { policy, at, version }: AppliedPolicy,
  { approved, inAws }: StandingPolicies,
): TracedPolicy {
  const parsed = parsePolicy(policy, `version ${version}`);
  const unknown = { basis: "kept", approvedBy: null, mergeRequest: null, evidence: null } as const;
  const own = { since: at, sinceVersion: version };
  const hash = policyHash(parsed);
  const source = approved.findLast((one) => one.policyHash === hash) ?? approved.at(-1);
  const said = traced(parsed, source?.traced ?? null, () => ({ ...unknown, ...own }));
  const origins = new Map(said.permissions.map((permission) => [permissionKey(permission), permission]));
  return traced(parsed, inAws, (permission) => {
    const { basis, approvedBy, mergeRequest, evidence } = origins.get(permissionKey(permission)) ?? unknown;
    return { basis, approvedBy, mergeRequest, evidence, ...own };
  });
}

/**
 * What AWS has, once its approval is known: an apply, or what is read in AWS, may be heard of before the merge of the same
 * policy. Since when AWS allows it stays; of whom and on which evidence nobody had known is told.
 */
export function approvedLater(inAws: TracedPolicy, approved: TracedPolicy): TracedPolicy {
  const origins = new Map(approved.permissions.map((permission) => [permissionKey(permission), permission]));
  const permissions = inAws.permissions.map((permission) => {
    const { approvedBy: by, mergeRequest: request, evidence: known } = permission;
    const said = origins.get(permissionKey(permission));
    if (said === undefined || by !== null || request !== null || known !== null) return permission;
    const { basis, approvedBy, mergeRequest, evidence } = said;
    return { ...permission, basis, approvedBy, mergeRequest, evidence };
  });
  return { ...inAws, permissions };
}

type Proposals = ReadonlyMap<number, ProposedPolicy>;

/** Of the whole stream: a decision names its proposal, whichever moment either is said to have happened at. */
function proposalsOf(events: readonly RoleRecord[]): Proposals {
  return new Map(
    events.flatMap((event) =>
      event.type === "PolicyProposed" ? [[event.version, event.data] as const] : [],
    ),
  );
}

/** What changes the policy on the default branch. */
export type Decision = Extract<RoleRecord, { type: "ProposalApproved" | "PolicyEdited" }>;

/** Who decided, in which request, and the commit on the default branch. */
export function decisionOf(event: Decision): Pick<ApprovedPeriod, "by" | "mergeRequest" | "commit"> {
  return event.type === "ProposalApproved"
    ? {
        by: event.data.mergedBy?.username ?? null,
        mergeRequest: event.data.request,
        commit: event.data.mergeCommit,
      }
    : { by: event.data.commit.author, mergeRequest: null, commit: event.data.commit.sha };
}

/** The approved policy after a decision; `proposal` is the one that was approved, if one was. */
export function approvedAfter(
  before: TracedPolicy | null,
  event: Decision,
  proposal: ProposedPolicy | undefined,
): TracedPolicy {
  const policy = parsePolicy(event.data.policy, `version ${event.version}`);
  const additions = new Map(proposal?.added.map((added) => [permissionKey(added), added]));
  return traced(policy, before, (permission) => newOrigin(permission, event, proposal, additions));
}

/** What nobody allowed before: it rests on the proposal's evidence, or it is what people wrote. */
function newOrigin(
  permission: Permission,
  event: Decision,
  proposal: ProposedPolicy | undefined,
  additions: ReadonlyMap<string, ProposedPolicy["added"][number]>,
): PermissionOrigin {
  const { by, mergeRequest } = decisionOf(event);
  const addition = additions.get(permissionKey(permission));
  return {
    basis: addition?.basis ?? "kept",
    since: event.occurredAt,
    sinceVersion: event.version,
    approvedBy: by,
    mergeRequest,
    evidence:
      proposal === undefined || addition === undefined
        ? null
        : {
            hash: proposal.evidence,
            from: addition.firstSeen ?? proposal.window.from,
            to: addition.lastSeen ?? proposal.window.to,
            count: addition.calls,
          },
  };
}

function gapsOf(events: readonly RoleRecord[]): readonly ReplayedGap[] {
  const observed = events.flatMap((event) =>
    event.type === "UsageObserved" ? [{ version: event.version, ...event.data }] : [],
  );
  return observed.flatMap(({ version, gaps }) =>
    gaps.map((gap) => {
      const covering = observed.find(
        (other) =>
          other.version > version &&
          other.closed &&
          other.window.from <= gap.from &&
          gap.to <= other.window.to &&
          !other.gaps.some(({ from, to }) => from < gap.to && gap.from < to),
      );
      return { ...gap, version, coveredBy: covering?.version ?? null };
    }),
  );
}
