import type { GitlabMergeRequests, GitlabPipelines } from "@plp/clients";
import type { ApplicationId, FoundOnRole, RoleId } from "@plp/domain";
import type { EventStore } from "@plp/event-store";
import type { MergeMessage, PublishMessage, ReviewsMessage } from "@plp/messaging";
import type { Clock, Log, Metrics, Settings } from "@plp/runtime";

/** The IAM repository and what people do to its merge requests; nothing is written there. */
export interface Gitlab
  extends Pick<
      GitlabMergeRequests,
      | "getOrNull"
      | "find"
      | "approvedBy"
      | "notes"
      | "paths"
      | "messages"
      | "self"
      | "isReviewer"
      | "changedSince"
    >,
    GitlabPipelines {
  readonly project: string;
  /** The branch that requests aim at. */
  readonly target: string;
  file(path: string, ref: string): Promise<{ readonly content: string } | null>;
  /** The newest commit of the default branch. */
  head(): Promise<string>;
  /** Paths that a commit changed against its first parent. */
  changedBy(sha: string): Promise<readonly string[]>;
  /** Paths that differ between two commits; null where GitLab cannot compare them. */
  changed(before: string, after: string): Promise<readonly string[] | null>;
}

export type RoleLookup =
  | { readonly kind: "found"; readonly on: FoundOnRole }
  /** Nothing that waiting would mend: what is wrong and what to do. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** IAM in the member accounts. */
export interface RoleReader {
  /** Every policy on the role, its boundary and trust. */
  read(accountId: string, role: RoleId): Promise<RoleLookup>;
}

export interface ReviewPorts {
  readonly store: EventStore;
  /** One per project of the settings. */
  readonly gitlabs: readonly Gitlab[];
  readonly send: {
    publish(message: PublishMessage, application: ApplicationId): Promise<void>;
    merge(message: MergeMessage): Promise<void>;
    reviews(messages: readonly ReviewsMessage[]): Promise<void>;
  };
  readonly roles: RoleReader;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}
