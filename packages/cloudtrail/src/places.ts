import { readFileSync } from "node:fs";
import { canonical } from "./canonical.ts";
import { parseLog, unpackLog } from "./files.ts";
import { knownRecords, type RecordPlace } from "./known-records.ts";
import { textOf } from "./record.ts";
import { idInto } from "./record-id.ts";
import { slot, stride } from "./skim.ts";
import { type FileBytes, fileBytes } from "./span.ts";

/** So many files are opened again to compare records; beyond, two of one id count as different. */
const mostOpened = 2_000;
/** Duplicates come soon after each other: most of them are found in bytes that are still at hand. */
const mostBytesAtHand = 2 * 1024 * 1024;

/** Small buffers share their memory with others. */
const own = 64 * 1024;

/** Gives memory back at once: collected later, the files of a second would need hundreds of megabytes. */
function release({ buffer, byteOffset, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength >= own) buffer.transfer(0);
}

interface AtHand {
  readonly file: number;
  readonly content: FileBytes;
}

export interface Places {
  /** From here on, records are of this file. */
  enter(file: number, content: FileBytes): void;
  /** Was the record of this file with these slots seen before? Remembers it either way. */
  seenAt(slots: Int32Array, base: number): boolean;
  /** Makes ready for `seenAt` of records from..to. */
  ahead(slots: Int32Array, from: number, to: number): void;
  /** The same for a record of this file that was parsed; a `from` below 0 is its place in the list, as -1 - index. */
  seen(from: number, to: number, eventID: string | null): boolean;
  /** Remembers an act that several accounts may have recorded. */
  seenAct(roleArn: string, sharedEventID: string): boolean;
}

/**
 * Tells duplicates by where they stand: only where two records share an id are they read and compared, so that a
 * record costs no hash of its content.
 */
export function places(
  paths: readonly string[],
  memory: SharedArrayBuffer,
  reader: number,
  readers: number,
): Places {
  // One more writes: whoever counts in the end what only other accounts recorded.
  const known = knownRecords(memory, reader, readers + 1);
  const id = new Int32Array(4);
  let current = -1;
  /** The latest last. */
  let atHand: AtHand[] = [];
  let opened = 0;

  const keep = (file: number, content: FileBytes) => {
    let room = mostBytesAtHand - content.bytes.length;
    const kept: AtHand[] = [];
    for (const one of atHand.reverse()) {
      room -= one.content.bytes.length;
      // What is being read stays, whatever else is opened.
      if (one.file === current || room >= 0) kept.push(one);
      else release(one.content.bytes);
    }
    atHand = [...kept.reverse(), { file, content }];
  };

  const contentOf = (file: number): FileBytes | null => {
    const found = atHand.find((one) => one.file === file);
    if (found !== undefined) return found.content;
    const path = paths[file];
    if (path === undefined || opened === mostOpened) return null;
    opened += 1;
    try {
      const content = unpackLog(readFileSync(path));
      if ("reason" in content) return null;
      const bytes = fileBytes(content.unpacked);
      keep(file, bytes);
      return bytes;
    } catch {
      // It could be read before. To count a record twice is harmless, to lose one is not.
      return null;
    }
  };

  const valueAt = (content: FileBytes, { file, from, to }: RecordPlace): unknown =>
    from >= 0 ? content.json(from, to) : parseLog(content.bytes, paths[file] ?? "").records[-1 - from];

  const same = (a: RecordPlace, b: RecordPlace): boolean => {
    const right = contentOf(b.file);
    const left = contentOf(a.file);
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
      current = file;
      keep(file, content);
    },
    seenAt(slots, base) {
      const idFrom = slots[base + slot.id] as number;
      if (idFrom < 0) return false;
      const from = slots[base + slot.from] as number;
      const to = slots[base + slot.to] as number;
      if (slots[base + slot.uuid] === 1) {
        return known.seen(slots, base + slot.uuidWords, current, from, to, same);
      }
      const text = textOf(contentOf(current)?.json(idFrom, slots[base + slot.id + 1] as number));
      if (text === null) return false;
      idInto(id, text);
      return known.seen(id, 0, current, from, to, same);
    },
    ahead(slots, from, to) {
      for (let record = from; record < to; record += 1) {
        if (slots[record * stride + slot.uuid] === 1) known.touch(slots, record * stride + slot.uuidWords);
      }
    },
    seen(from, to, eventID) {
      if (eventID === null) return false;
      idInto(id, eventID);
      return known.seen(id, 0, current, from, to, same);
    },
    seenAct(roleArn, sharedEventID) {
      idInto(id, `${roleArn} ${sharedEventID}`);
      return known.seen(id, 0, -2, 0, 0, () => true);
    },
  };
}
