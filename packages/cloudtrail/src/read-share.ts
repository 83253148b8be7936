import { logReader } from "./log-reader.ts";
import { type Schedule, takeFile } from "./schedule.ts";
import type { Scope, SharedCall } from "./take.ts";
import type { Tally } from "./tally.ts";
import type { BadFile } from "./types.ts";

/** What one of the readers of a folder needs. */
export interface Share {
  readonly paths: readonly string[];
  readonly scope: Scope;
  readonly memory: SharedArrayBuffer;
  readonly schedule: Schedule;
  readonly progress: SharedArrayBuffer;
  readonly reader: number;
  readonly readers: number;
}

/** What one reader found. */
export interface Part {
  readonly tally: Tally;
  /** Calls that only another account recorded as far as is known. */
  readonly waiting: readonly SharedCall[];
  readonly bytes: number;
  readonly bad: readonly BadFile[];
}

/** Two numbers that all readers add to: files read, records. */
export const progressOf = { files: 0, records: 1 } as const;

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
