import { availableParallelism } from "node:os";
import { Tinypool } from "tinypool";
import { knownRecordsMemory } from "./known-records.ts";
import { type LogReader, logReader } from "./log-reader.ts";
import { type Scope, type SharedCall, takeShared } from "./take.ts";
import { mergeTally, type Tally } from "./tally.ts";
import type { BadFile } from "./types.ts";

/** What all readers of a folder share. `state`: next file, files read, records. */
export interface Share {
  readonly paths: readonly string[];
  readonly scope: Scope;
  readonly memory: SharedArrayBuffer;
  readonly state: SharedArrayBuffer;
}

export interface Part {
  readonly tally: Tally;
  readonly waiting: readonly SharedCall[];
  readonly bytes: number;
  readonly bad: readonly BadFile[];
}

export const stateOf = { next: 0, read: 1, records: 2 } as const;

/** Fewer files than this are read before a worker would have begun. */
const fewFiles = 64;

/** Takes one file after the other until none is left; `rest` comes between two files. */
export async function readShare(
  { paths, scope, memory, state }: Share,
  rest?: () => Promise<void>,
): Promise<Part> {
  const shared = new Int32Array(state);
  const reader: LogReader = logReader(paths, scope, memory);
  const bad: BadFile[] = [];
  let bytes = 0;
  let records = 0;
  for (;;) {
    const file = Atomics.add(shared, stateOf.next, 1);
    if (file >= paths.length) break;
    const read = reader.read(file);
    bytes += read.bytes;
    bad.push(...read.bad);
    Atomics.add(shared, stateOf.records, reader.tally.counts.records - records);
    records = reader.tally.counts.records;
    Atomics.add(shared, stateOf.read, 1);
    if (rest !== undefined) await rest();
  }
  return { tally: reader.tally, waiting: reader.waiting(), bytes, bad };
}

export interface ReadLogs {
  readonly tally: Tally;
  readonly bytes: number;
  readonly bad: readonly BadFile[];
}

/**
 * Reads every file, on every core where there are many: this thread is one of the readers. The answer does not depend
 * on how many there are or who read what.
 */
export async function readLogs(
  paths: readonly string[],
  scope: Scope,
  onRead: (filesRead: number, records: number) => void,
  workers = paths.length < fewFiles ? 0 : availableParallelism() - 1,
): Promise<ReadLogs> {
  const memory = knownRecordsMemory();
  const state = new SharedArrayBuffer(3 * 4);
  const share: Share = { paths, scope: scopeOf(scope), memory, state };
  const shared = new Int32Array(state);
  const rest = async () => {
    onRead(Atomics.load(shared, stateOf.read), Atomics.load(shared, stateOf.records));
    await new Promise((next) => setImmediate(next));
  };
  const pool = workers < 1 ? null : poolOf(workers);
  try {
    const others = Array.from({ length: workers }, () => pool?.run(share) as Promise<Part>);
    const parts = await Promise.all([readShare(share, rest), ...others]);
    return joined(parts, share);
  } finally {
    await pool?.destroy();
  }
}

function poolOf(threads: number): Tinypool {
  const filename = new URL("./worker.ts", import.meta.url).href;
  // What a reader makes lives for a record or for all of its time: a large nursery would only cost memory.
  const resourceLimits = { maxYoungGenerationSizeMb: 4 };
  return new Tinypool({ filename, minThreads: threads, maxThreads: threads, resourceLimits });
}

/** Only what can be sent to a worker. */
function scopeOf({ roles, since, until }: Scope): Scope {
  return {
    ...(roles === undefined ? {} : { roles }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

function joined([first, ...others]: readonly Part[], { paths, scope, memory }: Share): ReadLogs {
  const { tally } = first as Part;
  for (const part of others) mergeTally(tally, part.tally);
  const parts = [first as Part, ...others];
  const reader = logReader(paths, scope, memory);
  takeShared(
    parts.flatMap(({ waiting }) => waiting),
    tally,
    reader,
  );
  const bad = parts.flatMap((part) => part.bad);
  return {
    tally,
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    bad: bad.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
  };
}
