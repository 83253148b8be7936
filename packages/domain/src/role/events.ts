import type { Addition, Permission, PolicyDocument, Question } from "@plp/iam-policy";
import type { DomainEvent } from "../event.ts";
import type { EnvironmentScope, Mode, RequestKind, SourceCommit, Window } from "../scope.ts";

/** A span of a window about which nothing is known, and why. */
export interface Gap extends Window {
  readonly reason: string;
}

export interface ObservedUsage {
  readonly run: string;
  readonly window: Window;
  /** The analysis ended and every trail hour was read or recorded missing. */
  readonly closed: boolean;
  readonly gaps: readonly Gap[];
  readonly analyzer: "both" | "access-analyzer" | "trail" | "none";
  /** What Access Analyzer says of itself; decides nothing. */
  readonly complete: boolean | null;
  readonly counts: {
    readonly authorized: number;
    readonly denied: number;
    readonly failed: number;
    readonly permissions: number;
  };
  /** Hash of the blob with the whole analysis; null when there is nothing in it. */
  readonly evidence: string | null;
  /** The most used permissions, for readers without the blob. */
  readonly top: readonly {
    readonly action: string;
    readonly resource: string | null;
    readonly calls: number;
  }[];
}

/** A policy file in Git: `blob` is its id there, null where there is no such file. */
export interface BaseFile {
  readonly path: string;
  readonly blob: string | null;
}

export interface ProposedPolicy {
  readonly run: string;
  /** Other runs whose evidence is in it: no merge of their own came to an end. */
  readonly joined?: readonly string[];
  readonly kind: RequestKind;
  readonly window: Window;
  readonly base: { readonly commit: string; readonly files: readonly BaseFile[] };
  readonly policy: PolicyDocument;
  readonly policyHash: string;
  /** The content that the branch is to hold, by path from the top of the repository; null removes the file. */
  readonly files: readonly { readonly path: string; readonly content: string | null }[];
  readonly added: readonly Addition[];
  readonly removed: readonly Permission[];
  /** Additions that a reviewer refused before: shown, not proposed. */
  readonly heldBack: readonly Addition[];
  /** Only denied: told, not proposed. */
  readonly denied: readonly DeniedPermission[];
  readonly questions: readonly Question[];
  readonly risks: readonly never[];
  /** Comes with the backtest; null says that none was made. */
  readonly backtest: null;
  readonly evidence: string | null;
  /** The trail could not be read: everything is "seen or tried", without counts. */
  readonly withoutTrail: boolean;
}

export interface DeniedPermission {
  readonly action: string;
  readonly resource: string | null;
  readonly count: number;
  readonly last: string;
  readonly by: "identity" | "scp" | "boundary" | "resource" | "session" | "unknown" | null;
}

/** A merge that changed no proposal: the policy covers what the run used, or the open proposal says all of it. */
export interface MergedUsage {
  readonly run: string;
  /** Other runs whose evidence was merged with it. */
  readonly joined?: readonly string[];
  /** The open proposal that says the same; then questions and refusals stand there. */
  readonly proposal: number | null;
  readonly questions: readonly Question[];
  readonly denied: readonly DeniedPermission[];
}

/** The request as GitLab knows it. */
export interface RequestRef {
  readonly iid: number;
  readonly url: string;
}

/** A person as GitLab knows them; null where GitLab no longer tells. */
export interface Person {
  readonly id: number;
  readonly username: string;
}

/** A policy on a role as IAM shows it; `generated`: it is one of PLP's parts. */
export interface PolicyOnRole {
  readonly how: "inline" | "attached";
  /** The name of an inline policy, the ARN of an attached one. */
  readonly id: string;
  /** Of an attached one: its default version. */
  readonly version: string | null;
  readonly hash: string;
  readonly generated: boolean;
}

/** One difference between what a role should have and what it has. */
export type Drift =
  /** The generated policy in AWS lacks these, or grants these beyond it: the first of so many. */
  | {
      readonly kind: "missing" | "extra";
      readonly permissions: readonly Permission[];
      readonly count: number;
    }
  /** Of the other policies since the last apply: one more, one less, one that says something else. */
  | { readonly kind: "policy-added" | "policy-removed" | "policy-changed"; readonly id: string }
  /** In `enforce` the initial policy is still there. */
  | { readonly kind: "initial-attached"; readonly id: string }
  | { readonly kind: "boundary"; readonly from: string | null; readonly to: string | null }
  | { readonly kind: "trust"; readonly from: string; readonly to: string };

