import { readFileSync } from "node:fs";
import { canonical } from "./canonical.ts";
import { parseLog, unpackLog } from "./files.ts";
import { knownRecords, type RecordPlace } from "./known-records.ts";
import { textOf } from "./record.ts";
import { textInto, uuidInto } from "./record-id.ts";
import { type FileBytes, fileBytes } from "./span.ts";

/** So many files are opened again to compare records; beyond, two of one id count as different. */
const mostOpened = 2_000;

/** Small buffers share their memory with others. */
const own = 64 * 1024;

/** Gives memory back at once: collected later, the files of a second would need hundreds of megabytes. */
function release({ buffer, byteOffset, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength >= own) buffer.transfer(0);
}

export interface Places {
  /** From here on, records are of this file. */
  enter(file: number, content: FileBytes): void;
  /** Was the record from..to of this file, whose eventID stands there, seen before? Remembers it either way. */
  seenAt(from: number, to: number, idFrom: number, idTo: number): boolean;
  /** The same for a record of this file that was parsed; a `from` below 0 is its place in the list, as -1 - index. */
  seen(from: number, to: number, eventID: string | null): boolean;
  /** Remembers an act that several accounts may have recorded. */
  seenAct(roleArn: string, sharedEventID: string): boolean;
}

/**
 * Tells duplicates by where they stand: only where two records share an id are they read and compared, so that a
 * record costs no hash of its content.
 */
export function places(paths: readonly string[], memory: SharedArrayBuffer): Places {
  const known = knownRecords(memory);
  const id = new Int32Array(4);
  let current: { readonly file: number; readonly content: FileBytes } | null = null;
  let other: { readonly file: number; readonly content: FileBytes } | null = null;
  let opened = 0;

  const contentOf = (file: number): FileBytes | null => {
    if (file === current?.file) return current.content;
    if (file === other?.file) return other.content;
    const path = paths[file];
    if (path === undefined || opened === mostOpened) return null;
    opened += 1;
    try {
      const content = unpackLog(readFileSync(path));
      if ("reason" in content) return null;
      if (other !== null) release(other.content.bytes);
      other = { file, content: fileBytes(content.unpacked) };
      return other.content;
    } catch {
      // It could be read before. To count a record twice is harmless, to lose one is not.
      return null;
    }
  };

  const valueAt = (content: FileBytes, { file, from, to }: RecordPlace): unknown =>
    from >= 0 ? content.json(from, to) : parseLog(content.bytes, paths[file] ?? "").records[-1 - from];

  const same = (a: RecordPlace, b: RecordPlace): boolean => {
    const [left, right] = [contentOf(a.file), contentOf(b.file)];
    if (left === null || right === null) return false;
    if (a.from >= 0 && b.from >= 0) {
      const bytes = right.bytes.subarray(b.from, b.to);
      if (left.bytes.subarray(a.from, a.to).equals(bytes)) return true;
    }
    try {
      const text = canonical(valueAt(left, a));
      return text !== null && text === canonical(valueAt(right, b));
    } catch {
      // What is no JSON is reported where it is counted.
      return false;
    }
  };

  return {
    enter(file, content) {
      if (current !== null) release(current.content.bytes);
      current = { file, content };
    },
    seenAt(from, to, idFrom, idTo) {
      if (current === null || idFrom < 0) return false;
      const { file, content } = current;
      if (idTo - idFrom !== 38 || !uuidInto(id, content.bytes, idFrom + 1)) {
        const text = textOf(content.json(idFrom, idTo));
        if (text === null) return false;
        textInto(id, text);
      }
      return known.seen(id, file, from, to, same);
    },
    seen(from, to, eventID) {
      if (current === null || eventID === null) return false;
      const bytes = Buffer.from(eventID);
      if (bytes.length !== 36 || !uuidInto(id, bytes, 0)) textInto(id, eventID);
      return known.seen(id, current.file, from, to, same);
    },
    seenAct(roleArn, sharedEventID) {
      textInto(id, `${roleArn} ${sharedEventID}`);
      return known.seen(id, -2, 0, 0, () => true);
    },
  };
}
