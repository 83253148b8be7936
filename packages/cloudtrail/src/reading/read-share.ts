import type { Scope, SharedCall } from "../counting/take.ts";
import type { Tally } from "../counting/tally.ts";
import type { BadFile } from "../types.ts";
import type { Modules } from "./assembly.ts";
import { deliveredAt } from "./files.ts";
import type { Found } from "./found.ts";
import { knownRecords } from "./known-records.ts";
import { logReader, type SkimCounts } from "./log-reader.ts";
import type { Tell } from "./mapper.ts";
import { places } from "./places.ts";
import { type Schedule, takeFiles } from "./schedule.ts";
import type { WholeRecords } from "./whole-records.ts";

/** What one of the readers of a folder needs. */
export interface Share {
  readonly paths: readonly string[];
  readonly scope: Scope;
  readonly modules: Modules;
  readonly memory: WebAssembly.Memory;
  readonly schedule: Schedule;
  readonly progress: SharedArrayBuffer;
  readonly reader: number;
  readonly readers: number;
}

/** What one reader counted itself; what it gave away is not in it. */
export interface Part {
  readonly counts: SkimCounts;
  /** Of the records that it parsed; null where there were none. */
  readonly tally: Tally | null;
  /** Calls that only another account recorded as far as is known. */
  readonly waiting: readonly SharedCall[];
  readonly bytes: number;
  readonly bad: readonly BadFile[];
}

/** What the one who maps does with what is found, and what it tells; `rest` comes between two files. */
export interface Taker {
  give(found: Found, tell: Tell): void;
  hear?(tell: Tell): void;
  rest?(): Promise<void>;
}

/** Two numbers that all readers add to: files read, records. */
export const progressOf = { files: 0, records: 1 } as const;

/** Reads one file after the other until none is left. */
export async function readShare(share: Share, taker: Taker): Promise<Part> {
  const { paths, scope, modules, memory, schedule, reader, readers } = share;
  const progress = new Int32Array(share.progress);
  // One more writes: whoever counts in the end what only other accounts recorded.
  const known = places(paths, knownRecords(modules.records, memory, reader, readers + 1));
  const logs = logReader(paths, scope, modules.skimming, known, (found) => taker.give(found, logs.tell));
  const bad: BadFile[] = [];
  let whole: WholeRecords | null = null;
  let bytes = 0;
  let records = 0;
  for (let files = takeFiles(schedule, reader); files.length > 0; files = takeFiles(schedule, reader)) {
    taker.hear?.(logs.tell);
    for (const read of logs.read(files)) {
      if (read.whole.length > 0) {
        // What reads whole records takes a while to load, and most folders have none.
        whole ??= (await import("./whole-records.ts")).wholeRecords(scope, known);
        whole.take(read.whole, deliveredAt(paths[read.file] ?? ""));
      }
      bytes += read.bytes;
      bad.push(...read.bad);
      const now = logs.counts().records + (whole?.records() ?? 0);
      Atomics.add(progress, progressOf.records, now - records);
      records = now;
      Atomics.add(progress, progressOf.files, 1);
      if (taker.rest !== undefined) await taker.rest();
    }
  }
  logs.end();
  const { tally = null, waiting = [] } = whole?.result() ?? {};
  return { counts: logs.counts(), tally, waiting, bytes, bad };
}
