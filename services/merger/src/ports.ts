import type { ApplicationId, SourceCommit } from "@plp/domain";
import type { BlobStore, EventStore } from "@plp/event-store";
import type { PublishMessage } from "@plp/messaging";
import type { Clock, Log, Settings } from "@plp/runtime";
import type { UsageStore } from "@plp/usage";

/** The policy files on the default branch of the IAM repository, read only. */
export interface PolicyRepository {
  readonly project: string;
  /** The newest commit of the target branch. */
  head(): Promise<string>;
  /** A file at a commit; `blob` is its id in Git. */
  file(path: string, commit: string): Promise<{ readonly content: string; readonly blob: string } | null>;
  /** The last commit that touched a path, and its author. */
  lastCommit(path: string, commit: string): Promise<SourceCommit>;
}

export interface MergePorts {
  readonly store: EventStore;
  readonly blobs: BlobStore;
  readonly usage: Pick<UsageStore, "usageOf">;
  /** One per project of the settings. */
  readonly repositories: readonly PolicyRepository[];
  readonly send: { publish(message: PublishMessage, application: ApplicationId): Promise<void> };
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
}