/** What a role really has, read after an apply or once in a round. */
export interface RoleReading {
  readonly after:
    | { readonly kind: "apply"; readonly job: number }
    | { readonly kind: "round"; readonly round: string };
  readonly policies: readonly PolicyOnRole[];
  /** ARN of the permissions boundary. */
  readonly boundary: string | null;
  readonly trustHash: string;
  /** PLP's parts in AWS as one policy; null where none is there. */
  readonly generated: { readonly policy: PolicyDocument; readonly policyHash: string } | null;
  /** What it was held against: the policy that was applied last, else the approved one. */
  readonly expectedHash: string | null;
  /** The generated policy is there, word for word or in other words that allow the same. */
  readonly confirmed: boolean;
  readonly drift: readonly Drift[];
}

export type RoleEvent =
  | DomainEvent<"RoleDiscovered", { readonly scope: EnvironmentScope; readonly commit: SourceCommit }>
  | DomainEvent<"RoleRescoped", { readonly scope: EnvironmentScope; readonly commit: SourceCommit }>
  | DomainEvent<"ModeChanged", { readonly from: Mode; readonly to: Mode; readonly commit: SourceCommit }>
  | DomainEvent<"RoleRecreated", { readonly previousUniqueId: string }>
  | DomainEvent<"RoleRetired", { readonly reason: string; readonly commit: SourceCommit }>
  | DomainEvent<"UsageObserved", ObservedUsage>
  | DomainEvent<"PolicyProposed", ProposedPolicy>
  | DomainEvent<"ProposalSuperseded", { readonly proposal: number }>
  | DomainEvent<"UsageMerged", MergedUsage>
  | DomainEvent<
      "ProposalWithdrawn",
      {
        readonly proposal: number;
        readonly reason: string;
        /** Nobody decided what it was to add: the next merge takes it up again. */
        readonly kept?: true;
      }
    >
  | DomainEvent<
      "ProposalApproved",
      {
        readonly proposal: number;
        readonly kind: RequestKind;
        readonly request: RequestRef;
        readonly mergeCommit: string;
        readonly mergedBy: Person | null;
        readonly policy: PolicyDocument;
        readonly policyHash: string;
        /** Of ours, missing in what was merged: rejected. */
        readonly struck: readonly Permission[];
        /** In what was merged, neither there before nor ours. */
        readonly foreign: readonly Permission[];
        /** Taken away by us and still there in what was merged: people keep it. */
        readonly retained?: readonly Permission[];
      }
    >
  | DomainEvent<
      "ProposalRejected",
      {
        readonly proposal: number;
        readonly kind: RequestKind;
        readonly request: RequestRef;
        readonly closedBy: Person | null;
        readonly permissions: readonly Permission[];
        /** What it was to take away: people keep it. */
        readonly retained?: readonly Permission[];
      }
    >
  | DomainEvent<
      "PolicyEdited",
      {
        readonly fromHash: string | null;
        readonly policy: PolicyDocument;
        readonly policyHash: string;
        readonly commit: SourceCommit;
      }
    >
  /** A reviewer wants these proposed again that were refused before. */
  | DomainEvent<
      "RejectionLifted",
      { readonly permissions: readonly Permission[]; readonly by: Person; readonly request: RequestRef }
    >
  /** A reviewer wants the statement of this Sid left as it is. */
  | DomainEvent<
      "StatementProtected",
      { readonly sid: string; readonly by: Person; readonly request: RequestRef }
    >
  /** The apply job says that AWS has the policy as it stands at this commit. */
  | DomainEvent<
      "PolicyApplied",
      {
        readonly commit: string;
        readonly policy: PolicyDocument;
        readonly policyHash: string;
        readonly pipeline: number;
        readonly job: number;
        readonly url: string;
        readonly startedBy: Person | null;
      }
    >
  | DomainEvent<"PolicyObserved", RoleReading>;
