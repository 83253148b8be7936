import type { ApplicationId, SourceCommit } from "@plp/domain";
import type { EventStore } from "@plp/event-store";
import type {
  AnalysisMessage,
  ApplicationsMessage,
  LookMessage,
  ObserveMessage,
  PollMessage,
  PublishMessage,
  TrailMessage,
} from "@plp/messaging";
import type { Clock, Log, Metrics, Settings } from "@plp/runtime";
import type { UsageStore, WaitingLine } from "@plp/usage";

/** The IAM repository in GitLab, read only. */
export interface IamRepository {
  readonly project: string;
  /** The newest commit of the default branch. */
  head(): Promise<string>;
  /** Folders that hold an application, at that commit, sorted. */
  folders(commit: string): Promise<readonly string[]>;
  /** The Terraform outputs of a folder, where they were read, and who wrote them; null when the folder has none. */
  outputs(
    folder: string,
    commit: string,
  ): Promise<{ readonly text: string; readonly source: string; readonly commit: SourceCommit } | null>;
  /** The day on which our token ends (`2026-12-31`); null where GitLab does not say, or never. */
  tokenEnds(): Promise<string | null>;
}

export type RoleLookup =
  | { readonly kind: "found"; readonly uniqueId: string; readonly lastUsed: string | null }
  /** Nothing that waiting would mend: what is wrong and what to do. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** IAM in the member accounts. */
export interface Roles {
  look(accountId: string, roleArn: string): Promise<RoleLookup>;
}

export interface RoundPorts {
  readonly store: Pick<EventStore, "load">;
  readonly repositories: readonly IamRepository[];
  readonly send: {
    applications(messages: readonly ApplicationsMessage[]): Promise<void>;
    reviews(message: PollMessage): Promise<void>;
  };
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface DiscoveryPorts {
  readonly store: EventStore;
  readonly usage: UsageStore;
  /** One per project of the settings. */
  readonly repositories: readonly IamRepository[];
  readonly roles: Roles;
  /** Who is next in a lane of Access Analyzer. */
  readonly waiting: WaitingLine;
  readonly send: {
    trail(messages: readonly TrailMessage[]): Promise<void>;
    analysis(message: AnalysisMessage, lane: string): Promise<void>;
    publish(message: PublishMessage, application: ApplicationId): Promise<void>;
    reviews(message: LookMessage | ObserveMessage): Promise<void>;
  };
  readonly settings: Settings;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}
