import { type Clock, type Ids, permanent } from "@plp/runtime";
import { checkMessage, checkReceive, checkVisibility, longestVisibility } from "./limits.ts";
import type { OutgoingMessage, Queue, ReceivedMessage } from "./queue.ts";

/** What a standard queue may do to its readers, and a FIFO queue with the order of its groups; drawn from a seed. */
export interface QueueFaults {
  /** Asked at each receive and delete on a standard queue: shall this message come once more? */
  duplicate(): boolean;
  /** Which of so many comes next: 0 to `choices` - 1. */
  pick(choices: number): number;
}

export interface MemoryQueueOptions {
  readonly name: string;
  readonly fifo: boolean;
  readonly clock: Clock;
  /** Gives the deduplication ids of sends to a FIFO queue, fresh every time as it should be. */
  readonly ids: Ids;
  /** 1 to 1,000, with `deadLetter`; null: for ever. */
  readonly maxReceiveCount: number | null;
  /** The queue of its dead letters, of the same kind. */
  readonly deadLetter?: MemoryQueue;
  readonly retentionSeconds: number;
  /** Visibility of what is received. Default 30, as in SQS. */
  readonly visibilitySeconds?: number;
  readonly faults?: QueueFaults;
}

export interface PeekedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly group: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly receiveCount: number;
  readonly sentAt: Date;
  readonly state: "visible" | "in flight" | "delayed";
  /** When it is seen again, or was; its group may block it longer. */
  readonly visibleAt: Date;
}

export interface MemoryQueue extends Queue {
  readonly name: string;
  readonly fifo: boolean;
  /** Everything in the queue, oldest first; changes nothing. */
  peek(): readonly PeekedMessage[];
  /** The first moment at which a receive finds something; null when there is nothing. */
  nextVisibleAt(): Date | null;
  /** Makes everything in flight visible at once; its receipt handles end. What a start after a crash does. */
  release(): void;
  /** Takes over a message of a queue whose dead letters these are. */
  bury(message: Stored): void;
}

interface Stored {
  readonly messageId: string;
  readonly message: OutgoingMessage;
  readonly sequence: number;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
  /** Of the last receive, while it lasts. */
  receipt: { readonly handle: string; readonly receivedAt: number } | null;
}

const deduplicationWindow = 5 * 60_000;

/**
 * SQS in memory, as strict as SQS, under a clock that its owner turns (so a receive never waits). Ids and handles are
 * counted, hence the same calls give the same answers. Deduplication lasts five minutes from the send, also when the
 * message was deleted since. A message that was received `maxReceiveCount` times moves to the dead letters
 * on the next receive. A FIFO receive gives several messages of a group, none while one of it is in flight.
 */
