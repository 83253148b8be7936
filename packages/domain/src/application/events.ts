import type { DomainEvent } from "../event.ts";
import type { RoleId } from "../ids.ts";
import type { Person } from "../role/events.ts";
import type { RequestKind, Window } from "../scope.ts";

/** One role of a round and the run that analyses it. */
export interface PlannedRole {
  readonly role: RoleId;
  readonly environment: string;
  readonly accountId: string;
  readonly region: string;
  readonly run: string;
  readonly window: Window;
}

export interface PlannedRound {
  readonly round: string;
  /** Fixed for the whole round. */
  readonly windowEnd: string;
  readonly commit: string;
  /** Nothing of this round is written to GitLab; the next round shows it. */
  readonly dryRun?: true;
  readonly name: string;
  readonly roles: readonly PlannedRole[];
  readonly excluded: readonly {
    readonly environment: string;
    readonly roleArn: string;
    readonly reason: string;
  }[];
  /** Environments that could not be taken up, each with what to do about it. */
  readonly failed: readonly { readonly environment: string; readonly reason: string }[];
}

/** What a request shows, and of which proposals. */
export interface RequestContent {
  readonly kind: RequestKind;
  readonly iid: number;
  readonly url: string;
  readonly branch: string;
  /** The commit that we pushed. */
  readonly head: string;
  /** The commit of the default branch on which it stands. */
  readonly base: string;
  readonly title: string;
  /** Digest of the description between our marks. */
  readonly description: string;
  readonly roles: readonly { readonly role: RoleId; readonly proposal: number }[];
}

/** That a decision is needed, told to the people who decide. */
export interface AnnouncedDecision {
  readonly kind: RequestKind;
  readonly iid: number;
  /** What was told of: `decisionsIn`. */
  readonly of: readonly string[];
  /** `summary`: with all that the round still brings; `none`: the summary of the round stands for it. */
  readonly how: "message" | "summary" | "none";
}

/** A line of a note that begins with `/plp`: what a person wrote, and what became of it. */
export interface GivenCommand {
  readonly kind: RequestKind;
  readonly iid: number;
  /** GitLab's id of the note, and which of its commands it is, from 1: each is answered once. */
  readonly note: number;
  readonly line: number;
  readonly name: CommandName;
  /** What stood behind it, shortened; null where nothing did. */
  readonly argument: string | null;
  readonly by: Person;
  /** Null: it was carried out. */
  readonly refused: CommandRefusal | null;
  /** How much it concerns: refusals taken back, statements protected. */
  readonly count?: number;
  /** Of `update`: what stood on the branch, and who had approved it, when it was given up. */
  readonly givenUp?: { readonly head: string; readonly approvedBy: readonly number[] };
}

export type CommandName = "help" | "update" | "reconsider" | "protect" | "unknown";
export type CommandRefusal = "not-a-reviewer" | "no-such-thing" | "not-open" | "changed-since" | "unknown";

/** A job of a pipeline as GitLab tells of it once it has ended. */
export interface PipelineJob {
  readonly pipeline: number;
  readonly job: number;
  readonly url: string;
  readonly commit: string;
  readonly result: "succeeded" | "failed" | "canceled";
  readonly finishedAt: string;
}

/** Terraform's plan of a request; `changes` as its report counts them, null where there is none. */
export interface RecordedPlan extends PipelineJob {
  readonly kind: RequestKind;
  readonly iid: number;
  readonly changes: {
    readonly create: number;
    readonly update: number;
    readonly delete: number;
  } | null;
}

/** Terraform's apply of the folder at a commit of the default branch. */
export interface RecordedApply extends PipelineJob {
  readonly startedBy: Person | null;
}

export type ApplicationEvent =
  | DomainEvent<"RoundPlanned", PlannedRound>
  | DomainEvent<
      "ApplicationRefused",
      {
        readonly round: string;
        readonly code: string;
        readonly reason: string;
        readonly other: string | null;
      }
    >
  | DomainEvent<"RequestOpened", RequestContent>
  | DomainEvent<"RequestUpdated", RequestContent>
  | DomainEvent<
      "RequestFrozen",
      {
        readonly kind: RequestKind;
        readonly iid: number;
        readonly why: FreezeReason;
        readonly by: string | null;
      }
    >
  | DomainEvent<
      "RequestMerged",
      {
        readonly kind: RequestKind;
        readonly iid: number;
        readonly mergeCommit: string;
        readonly mergedBy: Person | null;
        readonly mergedAt: string;
      }
    >
  | DomainEvent<
      "RequestClosed",
      {
        readonly kind: RequestKind;
        readonly iid: number;
        readonly closedBy: Person | null;
        readonly closedAt: string;
        /** Only a reviewer's close rejects. */
        readonly decision: boolean;
      }
    >
  | DomainEvent<"RequestReopened", { readonly kind: RequestKind; readonly iid: number }>
  | DomainEvent<"DecisionAnnounced", AnnouncedDecision>
  | DomainEvent<"CommandGiven", GivenCommand>
  | DomainEvent<"PlanRecorded", RecordedPlan>
  | DomainEvent<"ApplyRecorded", RecordedApply>;

export type FreezeReason = "ready" | "foreign-commit" | "approved" | "set-to-merge";
