import type { GitlabMergeRequests } from "@plp/clients";
import type { ApplicationId } from "@plp/domain";
import type { EventStore } from "@plp/event-store";
import type { MergeMessage, PublishMessage, ReviewsMessage } from "@plp/messaging";
import type { Clock, Log, Settings } from "@plp/runtime";

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
  > {
  readonly project: string;
  /** The branch that requests aim at. */
  readonly target: string;
  file(path: string, ref: string): Promise<{ readonly content: string } | null>;
  /** Paths that differ between two commits; null where GitLab cannot compare them. */
  changed(before: string, after: string): Promise<readonly string[] | null>;
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
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
}
