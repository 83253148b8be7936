import type { QueueName } from "./queue.ts";

/** What a queue is like, wherever it stands. All times in seconds. */
export interface QueueDescription {
  readonly name: QueueName;
  readonly fifo: boolean;
  /** Messages that one invocation of its function gets at most. */
  readonly batchSize: number;
  readonly functionTimeout: number;
  /** When a message is seen again whose function said nothing: six time-outs, as AWS advises. */
  readonly visibilityTimeout: number;
  /** Receives after which a message becomes a dead letter; SQS allows 1,000 at most. */
  readonly maxReceiveCount: number;
  readonly retention: number;
  readonly deadLetterRetention: number;
}

const day = 24 * 60 * 60;
/** With waits that grow to 15 minutes, 7½ on average: an outage of a whole day fills no dead letters. */
const receivesOfADay = 200;

function describe(
  name: QueueName,
  numbers: { fifo?: boolean; batchSize: number; functionTimeout: number; maxReceiveCount?: number },
): QueueDescription {
  return {
    name,
    fifo: numbers.fifo ?? false,
    batchSize: numbers.batchSize,
    functionTimeout: numbers.functionTimeout,
    visibilityTimeout: 6 * numbers.functionTimeout,
    maxReceiveCount: numbers.maxReceiveCount ?? receivesOfADay,
    retention: 7 * day,
    deadLetterRetention: 14 * day,
  };
}

/**
 * Every queue of the system. A message of `analysis` is the timer of its run's polls and waits for quotas too, hence
 * the highest receive count there is: a wait never ends among the dead letters.
 */
export const queues: Readonly<Record<QueueName, QueueDescription>> = {
  rounds: describe("rounds", { batchSize: 1, functionTimeout: 300 }),
  applications: describe("applications", { batchSize: 1, functionTimeout: 300 }),
  analysis: describe("analysis", { fifo: true, batchSize: 1, functionTimeout: 300, maxReceiveCount: 1_000 }),
  trail: describe("trail", { batchSize: 1, functionTimeout: 600 }),
  merge: describe("merge", { batchSize: 10, functionTimeout: 300 }),
  publish: describe("publish", { fifo: true, batchSize: 1, functionTimeout: 300 }),
  index: describe("index", { batchSize: 10, functionTimeout: 300 }),
  reviews: describe("reviews", { batchSize: 10, functionTimeout: 300 }),
};

/** The queue's name in SQS, and that of its dead letters (of the same kind, as SQS requires). */
export function queueTitle(queue: QueueDescription, part: "queue" | "dead-letters" = "queue"): string {
  return `plp-${queue.name}${part === "queue" ? "" : "-dead"}${queue.fifo ? ".fifo" : ""}`;
}

/** The attributes of SQS's CreateQueue for the queue; deduplication by content is off: a second, needed message arrives. */
export function queueAttributes(queue: QueueDescription, deadLetterArn: string): Record<string, string> {
  return {
    ...kind(queue),
    VisibilityTimeout: String(queue.visibilityTimeout),
    MessageRetentionPeriod: String(queue.retention),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: deadLetterArn,
      maxReceiveCount: queue.maxReceiveCount,
    }),
  };
}

/** The attributes of SQS's CreateQueue for the queue's dead letters. */
export function deadLetterAttributes(queue: QueueDescription): Record<string, string> {
  return { ...kind(queue), MessageRetentionPeriod: String(queue.deadLetterRetention) };
}

function kind(queue: QueueDescription): Record<string, string> {
  return queue.fifo ? { FifoQueue: "true", ContentBasedDeduplication: "false" } : {};
}
