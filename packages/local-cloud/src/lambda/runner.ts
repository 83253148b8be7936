import { type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type Log, messageOf, transient } from "@plp/runtime";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { LocalQueue, LocalQueues } from "../queues.ts";
import { type Deleter, deleter, timeLapse } from "./settle.ts";
import { contextOf, recordOf } from "./sqs-event.ts";

export type SqsHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | undefined>;

/** One function behind one queue. */
export interface Binding {
  /** The queue's name in code, e.g. `analysis`. */
  readonly queue: string;
  readonly handler: SqsHandler;
  readonly batchSize: number;
  /** Invocations at the same time. */
  readonly concurrency: number;
  readonly timeoutSeconds: number;
}

export interface RunnerOptions {
  readonly client: SQSClient;
  readonly queues: LocalQueues;
  readonly bindings: readonly Binding[];
  readonly log: Log;
  /**
   * Called when messages wait and nothing has moved for a while: the moment to turn the analyzer's day. Answers
   * whether anything changed by it.
   */
  readonly onStalled?: () => boolean | Promise<boolean>;
  /** In milliseconds; default 2,000. */
  readonly stalledAfterMs?: number;
  /** After so many stalls on end that changed nothing `idle` gives up; default 30. */
  readonly maxStalls?: number;
}

export interface Runner {
  /**
   * Resolves when every queue is empty (visible, in flight, delayed) and no handler runs. Rejects with `nothing-moves`
   * when messages wait for something that does not come.
   */
  idle(): Promise<void>;
  /** Lets the running handlers end; what still waits stays in its queue. */
  stop(): Promise<void>;
}

/** Long enough to be cheap when idle; a message that comes meanwhile ends the wait at once. */
const receiveWaitSeconds = 2;
const watchEveryMs = 50;

interface Invocation {
  readonly began: number;
  readonly fresh: boolean;
}

/**
 * Lambda's part on one machine: receives from every bound queue, calls the handlers concurrently with Lambda's own
 * events, deletes what succeeded and shows again soon what did not (time lapse). Receives are short and always end,
 * because an aborted one may swallow a message.
 */
