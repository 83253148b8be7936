import { type Permission, type PolicyDocument, parsePolicy, permissionKey } from "@plp/iam-policy";
import type { Recorded } from "../event.ts";
import type { EnvironmentScope, Window } from "../scope.ts";
import type { PolicyOnRole, ProposedPolicy, RequestRef, RoleEvent } from "./events.ts";
import { type AppliedPolicy, foldRole, type OpenProposal, type RoleState } from "./fold.ts";
import { type PermissionOrigin, type ReplayedPermission, type TracedPolicy, traced } from "./origins.ts";

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
  readonly permissions: readonly ReplayedPermission[];
  readonly periods: readonly ApprovedPeriod[];
  readonly gaps: readonly ReplayedGap[];
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
  const periods = periodsOf(chosen, proposalsOf(events));
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
    permissions: periods.at(-1)?.permissions ?? [],
    periods,
    gaps: gapsOf(chosen),
  };
}

function confirmedIn({ applied, reading }: RoleState): boolean | null {
  if (applied === null || reading === null || reading.version < applied.version) return null;
  return reading.confirmed && reading.expectedHash === applied.policyHash;
}

function otherPoliciesIn({ reading }: RoleState): Replay["otherPolicies"] {
  return reading?.policies.flatMap(({ generated, ...policy }) => (generated ? [] : [policy])) ?? null;
}

/** The policies that stood on the default branch, one after the other. */
function periodsOf(events: readonly RoleRecord[], proposals: Proposals): readonly ApprovedPeriod[] {
  const periods: ApprovedPeriod[] = [];
  let standing: TracedPolicy | null = null;
  for (const event of events) {
    if (event.type !== "ProposalApproved" && event.type !== "PolicyEdited") continue;
    const before = periods.at(-1);
    if (before !== undefined) periods[periods.length - 1] = { ...before, to: event.occurredAt };
    const proposal = event.type === "ProposalApproved" ? proposals.get(event.data.proposal) : undefined;
    standing = approvedAfter(standing, event, proposal);
    periods.push({
      from: event.occurredAt,
      to: null,
      version: event.version,
      policyHash: event.data.policyHash,
      permissions: standing.permissions,
      ...decisionOf(event),
    });
  }
  return periods;
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
