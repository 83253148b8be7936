import type { ApplicationId, AwsCheck, AwsFinding, SourceCommit } from "@plp/domain";
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

interface CheckedAt {
  readonly accountId: string;
  readonly region: string;
}

/** IAM Access Analyzer's checks of identity policies, as JSON. Faults: see clients/aws-faults. */
export interface PolicyChecks {
  /** Free of charge. */
  validatePolicy(at: CheckedAt, policy: string): Promise<readonly AwsFinding[]>;
  /** Paid per call. */
  noNewAccess(at: CheckedAt, existing: string, next: string): Promise<AwsCheck>;
  /** Paid per call; at most 100 actions, patterns among them. */
  notGranted(at: CheckedAt, policy: string, actions: readonly string[]): Promise<AwsCheck>;
}

export interface MergePorts {
  readonly store: EventStore;
  readonly blobs: BlobStore;
  readonly usage: Pick<UsageStore, "usageOf">;
  readonly checks: PolicyChecks;
  /** One per project of the settings. */
  readonly repositories: readonly PolicyRepository[];
  readonly send: { publish(message: PublishMessage, application: ApplicationId): Promise<void> };
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
}
