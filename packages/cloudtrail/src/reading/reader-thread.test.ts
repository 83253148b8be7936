import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { countingInto } from "../counting/counting.ts";
import { emptyTally } from "../counting/tally.ts";
import { rolesOf } from "../counting/usage.ts";
import { callBy } from "../testing.ts";
import { theModules } from "./assembly.ts";
import { newExchange } from "./exchange.ts";
import { knownRecordsMemory } from "./known-records.ts";
import { mapper } from "./mapper.ts";
import { type ReaderThread, readerThread } from "./reader-thread.ts";
import { scheduleOf } from "./schedule.ts";

let dir: string;
let thread: ReaderThread;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "plp-logs-"));
  thread = readerThread();
});

afterEach(() => {
  thread.end();
  rmSync(dir, { recursive: true, force: true });
});

/** Has the thread read files, each as a share of its own. */
function reading(records: readonly Readonly<Record<string, unknown>>[]) {
  const paths = records.map((record, index) => {
    const path = join(dir, `${index}.json`);
    writeFileSync(path, JSON.stringify({ Records: [record] }));
    return path;
  });
  const counting = countingInto(emptyTally());
  const common = { paths, scope: {}, modules: theModules(), memory: knownRecordsMemory() };
  const alone = { ...common, progress: new SharedArrayBuffer(2 * 4), reader: 0, readers: 1 };
  const read = (file: number) => {
    const schedule = scheduleOf({ order: Int32Array.of(file), large: 0 }, 1);
    return thread.read({ ...alone, schedule }, newExchange(), mapper(paths, counting));
  };
  return { counting, read };
}

test("a thread reads one share after the other, and knows the records of the earlier ones", async () => {
  const first = callBy();
  const { counting, read } = reading([first, callBy({ eventID: "2", eventName: "DeleteBucket" }), first]);
  const parts = [await read(0), await read(1), await read(2)];
  expect(parts.map(({ counts }) => counts.records)).toEqual([1, 1, 1]);
  expect(parts.map(({ counts }) => counts.duplicates)).toEqual([0, 0, 1]);
  counting.settle();
  const actions = rolesOf(counting.tally)[0]?.permissions.map(({ action, authorized }) => [
    action,
    authorized,
  ]);
  expect(actions).toEqual([
    ["s3:DeleteBucket", 1],
    ["s3:GetBucketTagging", 1],
  ]);
});

test("a thread that ended before its share was read is told", async () => {
  const { read } = reading([callBy()]);
  await read(0);
  thread.end();
  await expect(read(0)).rejects.toThrow("before it was done");
});
