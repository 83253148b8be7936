import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type Message,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { type Log, messageOf } from "@plp/runtime";

/** Deletes the handled messages of one queue, ten in a call. */
export interface Deleter {
  /** Resolves when the message is gone, or when SQS would not delete it: then it comes again, as it does on AWS. */
  delete(receiptHandle: string): Promise<void>;
}

const most = 10;
/** Messages that end this soon after another share its call: a call costs far more than the wait. */
const lingerMs = 10;

export function deleter(client: SQSClient, url: string, log: Log): Deleter {
  let waiting: { readonly handle: string; readonly done: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const entries = waiting;
    waiting = [];
    try {
      const Entries = entries.map(({ handle }, at) => ({ Id: String(at), ReceiptHandle: handle }));
      const answer = await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
      for (const { Code } of answer.Failed ?? [])
        log.warn("A handled message was not deleted", { url, Code });
    } catch (error) {
      log.warn("Handled messages were not deleted: they come again", { url, reason: messageOf(error) });
    }
    for (const { done } of entries) done();
  }

  return {
    delete: (handle) =>
      new Promise((done) => {
        waiting.push({ handle, done });
        if (waiting.length === most) void flush();
        else timer ??= setTimeout(() => void flush(), lingerMs);
      }),
  };
}

/** Makes failed messages visible again soon, whatever wait the handler asked for. */
export interface Lapse {
  again(message: Message, url: string): void;
  /** Messages that wait now. */
  waiting(): number;
  stop(): void;
}

const first = 300;
const longest = 1000;

/**
 * The time lapse: on one machine nobody waits half a minute for a poll. A message that a handler put off is seen again
 * after 0.3 s, later after up to 1 s, so that a wait does not use up the receives that its queue allows.
 */
export function timeLapse(client: SQSClient, log: Log): Lapse {
  const timers = new Set<NodeJS.Timeout>();

  async function show(message: Message, url: string): Promise<void> {
    const request = { QueueUrl: url, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0 };
    try {
      await client.send(new ChangeMessageVisibilityCommand(request));
    } catch (error) {
      // Its time ran out by itself: it is visible already.
      if (error instanceof Error && /MessageNotInflight|ReceiptHandleIsInvalid/.test(error.name)) return;
      log.warn("A waiting message could not be shown earlier", { url, reason: messageOf(error) });
    }
  }

  return {
    again(message, url) {
      const received = Number(message.Attributes?.ApproximateReceiveCount ?? "1");
      const wait = Math.min(longest, first * 1.5 ** Math.max(0, received - 2));
      const timer = setTimeout(() => {
        void show(message, url).finally(() => timers.delete(timer));
      }, wait);
      timers.add(timer);
    },
    waiting: () => timers.size,
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
