/** The queues of the system, by the names that code, status and settings use. */
export const queueNames = ["rounds", "applications", "analysis", "trail", "merge", "publish"] as const;
export type QueueName = (typeof queueNames)[number];

export interface ReceivedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly receiptHandle: string;
  readonly receiveCount: number;
  /** Only on FIFO queues. */
  readonly group: string | null;
}

export interface SendOptions {
  /** Required on FIFO queues; the deduplication id is always fresh. */
  readonly group?: string;
  readonly delaySeconds?: number;
}

/** One queue. */
export interface Queue {
  send(body: string, options?: SendOptions): Promise<void>;
  sendAll(messages: readonly ({ readonly body: string } & SendOptions)[]): Promise<void>;
  receive(options: {
    readonly max: number;
    readonly waitSeconds: number;
  }): Promise<readonly ReceivedMessage[]>;
  delete(receiptHandle: string): Promise<void>;
  setVisibility(receiptHandle: string, seconds: number): Promise<void>;
  counts(): Promise<{ readonly visible: number; readonly inFlight: number; readonly delayed: number }>;
}
