import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { messageOf, permanent } from "@plp/runtime/errors";
import { type PlainTally, plainTally, tallyOf } from "../counting/plain-tally.ts";
import type { SharedCall } from "../counting/take.ts";
import { isFields } from "../mapping/record.ts";
import type { BadFile } from "../types.ts";
import { knownRecordsMemory } from "./known-records.ts";
import type { ReadSoFar } from "./read-logs.ts";

/** A file as it was when it was read: whoever finds it otherwise must read everything anew. */
export interface FileMark {
  readonly path: string;
  readonly size: number;
  readonly changedAt: number;
}

export interface SavedProgress {
  readonly marks: readonly FileMark[];
  readonly soFar: ReadSoFar;
}

interface Head {
  /** What was asked, and by which tables: progress is of no use to another question. */
  readonly question: string;
  readonly memoryDigest: string;
  readonly marks: readonly FileMark[];
  readonly bytes: number;
  readonly bad: readonly BadFile[];
  readonly waiting: readonly SharedCall[];
  readonly tally: PlainTally;
}

const kind = Buffer.from("PLP trail ");
/** The number changes with the form of what follows, or of the memory of records. */
const magic = Buffer.from("PLP trail 3\n");
const fast = { level: constants.Z_BEST_SPEED };
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Writes what was read so far; a file that stood there is replaced as a whole or not at all. */
export async function saveProgress(
  file: string,
  question: string,
  { marks, soFar }: SavedProgress,
): Promise<void> {
  const { bytes, bad, waiting, tally, memory } = soFar;
  const packed = gzipSync(new Uint8Array(memory.buffer), fast);
  const head: Head = {
    ...{ question, memoryDigest: sha256(packed), marks, bytes, bad, waiting },
    tally: plainTally(tally),
  };
  const json = gzipSync(JSON.stringify(head), fast);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const written = `${file}.${randomUUID()}`;
  await writeFile(written, Buffer.concat([magic, length, json, packed]), { mode: 0o600 });
  await rename(written, file);
}

/** What an earlier run wrote, null where there is no such file. Throws `resume-unusable` for one of another kind or question. */
export async function loadProgress(file: string, question: string): Promise<SavedProgress | null> {
  const unusable = (reason: string, cause?: unknown) =>
    permanent("resume-unusable", `${file} ${reason}: name another file, or remove this one to begin anew`, {
      cause,
    });
  const content = await readFile(file).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw unusable(`cannot be read (${messageOf(error)})`, error);
  });
  if (content === null) return null;
  if (!content.subarray(0, kind.length).equals(kind)) throw unusable("holds no progress of plp analyze");
  if (!content.subarray(0, magic.length).equals(magic)) throw unusable("is of another release of plp");
  const from = magic.length + 4;
  let head: Head;
  let memory: Uint8Array;
  try {
    const to = from + content.readUInt32LE(magic.length);
    head = headOf(JSON.parse(gunzipSync(content.subarray(from, to)).toString()));
    const packed = content.subarray(to);
    if (sha256(packed) !== head.memoryDigest) throw new Error("a part of it was changed");
    memory = gunzipSync(packed);
  } catch (error) {
    throw unusable(`is damaged (${messageOf(error)})`, error);
  }
  if (head.question !== question) {
    throw unusable("is of other logs, roles or times, or of another release of plp");
  }
  const shared = knownRecordsMemory();
  if (shared.buffer.byteLength !== memory.length) throw unusable("is of another release of plp");
  new Uint8Array(shared.buffer).set(memory);
  const { marks, bytes, bad, waiting, tally } = head;
  const soFar = { ...{ files: marks.length, bytes, bad, waiting }, tally: tallyOf(tally), memory: shared };
  return { marks, soFar };
}

/** It is what this module wrote, by the digests of gzip; anything else is told. */
function headOf(value: unknown): Head {
  if (!isFields(value) || !Array.isArray(value.marks) || !isFields(value.tally)) {
    throw new Error("its parts are missing");
  }
  return value as unknown as Head;
}
