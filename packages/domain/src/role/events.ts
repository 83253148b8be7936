import type { Addition, Backtest, Permission, PolicyDocument, Question, Risk } from "@plp/iam-policy";
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
  /** Of what is added; events of before the table of risks have none. */
  readonly risks: readonly Risk[];
  /** Null: none was made, because PLP does not read the trail, or because the event is older than backtests. */
  readonly backtest: ProposalBacktest | null;
  /** Used although the settings say `never`: told, not proposed. */
  readonly forbidden?: readonly Addition[];
  /** Of `grow`: used, and without room in the files that AWS takes. It is in every next merge until there is. */
  readonly waiting?: readonly Addition[];
  /** What AWS's own checks say of the policy; absent where none was asked for. */
  readonly awsChecks?: AwsChecks;
  /** Of `grow`: how far the role is from doing without its initial policy. */
  readonly readiness?: Readiness;
  /** Only of kind `enforce`, and always there. */
  readonly enforce?: EnforcedMode;
  /** Only of kind `restore`, and always there. */
  readonly restore?: RestoreOrder;
  readonly evidence: string | null;
  /** The trail could not be read: everything is "seen or tried", without counts. */
  readonly withoutTrail: boolean;
}

/** The policy as proposed, held against every recorded call of the role. */
export interface ProposalBacktest extends Backtest {
  /** Hours of delivery whose calls are in it. */
  readonly window: Window;
  /** What the event does not hold line by line. */
  readonly more?: { readonly wouldBeDenied: MoreLines; readonly undecided: MoreLines };
}

interface MoreLines {
  readonly lines: number;
  readonly calls: number;
}

/** May the initial policy go? */
export interface Readiness {
  readonly quietDays: number;
  /** How many are demanded. */
  readonly of: number;
  /** What is missing, for people; empty: nothing. */
  readonly against: readonly string[];
}

/** The initial policy goes: from here on the generated policy alone decides. */
export interface EnforcedMode {
  /** `plp.environments.json`, from the top of the repository; null: the folder has none, so a person changes the mode. */
  readonly modesFile: string | null;
  /** Where the initial policy stands, from the top of the repository. */
  readonly initialPolicy: string;
  /** What nobody can observe, and so comes along from the initial policy; what of it was not there yet is in `added`. */
  readonly carried: readonly CarriedPermission[];
  /** Since when nothing new was used. */
  readonly quietSince: string;
}

/** What a person asked to have back. */
export interface RestoreOrder {
  /** Of the role's history: the policy that was approved then. */
  readonly version: number;
  /** Only these actions; null: the whole policy. */
  readonly only: readonly string[] | null;
  /** Who asked. */
  readonly by: string;
  /** Which act of theirs it was: it is carried out once. */
  readonly order: string;
  /** What of it reviewers refused since. */
  readonly refused: readonly RefusedBefore[];
}

/** A permission that a reviewer refused, when, and in which request. */
export interface RefusedBefore extends Permission {
  readonly at: string;
  readonly by: string | null;
  readonly request: RequestRef;
}

/** An order to restore that comes to nothing, and why. */
export interface RefusedRestore extends Pick<RestoreOrder, "version" | "only" | "by" | "order"> {
  readonly reason: string;
}

/** A permission whose use leaves no record. */
export interface CarriedPermission extends Permission {
  readonly why: "pass-role" | "data-event" | "no-record";
  /** Where AWS says so, a URL. */
  readonly source: string;
}

/** What one of AWS's checks came to; `not-made`: it could not be asked, and why. */
export type AwsCheck =
  | { readonly result: "pass" }
  | { readonly result: "fail"; readonly reasons: readonly string[] }
  | { readonly result: "not-made"; readonly reason: string };

export interface AwsFinding {
  readonly type: "ERROR" | "SECURITY_WARNING" | "WARNING" | "SUGGESTION";
  readonly code: string;
  readonly detail: string;
  readonly learnMore: string;
  /** Sid or number of the statement; null: of the whole policy. */
  readonly statement: string | null;
}

/** IAM Access Analyzer's policy checks; each absent where the settings do not ask for it. */
export interface AwsChecks {
  readonly validatePolicy?: AwsCheck & { readonly findings: readonly AwsFinding[] };
  /** Against the old policy, of reductions. */
  readonly noNewAccess?: AwsCheck;
  /** Of what the settings say `never`. */
  readonly notGranted?: AwsCheck;
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
  /** Used although the settings say `never`. */
  readonly forbidden?: readonly Addition[];
  /** As of the proposal. */
  readonly waiting?: readonly Addition[];
  readonly readiness?: Readiness;
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

interface Commanded {
  readonly by: Person;
  readonly request: RequestRef;
  /** Which command of which note: `commandKey`. */
  readonly command: string;
}

export interface LiftedRejection extends Commanded {
  readonly permissions: readonly Permission[];
}

export interface ProtectedStatement extends Commanded {
  readonly sid: string;
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
  | DomainEvent<"RejectionLifted", LiftedRejection>
  /** A reviewer wants the statement of this Sid left as it is. */
  | DomainEvent<"StatementProtected", ProtectedStatement>
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
  | DomainEvent<"PolicyObserved", RoleReading>
  /** Somebody asked for an earlier policy, and nothing could be proposed. */
  | DomainEvent<"RestoreRefused", RefusedRestore>;
