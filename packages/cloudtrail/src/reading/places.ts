import { readFileSync } from "node:fs";
import { canonical } from "../counting/canonical.ts";
import { textOf } from "../mapping/record.ts";
import { parseLog } from "./files.ts";
import { type KnownRecords, perId, type RecordPlace } from "./known-records.ts";
import { idInto } from "./record-id.ts";
import { form, type Skimmed, slot, stride } from "./skim.ts";
import { type FileBytes, fileBytes } from "./span.ts";
import { type UnpackedLog, unpackLog } from "./unpack.ts";

/** So many files are opened again to compare records; beyond, two of one id count as different. */
const mostOpened = 2_000;
/** Duplicates come soon after each other: most of them are found in bytes that are still at hand. */
const mostBytesAtHand = 2 * 1024 * 1024;

interface AtHand {
  readonly file: number;
  readonly content: FileBytes;
  readonly release: UnpackedLog["release"];
}

/** Acts that several accounts may have recorded lie in no file. */
const noFile = -2;

export interface Places {
  /** From here on, records are of this file. `release` is called when nobody looks at its content any more. */
  enter(file: number, content: FileBytes, release: UnpackedLog["release"]): void;
  /** Marks in the slots of this file which records were seen before, remembers all, and answers with the marked ones' number. */
  markSeen(skimmed: Skimmed): number;
  /** Was the record seen before? Remembers it. A `from` below 0 is its place in the parsed list, as -1 - index. */
  seen(from: number, to: number, eventID: string | null): boolean;
  /** The same for an act that several accounts may have recorded. */
  seenAct(roleArn: string, sharedEventID: string): boolean;
}

/**
 * Tells duplicates by where they stand: only where two records share an id are they read and compared, so that a
 * record costs no hash of its content.
 */
export function places(paths: readonly string[], known: KnownRecords): Places {
  let current = -1;
  /** The latest last. */
  let atHand: AtHand[] = [];
  let opened = 0;

  const keep = (latest: AtHand) => {
    let room = mostBytesAtHand - latest.content.bytes.length;
    const kept: AtHand[] = [];
    for (const one of atHand.reverse()) {
      room -= one.content.bytes.length;
      // What is being read stays, whatever else is opened.
      if (one.file === current || room >= 0) kept.push(one);
      else one.release();
    }
    atHand = [...kept.reverse(), latest];
  };

  const contentOf = (file: number): FileBytes | null => {
    const found = atHand.find((one) => one.file === file);
    if (found !== undefined) return found.content;
    const path = paths[file];
    if (path === undefined || opened === mostOpened) return null;
    opened += 1;
    try {
      const unpacked = unpackLog(readFileSync(path));
      if ("reason" in unpacked) return null;
      const content = fileBytes(unpacked.unpacked);
      keep({ file, content, release: unpacked.release });
      return content;
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

  const id = new Int32Array(perId);
  const seenOne = (text: string, place: RecordPlace): boolean => {
    let isSeen = false;
    idInto(id, text);
    id.set([place.from, place.to, 1], 4);
    known.remember(id, place.file, (_, others) => {
      isSeen = place.file === noFile || others.some((other) => same(other, place));
    });
    return isSeen;
  };

  return {
    enter(file, content, release) {
      current = file;
      keep({ file, content, release });
    },
    markSeen({ count, slots, ids }) {
      let marked = 0;
      const mark = (record: number) => {
        slots[record * stride + slot.duplicate] = 1;
        marked += 1;
      };
      const suspects: { readonly record: number; readonly others: readonly RecordPlace[] }[] = [];
      known.remember(ids, current, (record, others) => suspects.push({ record, others }));
      // Those that lie in one file one after the other, so that it is opened once.
      suspects.sort((a, b) => (a.others[0]?.file ?? 0) - (b.others[0]?.file ?? 0));
      for (const { record, others } of suspects) {
        const [from, to] = [ids[perId * record + 4] as number, ids[perId * record + 5] as number];
        if (others.some((other) => same(other, { file: current, from, to }))) mark(record);
      }
      for (let record = 0; record < count; record += 1) {
        const base = record * stride;
        const idFrom = slots[base + slot.id] as number;
        if (idFrom < 0 || slots[base + slot.uuid] === 1 || slots[base + slot.form] === form.odd) continue;
        const [from, to] = [slots[base + slot.from] as number, slots[base + slot.to] as number];
        try {
          const text = textOf(contentOf(current)?.json(idFrom, slots[base + slot.id + 1] as number));
          if (text !== null && seenOne(text, { file: current, from, to })) mark(record);
        } catch {
          // No JSON: whoever parses the whole record tells of it.
          slots[base + slot.form] = form.odd;
        }
      }
      return marked;
    },
    seen: (from, to, eventID) => eventID !== null && seenOne(eventID, { file: current, from, to }),
    seenAct: (roleArn, sharedEventID) =>
      seenOne(`${roleArn} ${sharedEventID}`, { file: noFile, from: 0, to: 0 }),
  };
}
