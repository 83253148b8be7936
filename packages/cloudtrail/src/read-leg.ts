import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import type { Counting } from "./counting.ts";
import { type Exchange, isUnderway, mappersSide, newExchange } from "./exchange.ts";
import { type Mapper, mapper } from "./mapper.ts";
import { tallyOf } from "./plain-tally.ts";
import type { SentPart } from "./read-as-worker.ts";
import { type Part, progressOf, readShare, type Share } from "./read-share.ts";
import { type Planned, scheduleOf } from "./schedule.ts";
import type { Found } from "./skim.ts";
import type { BadFile } from "./types.ts";

/** Milliseconds between two looks at what else there is to do: each costs as much as some fifty records. */
const restEvery = 50;
/**
 * While logs are read. Both cores are busy, so that code made faster beside the reading costs more than it saves, and
 * a collection by several threads waits for them.
 */
const busy = ["--no-turbofan", "--single-threaded-gc"];
const asEver = ["--turbofan", "--no-single-threaded-gc"];

/** Records and files of this reading so far. */
export type OnRead = (files: number, records: number) => void;

/** Reads the files of a leg with all readers, of whom this thread is one; it also maps what each of them finds. */
export async function readLeg(
  share: Omit<Share, "schedule" | "reader">,
  leg: Planned,
  counting: Counting,
  onRead?: OnRead,
): Promise<{ readonly parts: readonly Part[]; readonly bad: readonly BadFile[] }> {
  const schedule = scheduleOf(leg, share.readers);
  for (const flag of busy) setFlagsFromString(flag);
  const progress = new Int32Array(share.progress);
  const tell = () =>
    onRead?.(Atomics.load(progress, progressOf.files), Atomics.load(progress, progressOf.records));
  const own = mapper(share.paths, counting);
  const others = Array.from({ length: share.readers - 1 }, (_, index) => {
    const exchange = newExchange();
    const mapped = mapper(share.paths, counting);
    const worker = workerOn({ ...share, schedule, reader: index + 1 }, exchange);
    return { exchange, mapped, worker, part: partOf(worker, exchange, mapped) };
  });
  let rested = Number.NEGATIVE_INFINITY;
  const rest = async () => {
    const isWaiting = others.some(({ exchange }) => isUnderway(exchange));
    if (!isWaiting && performance.now() - rested < restEvery) return;
    tell();
    await new Promise((next) => setImmediate(next));
    rested = performance.now();
  };
  try {
    const part = readShare({ ...share, schedule, reader: 0 }, { give: own.take, rest });
    // A worker that is done ends by itself, which takes a while: nobody waits for it.
    const parts = await Promise.all([part, ...others.map((other) => other.part)]);
    tell();
    return { parts, bad: [own, ...others.map(({ mapped }) => mapped)].flatMap((one) => one.bad()) };
  } catch (error) {
    await Promise.all(others.map(({ worker }) => worker.terminate()));
    throw error;
  } finally {
    for (const flag of asEver) setFlagsFromString(flag);
  }
}

/** Maps what a worker finds until that tells what else it counted. */
function partOf(worker: Worker, exchange: Exchange, mapped: Mapper): Promise<Part> {
  const side = mappersSide(exchange);
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) =>
      reject(new Error(`a reader of logs ended with ${code} before it was done`)),
    );
    worker.on("message", ({ found, part }: { readonly found?: Found; readonly part?: SentPart }) => {
      if (part !== undefined) resolve({ ...part, tally: part.tally === null ? null : tallyOf(part.tally) });
      if (found === undefined) return;
      try {
        mapped.take(found, side.tell);
      } catch (error) {
        reject(error);
      } finally {
        side.took();
      }
    });
  });
}

function workerOn(share: Share, exchange: Exchange): Worker {
  return new Worker(new URL("./worker.js", import.meta.url), {
    workerData: { share, exchange },
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
}
