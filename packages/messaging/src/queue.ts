/** The queues of the system, by the names that code, status and settings use. */
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

export interface ReceivedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly receiptHandle: string;
  readonly receiveCount: number;
  /** Only on FIFO queues. */
  readonly group: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SendOptions {
  /** Required on FIFO queues, an error on others; the deduplication id is always fresh. */
  readonly group?: string;
  /** 0 to 900; an error on FIFO queues. */
  readonly delaySeconds?: number;
  /** Texts that travel beside the body, such as why a message became a dead letter. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export type OutgoingMessage = { readonly body: string } & SendOptions;

/**
 * One queue. Faults: "queue-message-invalid" (a body, group or delay that SQS does not take), "queue-receipt-expired"
 * (the message is not in flight under this handle any more), "queue-visibility-too-long" (more than 12 h in all
 * since it was received), "queue-refused" (anything else that a retry would not change): permanent;
 * "queue-unavailable": transient.
 */
export interface Queue {
  send(body: string, options?: SendOptions): Promise<void>;
  /** All or a fault: after a fault some may have been sent. Messages of one group may then lie in another order. */
  sendAll(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Up to `max` (1 to 10) messages; waits up to `waitSeconds` (0 to 20) for the first. */
  receive(options: {
    readonly max: number;
    readonly waitSeconds: number;
  }): Promise<readonly ReceivedMessage[]>;
  /** Of a standard queue: nothing happens when the message was received again since. */
  delete(receiptHandle: string): Promise<void>;
  /** Seconds from now until the message is seen again, 0 to 43,200. */
  setVisibility(receiptHandle: string, seconds: number): Promise<void>;
  counts(): Promise<{ readonly visible: number; readonly inFlight: number; readonly delayed: number }>;
}
