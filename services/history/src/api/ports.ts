import type { IndexPorts } from "@plp/audit";
import type { BlobStore, EventStore } from "@plp/event-store";
import type { QueueName, RestoreMessage, RoundMessage } from "@plp/messaging";
import type { Clock, Ids, Log, Settings } from "@plp/runtime";
import type { WaitingLine } from "@plp/usage";

export interface QueueCount {
  readonly name: QueueName;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly dead: number;
}

export interface Queues {
  counts(): Promise<readonly QueueCount[]>;
  /** Sends what lies among the dead letters of a queue into it again; answers how many. */
  redrive(name: QueueName): Promise<number>;
}

/** What answers are made of. */
export interface ReadPorts extends IndexPorts {
  readonly blobs: Pick<BlobStore, "get">;
  /** What cursors are signed with. */
  readonly cursorKey: Uint8Array;
  readonly queues: Pick<Queues, "counts">;
  /** Requests that wait for others to be decided. */
  readonly waiting: Pick<WaitingLine, "first">;
  readonly clock: Clock;
  readonly log: Log;
}

/** What acts need. */
export interface ActPorts extends IndexPorts {
  readonly store: EventStore;
  readonly queues: Pick<Queues, "redrive">;
  readonly send: {
    rounds(message: RoundMessage): Promise<void>;
    merge(message: RestoreMessage): Promise<void>;
  };
  /** What PLP does not propose, also where somebody asks for it. */
  readonly limits: Pick<Settings, "never" | "ask">;
  /** Where the window of a round ends that is started now; null: at its own moment. */
  readonly windowEnd: () => Promise<string | null>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** Who asks, as the token says it. */
export interface Caller {
  readonly id: string;
  readonly name: string;
}

/** What every request carries: who was let in. */
export interface ApiEnv {
  readonly Variables: { readonly caller: Caller };
}