export function memoryQueue(options: MemoryQueueOptions): MemoryQueue {
  const { name, fifo, clock, ids, maxReceiveCount, deadLetter, faults } = options;
  checkOptions(options);
  let messages: Stored[] = [];
  let deduplication = new Map<string, number>();
  let sent = 0;
  let receipts = 0;
  const now = () => clock.now().getTime();

  function accept(message: OutgoingMessage): void {
    const at = now();
    if (fifo) {
      deduplication = new Map([...deduplication].filter(([, since]) => at - since < deduplicationWindow));
      const id = ids.next();
      if (deduplication.has(id)) return;
      deduplication.set(id, at);
    }
    const sequence = ++sent;
    const visibleAt = at + (message.delaySeconds ?? 0) * 1_000;
    const messageId = `${name}-${sequence}`;
    messages.push({ messageId, message, sequence, sentAt: at, visibleAt, receiveCount: 0, receipt: null });
  }

  function expire(): void {
    const at = now();
    messages = messages.filter(({ sentAt }) => at - sentAt < options.retentionSeconds * 1_000);
    for (const one of messages) if (one.visibleAt <= at && fifo) one.receipt = null;
  }

  const remove = (stored: Stored) => {
    messages = messages.filter((one) => one !== stored);
  };
  const isHeld = (stored: Stored) => stored.receipt !== null && stored.visibleAt > now();
  const blockedGroups = () => new Set(messages.filter(isHeld).map(({ message }) => message.group));

  /** What a receive may give now: FIFO: all of a free group in order, group after group; else any order. */
  function* available(): Generator<Stored> {
    const visible = messages.filter(({ visibleAt }) => visibleAt <= now());
    if (!fifo) return yield* shuffled(visible, faults);
    const blocked = blockedGroups();
    const groups = [...Map.groupBy(visible, ({ message }) => message.group)];
    const free = groups.filter(([group]) => !blocked.has(group)).map(([, members]) => members);
    for (const members of shuffled(free, faults)) yield* members;
  }

  function take(stored: Stored): ReceivedMessage {
    const at = now();
    const handle = `${stored.messageId}/${++receipts}`;
    const again = !fifo && faults?.duplicate() === true;
    stored.receiveCount += 1;
    stored.receipt = { handle, receivedAt: at };
    stored.visibleAt = again ? at : at + (options.visibilitySeconds ?? 30) * 1_000;
    const { body, group, attributes } = stored.message;
    return {
      messageId: stored.messageId,
      body,
      receiptHandle: handle,
      receiveCount: stored.receiveCount,
      group: group ?? null,
      attributes: attributes ?? {},
    };
  }

  const heldBy = (handle: string) => messages.find(({ receipt }) => receipt?.handle === handle);

  return {
    name,
    fifo,

    async send(body, sendOptions = {}) {
      checkMessage(name, fifo, { body, ...sendOptions });
      accept({ body, ...sendOptions });
    },

    async sendAll(all) {
      for (const message of all) checkMessage(name, fifo, message);
      for (const message of all) accept(message);
    },

    async receive({ max, waitSeconds }) {
      checkReceive(name, max, waitSeconds);
      expire();
      const result: ReceivedMessage[] = [];
      for (const stored of available()) {
        if (result.length === max) break;
        if (maxReceiveCount !== null && stored.receiveCount >= maxReceiveCount) {
          remove(stored);
          deadLetter?.bury(stored);
        } else {
          result.push(take(stored));
        }
      }
      return result;
    },

    async delete(handle) {
      expire();
      const stored = heldBy(handle);
      if (fifo && stored === undefined) {
        throw permanent(
          "queue-receipt-expired",
          `A message of ${name} is not deleted: its receipt handle has expired`,
        );
      }
      if (stored === undefined) return;
      if (!fifo && faults?.duplicate() === true) Object.assign(stored, { visibleAt: now(), receipt: null });
      else remove(stored);
    },

    async setVisibility(handle, seconds) {
      checkVisibility(name, seconds);
      expire();
      const stored = heldBy(handle);
      if (stored === undefined || stored.receipt === null || !isHeld(stored)) {
        throw permanent(
          "queue-receipt-expired",
          `A message of ${name} is not in flight under this receipt handle`,
        );
      }
      const until = now() + seconds * 1_000;
      if (until - stored.receipt.receivedAt > longestVisibility * 1_000) {
        const text = `Total visibility of a message of ${name} would be more than 12 hours since it was received`;
        throw permanent("queue-visibility-too-long", text);
      }
      stored.visibleAt = until;
      if (seconds === 0 && fifo) stored.receipt = null;
    },

    async counts() {
      expire();
      const states = messages.map(stateOf);
      const count = (state: PeekedMessage["state"]) => states.filter((one) => one === state).length;
      return { visible: count("visible"), inFlight: count("in flight"), delayed: count("delayed") };
    },

    peek() {
      expire();
      return messages.map((stored) => ({
        messageId: stored.messageId,
        body: stored.message.body,
        group: stored.message.group ?? null,
        attributes: stored.message.attributes ?? {},
        receiveCount: stored.receiveCount,
        sentAt: new Date(stored.sentAt),
        state: stateOf(stored),
        visibleAt: new Date(stored.visibleAt),
      }));
    },

    nextVisibleAt() {
      expire();
      const groups = fifo
        ? Map.groupBy(messages, ({ message }) => message.group).values()
        : messages.map((one) => [one]);
      const moments = [...groups].map((group) => {
        const held = group.filter(isHeld);
        return held.length > 0 ? Math.max(...held.map(atOf)) : Math.min(...group.map(atOf));
      });
      return moments.length === 0 ? null : new Date(moments.reduce((least, one) => Math.min(least, one)));
    },

    release() {
      for (const stored of messages.filter(isHeld))
        Object.assign(stored, { visibleAt: now(), receipt: null });
    },

    bury(stored) {
      const sentAt = fifo ? now() : stored.sentAt;
      messages.push({ ...stored, sequence: ++sent, sentAt, visibleAt: now(), receipt: null });
    },
  };

  function stateOf(stored: Stored): PeekedMessage["state"] {
    if (stored.visibleAt <= now()) return "visible";
    return stored.receipt === null ? "delayed" : "in flight";
  }
}

const atOf = ({ visibleAt }: Stored) => visibleAt;

function* shuffled<Item>(items: readonly Item[], faults: QueueFaults | undefined): Generator<Item> {
  if (faults === undefined) return yield* items;
  const left = [...items];
  while (left.length > 0) yield* left.splice(faults.pick(left.length), 1);
}

function checkOptions({ name, fifo, maxReceiveCount, deadLetter }: MemoryQueueOptions): void {
  const refuse = (why: string) => {
    throw permanent("queue-refused", `The queue ${name} cannot be made: ${why}`);
  };
  const limited = maxReceiveCount !== null;
  if (limited && (!Number.isInteger(maxReceiveCount) || maxReceiveCount < 1 || maxReceiveCount > 1_000)) {
    refuse("maxReceiveCount is 1 to 1,000");
  }
  if (limited !== (deadLetter !== undefined)) refuse("maxReceiveCount and deadLetter go together");
  if (deadLetter !== undefined && deadLetter.fifo !== fifo)
    refuse("its dead letters need a queue of the same kind");
}
