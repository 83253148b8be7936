/** The queues by the names that code, status and settings use; a test compares them with the messaging package's. */
export const queueNames = [
  "rounds",
  "applications",
  "analysis",
  "trail",
  "merge",
  "publish",
  "index",
  "reviews",
] as const;

export type QueueName = (typeof queueNames)[number];

export interface QueueNumbers {
  readonly fifo: boolean;
  /** Messages that one invocation gets at most. */
  readonly batchSize: number;
  /** Seconds that one invocation may take. */
  readonly functionTimeout: number;
  /** Seconds after which a message whose function said nothing (killed, crashed) is seen again: six time-outs, as AWS asks. */
  readonly visibilityTimeout: number;
  /** Receives after which a message is a dead letter: by default those of a whole day's outage. SQS allows 1,000 at most. */
  readonly maxReceiveCount: number;
  /** Functions that run at the same time at most; null leaves it to AWS. GitLab's rate limits are behind most of these. */
  readonly maxConcurrency: number | null;
}

function numbers(given: {
  readonly fifo?: boolean;
  readonly batchSize: number;
  readonly functionTimeout: number;
  readonly maxReceiveCount?: number;
  readonly maxConcurrency?: number;
}): QueueNumbers {
  return {
    fifo: given.fifo ?? false,
    batchSize: given.batchSize,
    functionTimeout: given.functionTimeout,
    visibilityTimeout: 6 * given.functionTimeout,
    maxReceiveCount: given.maxReceiveCount ?? 200,
    maxConcurrency: given.maxConcurrency ?? null,
  };
}

/**
 * What each queue is like. A message of `analysis` is the poll timer of its run and waits for quotas too, hence the
 * highest receive count there is: a wait must never end among the dead letters. The group of the two FIFO queues
 * is the lock, so they need no limit on concurrency of their own.
 */
export const queueNumbers: Readonly<Record<QueueName, QueueNumbers>> = {
  rounds: numbers({ batchSize: 1, functionTimeout: 300, maxConcurrency: 2 }),
  applications: numbers({ batchSize: 1, functionTimeout: 300, maxConcurrency: 10 }),
  analysis: numbers({ fifo: true, batchSize: 1, functionTimeout: 300, maxReceiveCount: 1000 }),
  trail: numbers({ batchSize: 1, functionTimeout: 600, maxConcurrency: 20 }),
  merge: numbers({ batchSize: 10, functionTimeout: 300, maxConcurrency: 10 }),
  publish: numbers({ fifo: true, batchSize: 1, functionTimeout: 300 }),
  index: numbers({ batchSize: 10, functionTimeout: 300, maxConcurrency: 10 }),
  reviews: numbers({ batchSize: 10, functionTimeout: 300, maxConcurrency: 5 }),
};

const day = 24 * 60 * 60;
/** Seconds that SQS keeps a message, and a dead letter: long enough for a person to come back from a holiday week. */
export const retention = { message: 7 * day, deadLetter: 14 * day } as const;

export interface QueuePair {
  readonly queue: sst.aws.Queue;
  readonly dead: sst.aws.Queue;
}

export type Queues = Readonly<Record<QueueName, QueuePair>>;

/**
 * Every queue with its dead-letter queue (of the same kind, as SQS requires). Deduplication by content is off everywhere:
 * a second, needed message with the same text must arrive.
 */
export function queues(): Queues {
  return Object.fromEntries(queueNames.map((name) => [name, pair(name)])) as Queues;
}

function pair(name: QueueName): QueuePair {
  const { fifo, visibilityTimeout, maxReceiveCount } = queueNumbers[name];
  const kind = fifo ? { contentBasedDeduplication: false } : false;
  const title = titleOf(name);
  const dead = new sst.aws.Queue(`${title}Dead`, {
    fifo: kind,
    transform: { queue: { messageRetentionSeconds: retention.deadLetter } },
  });
  const queue = new sst.aws.Queue(title, {
    fifo: kind,
    visibilityTimeout: `${visibilityTimeout} seconds`,
    dlq: { queue: dead.arn, retry: maxReceiveCount },
    transform: { queue: { messageRetentionSeconds: retention.message } },
  });
  return { queue, dead };
}

/** How the resources of a queue or function begin, such as "Rounds". */
export function titleOf(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
