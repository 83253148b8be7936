import type { Found } from "./found.ts";

/** Memory by which one reader in a thread of its own and the mapper tell each other how far they are. */
export interface Exchange {
  /** How many messages were sent, and how many of them were taken. */
  readonly flow: SharedArrayBuffer;
  /** How much was told, then pairs of a call's number and serial number, again and again from the first. */
  readonly told: SharedArrayBuffer;
}

const sent = 0;
const taken = 1;
/** More than these (a few megabytes) do not wait for the mapper. */
const mostUnderway = 16;
const mostTold = 8_192;

export function newExchange(): Exchange {
  return { flow: new SharedArrayBuffer(2 * 4), told: new SharedArrayBuffer(4 + mostTold * 2 * 4) };
}

/** Does anything wait to be taken? */
export function isUnderway({ flow }: Exchange): boolean {
  const numbers = new Int32Array(flow);
  return Atomics.load(numbers, sent) !== Atomics.load(numbers, taken);
}

/** What a reader uses. */
export interface ReadersSide {
  /** Sends what was found; waits first where the mapper has much to do. */
  send(found: Found, post: (found: Found, transferred: readonly ArrayBuffer[]) => void): void;
  /** Passes on what the mapper told since the last time. Too late, it may be told less than there was, never wrongly. */
  hear(tell: (call: number, serial: number) => void): void;
}

export function readersSide({ flow, told }: Exchange): ReadersSide {
  const counts = new Int32Array(flow);
  const pairs = new Int32Array(told);
  let heard = 0;
  return {
    send(found, post) {
      for (;;) {
        const before = Atomics.load(counts, taken);
        if ((counts[sent] as number) - before < mostUnderway) break;
        Atomics.wait(counts, taken, before);
      }
      Atomics.add(counts, sent, 1);
      const numbers = found.numbers.slice();
      const times = new Float64Array(numbers.buffer);
      const [sayings, texts] = [found.sayings.slice(), found.texts.slice()];
      post({ ...found, numbers, times, sayings, texts }, [numbers.buffer, sayings.buffer, texts.buffer]);
    },
    hear(tell) {
      const now = Atomics.load(pairs, 0);
      heard = Math.max(heard, now - mostTold);
      for (; heard < now; heard += 1) {
        const at = 1 + 2 * (heard % mostTold);
        tell(pairs[at] as number, pairs[at + 1] as number);
      }
    },
  };
}

/** What the mapper uses. */
export interface MappersSide {
  tell(call: number, serial: number): void;
  /** A message was taken. */
  took(): void;
}

export function mappersSide({ flow, told }: Exchange): MappersSide {
  const numbers = new Int32Array(flow);
  const pairs = new Int32Array(told);
  return {
    tell(call, serial) {
      const next = pairs[0] as number;
      const at = 1 + 2 * (next % mostTold);
      pairs[at] = call;
      pairs[at + 1] = serial;
      Atomics.store(pairs, 0, next + 1);
    },
    took() {
      Atomics.add(numbers, taken, 1);
      Atomics.notify(numbers, taken);
    },
  };
}