export function startRunner(options: RunnerOptions): Runner {
  const { client, queues, log } = options;
  const lapse = timeLapse(client, log);
  const running = new Set<Invocation>();
  const freed = new Set<() => void>();
  let stopping = false;
  let progressAt = Date.now();
  let stalls = 0;
  let checking = false;

  const progressed = () => {
    progressAt = Date.now();
    stalls = 0;
  };

  async function call(binding: Binding, queue: LocalQueue, batch: readonly Message[]): Promise<Set<string>> {
    const region = queue.arn.split(":")[3] ?? "";
    const Records = batch.map((message) => recordOf(message, queue.arn, region));
    const everything = new Set(Records.map(({ messageId }) => messageId));
    try {
      const context = contextOf(`plp-${queue.name}`, queue.arn, binding.timeoutSeconds);
      const answer = await binding.handler({ Records }, context);
      const failed = new Set((answer?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
      // Lambda fails the whole batch for an identifier that it does not know.
      return [...failed].every((id) => everything.has(id)) ? failed : everything;
    } catch (error) {
      log.error("A function failed: its messages come again", {
        queue: queue.name,
        reason: messageOf(error),
      });
      return everything;
    }
  }

  /** `free` is called when the function has ended; the messages are deleted after that. */
  async function invoke(
    binding: Binding,
    queue: LocalQueue,
    batch: readonly Message[],
    done: Deleter,
    free: () => void,
  ) {
    const fresh = batch.some(({ Attributes }) => Attributes?.ApproximateReceiveCount === "1");
    const invocation: Invocation = { began: Date.now(), fresh };
    running.add(invocation);
    if (fresh) progressed();
    const failed = await call(binding, queue, batch);
    free();
    const handled = batch.filter(({ MessageId }) => !failed.has(MessageId ?? ""));
    for (const message of batch) if (!handled.includes(message)) lapse.again(message, queue.url);
    if (handled.length > 0) progressed();
    await Promise.all(handled.map(({ ReceiptHandle }) => done.delete(ReceiptHandle ?? "")));
    running.delete(invocation);
  }

  async function receive(queue: LocalQueue, max: number): Promise<readonly Message[]> {
    const answer = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: max,
        WaitTimeSeconds: receiveWaitSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
    );
    return answer.Messages ?? [];
  }

  async function poll(binding: Binding, queue: LocalQueue): Promise<void> {
    const done = deleter(client, queue.url, log);
    // A receive costs as much for one message as for ten, so it waits until it can take several.
    const enough = Math.min(Math.ceil(10 / binding.batchSize), Math.ceil(binding.concurrency / 2));
    let busy = 0;
    const release = () => {
      busy -= 1;
      for (const wake of freed) wake();
      freed.clear();
    };
    while (!stopping) {
      const free = binding.concurrency - busy;
      if (free < enough) {
        await new Promise<void>((resolve) => freed.add(resolve));
        continue;
      }
      let messages: readonly Message[];
      try {
        messages = await receive(queue, Math.min(10, free * binding.batchSize));
      } catch (error) {
        log.warn("Cannot receive", { queue: queue.name, reason: messageOf(error) });
        await new Promise((resolve) => setTimeout(resolve, 500));
        continue;
      }
      for (let at = 0; at < messages.length; at += binding.batchSize) {
        busy += 1;
        void invoke(binding, queue, messages.slice(at, at + binding.batchSize), done, release);
      }
    }
  }

  function empty(): boolean {
    if (running.size > 0 || lapse.waiting() > 0) return false;
    return queues.queues.every(({ name }) => {
      const { ready, inFlight, delayed } = queues.state(name);
      return ready + inFlight + delayed === 0;
    });
  }

  /** Only waits are left: nothing new came, nothing ended, and no handler is at real work. */
  function stalled(): boolean {
    const now = Date.now();
    if (now - progressAt < (options.stalledAfterMs ?? 2000)) return false;
    return ![...running].some(({ fresh, began }) => fresh || now - began > 1000) && !empty();
  }

  async function checkStall(): Promise<void> {
    if (checking || stopping || !stalled()) return;
    checking = true;
    try {
      const moved = (await options.onStalled?.()) ?? false;
      progressAt = Date.now();
      stalls += 1;
      log.debug("Only waits are left", { moved, stalls });
    } catch (error) {
      log.error("The day could not be turned", { reason: messageOf(error) });
    } finally {
      checking = false;
    }
  }

  const pollers = options.bindings.map((binding) => {
    const queue = queues.queues.find(({ name }) => name === binding.queue);
    if (queue === undefined) throw new Error(`no queue "${binding.queue}" to bind a function to`);
    return poll(binding, queue);
  });
  const watch = setInterval(() => void checkStall(), 250);

  return {
    idle: () =>
      new Promise((resolve, reject) => {
        const timer = setInterval(() => {
          const stuck = stalls > (options.maxStalls ?? 30);
          if (!stopping && !stuck && !empty()) return;
          clearInterval(timer);
          if (stopping || !stuck) resolve();
          else
            reject(transient("nothing-moves", `messages wait for something that does not come: ${held()}`));
        }, watchEveryMs);
      }),
    async stop() {
      stopping = true;
      clearInterval(watch);
      for (const wake of freed) wake();
      // A receive that was on its way when the first release came would else wait to its end.
      const release = setInterval(() => queues.release(), 20);
      queues.release();
      await Promise.all(pollers);
      clearInterval(release);
      while (running.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      lapse.stop();
    },
  };

  function held(): string {
    const counts = queues.queues.map(({ name }) => {
      const { ready, inFlight, delayed } = queues.state(name);
      return { name, count: ready + inFlight + delayed };
    });
    const full = counts.filter(({ count }) => count > 0);
    return full.map(({ name, count }) => `${name} ${count}`).join(", ");
  }
}
