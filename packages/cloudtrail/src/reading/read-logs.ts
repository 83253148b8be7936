import { availableParallelism } from "node:os";
import { type Counting, countingInto } from "../counting/counting.ts";
import { type Scope, takeShared } from "../counting/take.ts";
import { emptyTally, mergeTally, type Tally } from "../counting/tally.ts";
import type { BadFile } from "../types.ts";
import { theModules } from "./assembly.ts";
import { whileBusy } from "./busy.ts";
import { knownRecords, knownRecordsMemory, mostReaders } from "./known-records.ts";
import { places } from "./places.ts";
import { type OnRead, readLeg } from "./read-leg.ts";
import type { Part } from "./read-share.ts";
import { type ReaderThread, readerThread } from "./reader-thread.ts";
import { legsOf, type Sizes, sizesOf } from "./schedule.ts";

/** Less than this (packed) is read before a worker would have begun. */
const worthAWorker = 4 * 1024 * 1024;
/** So many calls wait from leg to leg for the record of the caller's own account. */
const mostWaiting = 50_000;

/** What was read so far, to go on from there. */
export interface ReadSoFar extends Pick<Part, "waiting" | "bytes" | "bad"> {
  /** The first so many files of the list. */
  readonly files: number;
  readonly tally: Tally;
  readonly memory: WebAssembly.Memory;
}

export interface ReadOptions {
  /** An earlier reading of the first files of the list, which goes on here. */
  readonly soFar?: ReadSoFar;
  /** Called now and then, and in the end, with what was read so far. */
  readonly keep?: (soFar: ReadSoFar) => Promise<void>;
  /** Files and records of this reading, without those of the earlier one. */
  readonly onRead?: OnRead;
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
  options: ReadOptions = {},
): Promise<ReadLogs> {
  const sizes = sizesOf(paths);
  const most = options.threads ?? Math.max(1, worthwhile(sizes, options.soFar?.files ?? 0));
  // They start while the rest is measured.
  const threads = Array.from({ length: Math.min(most, mostReaders) - 1 }, readerThread);
  try {
    return await whileBusy(() => readWith(threads, paths, sizes, scope, options));
  } finally {
    for (const thread of threads) thread.end();
  }
}

/** So many readers have enough to do; no more files are measured than that takes. */
function worthwhile({ files, of }: Sizes, from: number): number {
  const most = Math.min(files - from, availableParallelism());
  let bytes = 0;
  for (let file = from; file < files && bytes <= (most - 1) * worthAWorker; file += 1) bytes += of(file);
  return Math.min(most, Math.ceil(bytes / worthAWorker));
}

async function readWith(
  threads: readonly ReaderThread[],
  paths: readonly string[],
  sizes: Sizes,
  scope: Scope,
  { soFar, keep, onRead }: ReadOptions,
): Promise<ReadLogs> {
  let read: ReadSoFar = soFar ?? {
    ...{ files: 0, bytes: 0, bad: [], waiting: [] },
    ...{ tally: emptyTally(), memory: knownRecordsMemory() },
  };
  const readers = 1 + threads.length;
  const modules = theModules();
  const last = knownRecords(modules.records, read.memory, readers, readers + 1);
  const isCounted = places(paths, last).seenAct;
  const counting = countingInto(read.tally);
  const progress = new SharedArrayBuffer(2 * 4);
  const share = { ...{ paths, modules, memory: read.memory, progress, readers }, scope: scopeOf(scope) };
  for (const leg of legsOf(sizes, read.files, keep !== undefined)) {
    const { parts, bad } = await readLeg(share, leg, threads, counting, onRead);
    for (const part of parts) addPart(counting, part);
    counting.settle();
    read = {
      ...read,
      files: read.files + leg.order.length,
      bytes: parts.reduce((sum, part) => sum + part.bytes, read.bytes),
      bad: [...read.bad, ...bad, ...parts.flatMap((part) => part.bad)],
      waiting: [...read.waiting, ...parts.flatMap((part) => part.waiting)],
    };
    await keep?.(read);
    if (read.waiting.length > mostWaiting) {
      takeShared(read.waiting.slice(0, -mostWaiting), counting, { isCounted });
      read = { ...read, waiting: read.waiting.slice(-mostWaiting) };
    }
  }
  takeShared(read.waiting, counting, { isCounted });
  counting.settle();
  const bad = [...read.bad].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { tally: read.tally, bytes: read.bytes, bad };
}

function addPart({ tally: into }: Counting, { counts, tally }: Part): void {
  into.counts.records += counts.records;
  into.counts.duplicates += counts.duplicates;
  into.counts.outsideWindow += counts.outsideWindow;
  if (tally !== null) mergeTally(into, tally);
}

/** Only what can be sent to a worker. */
function scopeOf({ roles, since, until }: Scope): Scope {
  return {
    ...(roles === undefined ? {} : { roles }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}
