import { type Clock, failureOf, type Log, messageOf, redactText } from "@plp/runtime";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import type * as z from "zod";
import { backoffSeconds, longestWait, waitSeconds } from "./backoff.ts";
import { parseMessage } from "./messages.ts";
import type { Queue } from "./queue.ts";
import { type IncomingRecord, recordsOf } from "./records.ts";
import { stepOf, withinStep } from "./trace.ts";

/** What became of a message: dealt with, or to come again after so many seconds (at most 39,600) as the next look. */
export type Outcome = { readonly kind: "done" } | { readonly kind: "wait"; readonly seconds: number };

export interface Delivery {
  readonly messageId: string;
  /** 1 at the first delivery. */
  readonly receiveCount: number;
  /** Names the message on every line. */
  readonly log: Log;
}

export interface ConsumeOptions<Message> {
  readonly schema: z.ZodType<Message>;
  readonly handle: (message: Message, delivery: Delivery) => Promise<Outcome>;
  /** The queue that the records come from. */
  readonly queue: Pick<Queue, "setVisibility">;
  /** Where that queue's dead letters go. */
  readonly deadLetters: Pick<Queue, "send">;
  readonly log: Log;
  readonly clock: Clock;
  /** Records (of a FIFO queue: groups) that are handled at the same time. */
  readonly parallelism: number;
  readonly fifo: boolean;
}

/** null: the message may be deleted; else it comes again after these seconds. */
type Verdict = number | null;

/**
 * A Lambda handler for the messages of one queue: parse, handle, classify, and report exactly the failures. `done` is
 * acknowledged; `wait` and transient faults come again at the time that is asked for, unknown errors after a
 * backoff, until the queue's maxReceiveCount; what cannot be parsed and permanent faults go to the dead
 * letters at once, with the reason. The visibility of every failure is set (a reported failure would else keep whatever it had). A
 * FIFO group stops at its first failure. Never throws, whatever is thrown at it; an event that it cannot read fails as a whole.
 */
export function consume<Message>(
  options: ConsumeOptions<Message>,
): (event: SQSEvent) => Promise<SQSBatchResponse> {
  return async (event) => {
    const records = recordsOf(event);
    if (records === null) {
      safely(() => options.log.error("Not an event of SQS; all of it fails"));
      return wholeBatch;
    }
    const failed = new Set<IncomingRecord>();
    const lanes = options.fifo ? groupsOf(records) : records.map((record) => [record]);
    await eachOf(lanes, options.parallelism, (lane) => runLane(lane, failed, options));
    const ids = records.filter((record) => failed.has(record)).map(({ messageId }) => messageId);
    if (ids.includes("")) return wholeBatch;
    return { batchItemFailures: [...new Set(ids)].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** To Lambda an empty identifier means: everything failed. Rather twice than never. */
const wholeBatch: SQSBatchResponse = { batchItemFailures: [{ itemIdentifier: "" }] };

async function runLane<Message>(
  lane: readonly IncomingRecord[],
  failed: Set<IncomingRecord>,
  options: ConsumeOptions<Message>,
): Promise<void> {
  let stopped: Verdict = null;
  for (const record of lane) {
    stopped ??=
      record.messageId === "" ? 0 : await withinStep(stepOf(record), () => dealWith(record, options));
    if (stopped === null) continue;
    failed.add(record);
    await postpone(record, stopped, options);
  }
}

async function dealWith<Message>(record: IncomingRecord, options: ConsumeOptions<Message>): Promise<Verdict> {
  const { messageId, receiveCount } = record;
  const began = millis(options.clock);
  let verdict: Verdict;
  try {
    const message = parseMessage(options.schema, record.body);
    const { traceId } = stepOf(record);
    const log = options.log.with({ messageId, receiveCount, traceId });
    verdict = verdictOf(await options.handle(message, { messageId, receiveCount, log }));
  } catch (error) {
    verdict = await classify(error, record, options);
  }
  const fields = {
    messageId,
    receiveCount,
    milliseconds: millis(options.clock) - began,
    againInSeconds: verdict,
  };
  safely(() => options.log.debug("Message handled", fields));
  return verdict;
}

function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind === "done") return null;
  if (outcome.kind === "wait") return waitSeconds(outcome.seconds);
  throw new TypeError("A handler must answer done or wait");
}

async function classify<Message>(
  error: unknown,
  record: IncomingRecord,
  options: ConsumeOptions<Message>,
): Promise<Verdict> {
  const { messageId, receiveCount } = record;
  const known = failureOf(error);
  if (known !== null && !known.retryable) return bury(known.code, error, record, options);
  const verdict = backoffSeconds(messageId, receiveCount, known?.retryAfterSeconds);
  const { traceId } = stepOf(record);
  const fields = { messageId, receiveCount, traceId, againInSeconds: verdict, error };
  if (known !== null) safely(() => options.log.warn("Message comes again: a transient fault", fields));
  else safely(() => options.log.error("Message comes again: an unexpected error", fields));
  return verdict;
}

/** To the dead letters, with the reason; only if that succeeds may the message go. */
async function bury<Message>(
  code: string,
  error: unknown,
  record: IncomingRecord,
  options: ConsumeOptions<Message>,
): Promise<Verdict> {
  const { messageId, receiveCount } = record;
  const fields = { messageId, receiveCount, traceId: stepOf(record).traceId, error };
  try {
    const attributes = { reason: reasonOf(code, error), messageId };
    // A text that SQS once delivered can be sent again, save an empty one, which only a forged event has.
    const group = options.fifo ? { group: record.group ?? messageId } : {};
    await options.deadLetters.send(record.body === "" ? "(empty)" : record.body, { ...group, attributes });
    safely(() =>
      options.log.error("Message put among the dead letters: trying again would not help", fields),
    );
    return null;
  } catch (sending) {
    safely(() =>
      options.log.error("Message could not be put among the dead letters; it comes again", {
        ...fields,
        sending,
      }),
    );
    return backoffSeconds(messageId, receiveCount);
  }
}

async function postpone<Message>(
  record: IncomingRecord,
  seconds: number,
  options: ConsumeOptions<Message>,
): Promise<void> {
  try {
    await options.queue.setVisibility(record.receiptHandle, Math.min(longestWait, seconds));
  } catch (error) {
    const text =
      "The visibility of a failed message could not be set; it comes again when its present one ends";
    safely(() => options.log.warn(text, { messageId: record.messageId, seconds, error }));
  }
}

/** Short, printable and not empty, as an attribute of SQS has to be. */
function reasonOf(code: string, error: unknown): string {
  const text = redactText(`${code}: ${messageOf(error)}`).toWellFormed();
  return text.replace(/[^\t\n\r -~\u00A0-\uD7FF]/g, "?").slice(0, 1_000);
}

function groupsOf(records: readonly IncomingRecord[]): IncomingRecord[][] {
  return [...Map.groupBy(records, ({ group }) => group).values()];
}

async function eachOf<Item>(
  items: readonly Item[],
  parallelism: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await run(item);
  };
  const workers = Math.max(1, Math.min(items.length, Math.floor(parallelism) || 1));
  await Promise.all(Array.from({ length: workers }, worker));
}

function millis(clock: Clock): number {
  try {
    return clock.now().getTime();
  } catch {
    return Number.NaN;
  }
}

/** A log that fails must not take a message with it: by then the message has been dealt with. */
function safely(write: () => void): void {
  try {
    write();
  } catch {
    // Nowhere is left to say so.
  }
}
