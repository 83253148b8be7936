import type { memoryIndexTable } from "@plp/audit";
import type { BlobStore, CheckpointStore, MemoryEventStore } from "@plp/event-store";
import type { MemoryQueue, QueueName } from "@plp/messaging";
import type { Clock, Log, Settings } from "@plp/runtime";
import type { UsageStore, WaitingLine } from "@plp/usage";
import type { SimulatedAnalyzer } from "./analyzer.ts";
import type { Calls } from "./calls.ts";
import type { SimulatedDeployment } from "./deployment.ts";
import type { SimulatedGitlab } from "./gitlab.ts";
import type { History } from "./history.ts";
import type { Organization } from "./organization.ts";
import type { Plant } from "./plants.ts";
import type { Random } from "./random.ts";
import type { SimulatedTrail } from "./trail.ts";
import type { Truth } from "./truth.ts";

/** What people did that excuses a permission that is missing, or explains one that is there. Keys: path and permission. */
export interface ByHand {
  readonly granted: Set<string>;
  readonly removed: Set<string>;
}

/** Everything outside of the handlers. */
export interface World {
  readonly random: Random;
  readonly clock: Clock;
  readonly now: () => number;
  /** Counts turns: the finest order of things. */
  readonly step: () => number;
  /** Neither faults nor people any more. */
  readonly isCalm: () => boolean;
  readonly organization: Organization;
  readonly truth: Truth;
  readonly gitlab: SimulatedGitlab;
  readonly deployment: SimulatedDeployment;
  readonly analyzer: SimulatedAnalyzer;
  readonly trail: SimulatedTrail;
  readonly byHand: ByHand;
  /** Folders in which people did something since the publisher last began to look. */
  readonly touched: Set<string>;
  readonly history: History;
  readonly store: MemoryEventStore;
  readonly blobs: BlobStore;
  readonly usage: UsageStore;
  readonly checkpoints: CheckpointStore;
  readonly index: ReturnType<typeof memoryIndexTable>;
  readonly waiting: WaitingLine;
  /** What people were told in their chat. */
  readonly said: string[];
  readonly queues: Readonly<Record<QueueName, MemoryQueue>>;
  readonly deadLetters: Readonly<Record<QueueName, MemoryQueue>>;
  readonly settings: Settings;
  readonly log: Log;
  readonly plant: Plant;
  readonly call: Calls;
  readonly violate: (text: string) => void;
}
