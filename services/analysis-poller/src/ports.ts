import type { AccessedService, ApplicationId, TrailView, Window } from "@plp/domain";
import type { BlobStore, EventStore } from "@plp/event-store";
import type { MergeMessage, PublishMessage } from "@plp/messaging";
import type { Clock, Log, Metrics, Settings } from "@plp/runtime";
import type { TrailHour, UsageStore, WaitingLine } from "@plp/usage";

/** One policy generation as `ListPolicyGenerations` shows it. */
export interface Generation {
  readonly job: string;
  readonly principalArn: string;
  readonly status: "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "CANCELED";
  readonly startedAt: string;
}

/** One policy generation as `GetGeneratedPolicy` shows it. */
export interface GenerationResult extends Omit<Generation, "principalArn"> {
  readonly endedAt: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The window it covers, where AWS tells. */
  readonly window: Window | null;
  readonly complete: boolean | null;
  /** The documents, as AWS wrote them. */
  readonly policies: readonly string[];
}

export type StartResult =
  | { readonly kind: "started"; readonly job: string }
  /** 409: another generation runs in the lane. */
  | { readonly kind: "busy" }
  /** 402: the day's quota is used up. */
  | { readonly kind: "quota" };

/** IAM Access Analyzer in a member account. Faults: see clients/aws-faults. */
export interface Analyzer {
  /** All principals, the last seven days. */
  list(lane: Lane): Promise<readonly Generation[]>;
  start(
    lane: Lane,
    job: { readonly principalArn: string; readonly window: Window; readonly clientToken: string },
  ): Promise<StartResult>;
  get(lane: Lane, job: string): Promise<GenerationResult>;
  cancel(lane: Lane, job: string): Promise<void>;
}

export interface Lane {
  readonly accountId: string;
  readonly region: string;
}

/** IAM's services last accessed; its job lives within one session, so it is asked and answered in one call. */
export interface LastAccessed {
  services(lane: Lane, roleArn: string): Promise<readonly AccessedService[] | "not-ready">;
}

export interface AnalysisPorts {
  readonly store: EventStore;
  readonly blobs: BlobStore;
  readonly usage: UsageStore;
  /** Who is next in a lane. */
  readonly waiting: WaitingLine;
  readonly analyzer: Analyzer;
  readonly lastAccessed: LastAccessed;
  readonly send: {
    merge(message: MergeMessage): Promise<void>;
    publish(message: PublishMessage, application: ApplicationId): Promise<void>;
  };
  readonly settings: Settings;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** What a trail's bucket holds for one hour of delivery. */
export interface TrailFiles {
  list(hour: TrailHour): Promise<readonly { readonly key: string; readonly etag: string }[]>;
  read(accountId: string, key: string): Promise<Uint8Array>;
}

/** Turns log files into usage per role; a file that cannot be read is told, and the rest goes on. */
export type ReadUsage = (files: readonly { readonly key: string; readonly bytes: Uint8Array }[]) => {
  readonly roles: readonly {
    readonly roleArn: string;
    readonly permissions: readonly Omit<TrailView["permissions"][number], "regions">[];
    readonly unmapped: TrailView["unmapped"];
  }[];
  readonly bad: readonly { readonly key: string; readonly reason: string }[];
};

export interface TrailPorts {
  readonly store: EventStore;
  readonly send: { merge(message: MergeMessage): Promise<void> };
  readonly files: TrailFiles;
  readonly usage: UsageStore;
  readonly readUsage: ReadUsage;
  readonly clock: Clock;
  readonly log: Log;
}
