import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { knownRecordsMemory } from "./known-records.ts";
import { logReader } from "./log-reader.ts";
import { places } from "./places.ts";
import { planned, type Schedule, scheduleOf, takeFile } from "./schedule.ts";
import { type Scope, type SharedCall, takeShared } from "./take.ts";
import { mergeTally, type Tally } from "./tally.ts";
import type { BadFile } from "./types.ts";

/** What a reader of a folder needs. `progress`: files read, records. */
export interface Share {
  readonly paths: readonly string[];
  readonly scope: Scope;
  readonly memory: SharedArrayBuffer;
  readonly schedule: Schedule;
  readonly progress: SharedArrayBuffer;
  readonly reader: number;
  readonly readers: number;
}

export interface Part {
  readonly tally: Tally;
  readonly waiting: readonly SharedCall[];
  readonly bytes: number;
  readonly bad: readonly BadFile[];
}

const progressOf = { files: 0, records: 1 } as const;

/** Less than this (packed) is read before a worker would have begun. */
const worthAWorker = 4 * 1024 * 1024;

/** Reads one file after the other until none is left; `rest` comes between two files. */
export async function readShare(share: Share, rest?: () => Promise<void>): Promise<Part> {
  const { paths, scope, memory, schedule, reader, readers } = share;
  const progress = new Int32Array(share.progress);
  const logs = logReader(paths, scope, memory, reader, readers);
  const bad: BadFile[] = [];
  let bytes = 0;
  let records = 0;
  for (let file = takeFile(schedule, reader); file >= 0; file = takeFile(schedule, reader)) {
    const read = logs.read(file);
    bytes += read.bytes;
    bad.push(...read.bad);
    Atomics.add(progress, progressOf.records, logs.records() - records);
    records = logs.records();
    Atomics.add(progress, progressOf.files, 1);
    if (rest !== undefined) await rest();
  }
  return { ...logs.result(), bytes, bad };
}

export interface ReadLogs {
  readonly tally: Tally;
  readonly bytes: number;
  readonly bad: readonly BadFile[];
}

/**
 * Reads every file, on every core where there is much: this thread is one of the readers. The answer does not depend
 * on how many there are or who read what.
 */
export async function readLogs(
  paths: readonly string[],
  scope: Scope,
  onRead: (filesRead: number, records: number) => void,
  threads?: number,
): Promise<ReadLogs> {
  const plan = planned(paths);
  const worthwhile = Math.min(paths.length, Math.ceil(plan.bytes / worthAWorker), availableParallelism());
  const readers = threads ?? Math.max(1, worthwhile);
  const share = {
    paths,
    scope: scopeOf(scope),
    memory: knownRecordsMemory(),
    schedule: scheduleOf(plan, readers),
    progress: new SharedArrayBuffer(2 * 4),
    readers,
  };
  const progress = new Int32Array(share.progress);
  const rest = async () => {
    onRead(Atomics.load(progress, progressOf.files), Atomics.load(progress, progressOf.records));
    await new Promise((next) => setImmediate(next));
  };
  const workers = Array.from({ length: readers - 1 }, (_, index) =>
    workerOn({ ...share, reader: index + 1 }),
  );
  try {
    const others = workers.map(async (worker) => (await once(worker, "message"))[0] as Part);
    return joined(await Promise.all([readShare({ ...share, reader: 0 }, rest), ...others]), share);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function workerOn(share: Share): Worker {
  // What a reader makes lives for a record or for all of its time: a large nursery would only cost memory.
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

function joined(
  [first, ...others]: readonly Part[],
  { paths, memory, readers }: Pick<Share, "paths" | "memory" | "readers">,
): ReadLogs {
  const { tally } = first as Part;
  for (const part of others) mergeTally(tally, part.tally);
  const parts = [first as Part, ...others];
  const known = places(paths, memory, readers, readers);
  const waiting = parts.flatMap((part) => part.waiting);
  takeShared(waiting, tally, { isCounted: known.seenAct });
  const bad = parts.flatMap((part) => part.bad);
  return {
    tally,
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    bad: bad.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
  };
}
