import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { knownRecordsMemory } from "./known-records.ts";
import { places } from "./places.ts";
import { type Part, progressOf, readShare, type Share } from "./read-share.ts";
import { legsOf, type Planned, scheduleOf } from "./schedule.ts";
import { type Scope, takeShared } from "./take.ts";
import { emptyTally, mergeTally, type Tally } from "./tally.ts";
import type { BadFile } from "./types.ts";

/** Less than this (packed) is read before a worker would have begun. */
const worthAWorker = 4 * 1024 * 1024;
const mostReaders = 64;
/** Milliseconds between two looks at what else there is to do: each costs as much as some fifty records. */
const restEvery = 50;
/**
 * V8 would rather take memory than collect what is dead: here 130 MB for the main thread's nursery, though what a reader
 * makes lives for a record or for all of its time, and an old space of up to four times of what lives. Collecting sooner costs
 * a sixth more time, and keeps the peak of 8,000 files within a tenth of that of 2,000.
 */
const frugal = ["--semi-space-growth-factor=1", "--heap-growing-percent=30"];
const asEver = ["--semi-space-growth-factor=2", "--heap-growing-percent=0"];
/** So many calls wait from leg to leg for the record of the caller's own account. */
const mostWaiting = 50_000;

/** What was read so far, to go on from there. */
export interface ReadSoFar extends Part {
  /** The first so many files of the list. */
  readonly files: number;
  readonly memory: SharedArrayBuffer;
}

export interface ReadOptions {
  /** An earlier reading of the first files of the list, which goes on here. */
  readonly soFar?: ReadSoFar;
  /** Called now and then, and in the end, with what was read so far. */
  readonly keep?: (soFar: ReadSoFar) => Promise<void>;
  /** Files and records of this reading, without those of the earlier one. */
  readonly onRead?: (files: number, records: number) => void;
  readonly threads?: number;
}

export interface ReadLogs {
  readonly tally: Tally;
  readonly bytes: number;
  readonly bad: readonly BadFile[];
}

/**
 * Reads every file, on every core where there is much: this thread is one of the readers. The answer does not depend
 * on how many there are, who read what, or how often the reading was interrupted.
 */
export async function readLogs(
  paths: readonly string[],
  scope: Scope,
  { soFar, keep, onRead, threads }: ReadOptions = {},
): Promise<ReadLogs> {
  let read: ReadSoFar = soFar ?? {
    ...{ files: 0, bytes: 0, bad: [], waiting: [] },
    ...{ tally: emptyTally(), memory: knownRecordsMemory() },
  };
  const legs = legsOf(paths, read.files, keep !== undefined);
  const bytes = legs.reduce((sum, leg) => sum + leg.bytes, 0);
  const worthwhile = Math.min(paths.length, Math.ceil(bytes / worthAWorker), availableParallelism());
  const readers = Math.min(threads ?? Math.max(1, worthwhile), mostReaders);
  const progress = new SharedArrayBuffer(2 * 4);
  const isCounted = places(paths, read.memory, readers, readers).seenAct;
  for (const leg of legs) {
    const share = { ...{ paths, memory: read.memory, progress, readers }, scope: scopeOf(scope) };
    const parts = await readLeg(share, leg, onRead);
    for (const { tally } of parts) mergeTally(read.tally, tally);
    read = {
      ...read,
      files: read.files + leg.order.length,
      bytes: parts.reduce((sum, part) => sum + part.bytes, read.bytes),
      bad: [...read.bad, ...parts.flatMap((part) => part.bad)],
      waiting: [...read.waiting, ...parts.flatMap((part) => part.waiting)],
    };
    await keep?.(read);
    if (read.waiting.length > mostWaiting) {
      takeShared(read.waiting.slice(0, -mostWaiting), read.tally, { isCounted });
      read = { ...read, waiting: read.waiting.slice(-mostWaiting) };
    }
  }
  takeShared(read.waiting, read.tally, { isCounted });
  const bad = [...read.bad].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { tally: read.tally, bytes: read.bytes, bad };
}

async function readLeg(
  share: Omit<Share, "schedule" | "reader">,
  leg: Planned,
  onRead: ReadOptions["onRead"],
): Promise<readonly Part[]> {
  const schedule = scheduleOf(leg, share.readers);
  for (const flag of frugal) setFlagsFromString(flag);
  const progress = new Int32Array(share.progress);
  const tell = () =>
    onRead?.(Atomics.load(progress, progressOf.files), Atomics.load(progress, progressOf.records));
  let rested = Number.NEGATIVE_INFINITY;
  const rest = async () => {
    if (performance.now() - rested < restEvery) return;
    tell();
    await new Promise((next) => setImmediate(next));
    rested = performance.now();
  };
  const workers = Array.from({ length: share.readers - 1 }, (_, index) =>
    workerOn({ ...share, schedule, reader: index + 1 }),
  );
  try {
    const others = workers.map(async (worker) => (await once(worker, "message"))[0] as Part);
    const parts = await Promise.all([readShare({ ...share, schedule, reader: 0 }, rest), ...others]);
    tell();
    return parts;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
    for (const flag of asEver) setFlagsFromString(flag);
  }
}

function workerOn(share: Share): Worker {
  const resourceLimits = { maxYoungGenerationSizeMb: 4 };
  return new Worker(new URL("./worker.ts", import.meta.url), { workerData: share, resourceLimits });
}

/** Only what can be sent to a worker. */
function scopeOf({ roles, since, until }: Scope): Scope {
  return {
    ...(roles === undefined ? {} : { roles }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}
