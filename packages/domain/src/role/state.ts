import type { Addition, Permission, PolicyDocument, Question } from "@plp/iam-policy";
import type { EnvironmentScope, RequestKind } from "../scope.ts";
import type { ObservedUsage, Person, ProposedPolicy, RequestRef, RoleReading } from "./events.ts";

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

/** The policy that AWS has: as the apply job said, or as it was found there although no job was heard of. */
export interface AppliedPolicy extends ApprovedPolicy {
  readonly at: string;
  /** Null: found by reading the role. */
  readonly job: {
    readonly id: number;
    readonly url: string;
    readonly commit: string;
    readonly startedBy: Person | null;
  } | null;
}

export interface RoleState {
  readonly version: number;
  readonly scope: EnvironmentScope | null;
  readonly retired: boolean;
  readonly discoveredAt: string | null;
  /** Since when the mode is `enforce`, as far as it was seen; null while it is not. */
  readonly enforcedSince: string | null;
  /** End of the last closed window: the next one begins a little before it. */
  readonly closedTo: string | null;
  /** By run; `version` is that of its `UsageObserved`. */
  readonly observations: ReadonlyMap<string, ObservedUsage & { readonly version: number }>;
  /** Runs that were observed and not merged yet, oldest first: their evidence goes into the next merge. */
  readonly unmerged: readonly string[];
  /**
   * What goes into the next merge, too: of proposals that were withdrawn without a decision (with the reason), and what a
   * reviewer wants proposed again.
   */
  readonly kept: { readonly additions: readonly Addition[]; readonly reason: string | null } | null;
  /** What was used and had no room in the files at the last merge: it goes into the next one, too. */
  readonly waiting: readonly Addition[];
  /** By kind and words: every question that a merge asked, and the end of the last window that asked it. */
  readonly raised: ReadonlyMap<string, { readonly question: Question; readonly to: string }>;
  readonly open: ReadonlyMap<RequestKind, OpenProposal>;
  /** Every proposal ever made, by its version. */
  readonly proposals: ReadonlyMap<number, OpenProposal>;
  /** What reviewers last decided of a proposal, by its version. */
  readonly decided: ReadonlyMap<number, "approved" | "rejected">;
  /** By permission: what reviewers refused, and did not merge since. */
  readonly rejected: ReadonlyMap<string, Rejection>;
  /** By permission: what reviewers did not let us take away. */
  readonly retained: ReadonlyMap<string, Rejection>;
  /** By kind: when a reviewer last closed a request of it; of `enforce` only while the policy is the same. */
  readonly refusals: ReadonlyMap<RequestKind, Omit<Rejection, "permission">>;
  /** By kind: why the last proposal that was withdrawn has no ground any more. */
  readonly withdrawn: ReadonlyMap<RequestKind, string>;
  readonly approved: ApprovedPolicy | null;
  /** Sids of statements that reviewers want left as they are, beside those of the scope. */
  readonly protectedSids: ReadonlySet<string>;
  /** Commands that changed something here, by `commandKey`. */
  readonly commands: ReadonlySet<string>;
  readonly applied: AppliedPolicy | null;
  /** The apply jobs that were recorded. */
  readonly appliedBy: ReadonlySet<number>;
  /** The apply jobs after which the role was read. */
  readonly readAfter: ReadonlySet<number>;
  /** The last reading of the role, and the one that its other policies are held against: after the last apply, else the first. */
  readonly reading: (RoleReading & { readonly version: number; readonly at: string }) | null;
  readonly baseline: RoleReading | null;
  /** Orders to restore that were taken up, whatever became of them. */
  readonly restores: ReadonlySet<string>;
}

export const emptyRole: RoleState = {
  version: 0,
  scope: null,
  retired: false,
  discoveredAt: null,
  enforcedSince: null,
  closedTo: null,
  observations: new Map(),
  unmerged: [],
  kept: null,
  waiting: [],
  raised: new Map(),
  open: new Map(),
  proposals: new Map(),
  decided: new Map(),
  rejected: new Map(),
  retained: new Map(),
  refusals: new Map(),
  withdrawn: new Map(),
  approved: null,
  protectedSids: new Set(),
  commands: new Set(),
  applied: null,
  appliedBy: new Set(),
  readAfter: new Set(),
  reading: null,
  baseline: null,
  restores: new Set(),
};
