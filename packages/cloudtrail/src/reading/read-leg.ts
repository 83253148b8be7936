import type { Counting } from "../counting/counting.ts";
import type { BadFile } from "../types.ts";
import { makeLean } from "./busy.ts";
import { isUnderway, newExchange } from "./exchange.ts";
import { mapper } from "./mapper.ts";
import { type Part, progressOf, readShare, type Share } from "./read-share.ts";
import type { ReaderThread } from "./reader-thread.ts";
import { abandon, type Planned, scheduleOf } from "./schedule.ts";

/** Milliseconds between two looks at what else there is to do: each costs as much as some fifty records. */
const restEvery = 50;

/** Records and files of this reading so far. */
export type OnRead = (files: number, records: number) => void;

/** Reads the files of a leg with all readers, of whom this thread is one; it also maps what each of them finds. */
export async function readLeg(
  common: Omit<Share, "schedule" | "reader">,
  leg: Planned,
  threads: readonly ReaderThread[],
  counting: Counting,
  onRead?: OnRead,
): Promise<{ readonly parts: readonly Part[]; readonly bad: readonly BadFile[] }> {
  const share = { ...common, schedule: scheduleOf(leg, common.readers) };
  const progress = new Int32Array(share.progress);
  const tell = () =>
    onRead?.(Atomics.load(progress, progressOf.files), Atomics.load(progress, progressOf.records));
  const own = mapper(share.paths, counting);
  const others = threads.map((thread, index) => {
    const exchange = newExchange();
    const mapped = mapper(share.paths, counting);
    return { exchange, mapped, part: thread.read({ ...share, reader: index + 1 }, exchange, mapped) };
  });
  let rested = Number.NEGATIVE_INFINITY;
  const rest = async () => {
    const isWaiting = others.some(({ exchange }) => isUnderway(exchange));
    if (!isWaiting && performance.now() - rested < restEvery) return;
    tell();
    await new Promise((next) => setImmediate(next));
    rested = performance.now();
  };
  void Promise.all(threads.map(({ loaded }) => loaded)).then(makeLean);
  try {
    const part = readShare({ ...share, reader: 0 }, { give: own.take, rest });
    const parts = await Promise.all([part, ...others.map((other) => other.part)]);
    tell();
    return { parts, bad: [own, ...others.map(({ mapped }) => mapped)].flatMap((one) => one.bad()) };
  } catch (error) {
    // Whoever still reads would do it for nobody.
    abandon(share.schedule);
    throw error;
  }
}
