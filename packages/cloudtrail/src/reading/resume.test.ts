import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isFault } from "@plp/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Analysis, analyzeFolder } from "../analyze.ts";
import { callBy } from "../testing.ts";
import { legsOf, sizesOf } from "./schedule.ts";

let root: string;
let dir: string;
let resume: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "plp-resume-"));
  dir = join(root, "logs");
  resume = join(root, "progress");
  mkdirSync(dir);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(name: string, ...records: readonly unknown[]): void {
  writeFileSync(join(dir, `${name}.json.gz`), gzipSync(JSON.stringify({ Records: records })));
}

/** What does not tell how often a run was interrupted. */
function answer({ files: { resumed, ...files }, ...rest }: Analysis) {
  return { files, ...rest };
}

const act = { sharedEventID: "act-1" };

/** A folder's first files and, later, those that come after them: with duplicates and shared acts across. */
function firstFiles(): void {
  write("b", callBy({ eventID: "1" }), callBy({ eventID: "2", eventName: "GetBucketAcl" }));
  write("c", callBy({ eventID: "3", recipientAccountId: "444455556666", ...act }));
  writeFileSync(join(dir, "d.json"), "<html>");
}

function laterFiles(): void {
  write("a", callBy({ eventID: "1" }), callBy({ eventID: "4", errorCode: "AccessDenied" }));
  write("e", callBy({ eventID: "5", ...act }), callBy({ eventID: "6", eventName: "NoSuchCall" }));
}

describe("a reading that is interrupted", () => {
  test("goes on where it was, and tells what one without a break tells", async () => {
    firstFiles();
    const first = await analyzeFolder({ dir, resume });
    expect(first.files).toMatchObject({ read: 3, resumed: 0 });
    laterFiles();
    const restarts: string[] = [];
    const second = await analyzeFolder({ dir, resume, onRestart: (reason) => restarts.push(reason) });
    expect(second.files).toMatchObject({ read: 5, resumed: 3 });
    expect(second.events).toMatchObject({ records: 7, duplicates: 1, matched: 5 });
    expect(answer(second)).toEqual(answer(await analyzeFolder({ dir })));
    expect(restarts).toEqual([]);
    const third = await analyzeFolder({ dir, resume });
    expect(third.files.resumed).toBe(5);
    expect(answer(third)).toEqual(answer(second));
  });

  test("begins anew, and says why, where a file that was read is another one by now", async () => {
    firstFiles();
    await analyzeFolder({ dir, resume });
    write("b", callBy({ eventID: "7" }), callBy({ eventID: "8" }), callBy({ eventID: "9" }));
    const restarts: string[] = [];
    const again = await analyzeFolder({ dir, resume, onRestart: (reason) => restarts.push(reason) });
    expect(restarts).toEqual(["b.json.gz was changed or is gone since it was read"]);
    expect(again.files.resumed).toBe(0);
    expect(answer(again)).toEqual(answer(await analyzeFolder({ dir })));
  });

  test("refuses progress of another question, and what is none", async () => {
    firstFiles();
    await analyzeFolder({ dir, resume });
    const unusable = async (reason: string, roles?: readonly string[]) => {
      const refused = analyzeFolder({ dir, resume, ...(roles === undefined ? {} : { roles }) });
      await expect(refused).rejects.toSatisfy((error) => isFault(error, "resume-unusable"));
      await expect(refused).rejects.toThrow(reason);
    };
    await unusable("is of other logs, roles or times", ["arn:aws:iam::111122223333:role/ci/shop-prod"]);
    const whole = readFileSync(resume);
    for (const at of [100, Math.floor(whole.length / 2), whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      writeFileSync(resume, damaged);
      await unusable("is damaged");
    }
    writeFileSync(resume, whole.subarray(0, 30));
    await unusable("is damaged");
    writeFileSync(resume, whole.toString("latin1").replace("PLP trail 3", "PLP trail 2"), "latin1");
    await unusable("is of another release of plp");
    writeFileSync(resume, "{}");
    await unusable("holds no progress");
  });
});

test("much is read in legs, so that little is lost", () => {
  const paths = [300, 300, 100, 700, 1].map((megabytes, index) => {
    const path = join(dir, `${index}.json`);
    writeFileSync(path, "");
    // Without content: the file takes no room.
    truncateSync(path, megabytes * 1024 * 1024);
    return path;
  });
  const files = (several: boolean, from = 0) =>
    legsOf(sizesOf(paths), from, several).map(({ order }) => [...order]);
  expect(files(true)).toEqual([[0, 1], [3, 2], [4]]);
  expect(files(true, 3)).toEqual([[3], [4]]);
  expect(files(false)).toEqual([[3, 0, 1, 2, 4]]);
  expect(files(true, 5)).toEqual([]);
});
