import type { Scope } from "../counting/take.ts";
import { textOf, timeOf } from "../mapping/record.ts";
import type { BadFile } from "../types.ts";
import { callersIn, type Identity } from "./callers.ts";
import { fileReader } from "./file-reader.ts";
import { briefly, deliveredAt, parseLog } from "./files.ts";
import type { Found } from "./found.ts";
import type { Places } from "./places.ts";
import { form, mostNeedles, type Skimmed, type Stop, skimmer, slot, stride, why } from "./skim.ts";
import { type FileBytes, fileBytes } from "./span.ts";
import { type Unpacked, unpackLog, unpackTogether } from "./unpack.ts";
import type { WholeRecord } from "./whole-records.ts";

export interface ReadFile {
  readonly file: number;
  /** Packed. */
  readonly bytes: number;
  readonly bad: readonly BadFile[];
  /** Those of its records that only a whole parse can read; to be taken before the next file is read. */
  readonly whole: readonly WholeRecord[];
}

/** Of the records that were not left to a whole parse. */
export interface SkimCounts {
  readonly records: number;
  readonly duplicates: number;
  readonly outsideWindow: number;
}

export interface LogReader {
  /** Reads the files of these numbers, one when it is asked for the next. A bad file is told, never thrown. */
  read(files: readonly number[]): Iterable<ReadFile>;
  /** The call with this number and serial number is read alike whatever was answered. */
  tell(call: number, serial: number): void;
  counts(): SkimCounts;
  /** Gives away all that was counted and not given yet. Nothing can be read after it. */
  end(): void;
}

/** From here on it is given away after the file. */
const full = 1 / 8;

/**
 * What stands in every caller in scope, as it stands in a file: the role's ARN, where the roles are few and named, or
 * else what every role's session has. Escapes can spell anything.
 */
function needlesOf(wanted: ReadonlySet<string> | null): readonly string[] {
  if (wanted?.size === 0) return [];
  const few = wanted !== null && wanted.size < mostNeedles && [...wanted].every((arn) => arn.length < 1_000);
  return few ? [...wanted, "\\"] : ["AssumedRole", "\\"];
}

/**
 * Reads log files one by one and gives away what calls were in them. A file in AWS's own form is skimmed: records of
 * nobody in scope are counted without parsing them, and calls that differ only in what says nothing of permissions
 * (times, ids, addresses) are one call, counted. Whoever gets them reads each call once. Every other file is parsed.
 */
export function logReader(
  paths: readonly string[],
  scope: Scope,
  module: WebAssembly.Module,
  known: Places,
  give: (found: Found) => void,
): LogReader {
  const wanted = scope.roles === undefined ? null : new Set(scope.roles);
  const skims = skimmer(module, { ...scope, needles: needlesOf(wanted) });
  const callers = callersIn(wanted);
  const readPacked = fileReader();
  const called: Identity[] = [];
  const counts = { records: 0, duplicates: 0, outsideWindow: 0 };
  let identities: Identity[] = [];

  const giveAway = () => {
    give(skims.found(identities));
    skims.clear();
    identities = [];
  };

  const tellCaller = (content: FileBytes, slots: Int32Array, record: number) => {
    const at = record * stride + slot.identity;
    const identity = callers.read(content, slots[at] as number, slots[at + 1] as number);
    if (identity === null) {
      skims.setCaller(record, null, 0);
      return;
    }
    const number = skims.setCaller(record, callers.contextOf(identity), identities.length);
    called[number] = identity;
    identities.push(identity);
  };

  const tellTime = (content: FileBytes, slots: Int32Array, record: number) => {
    const at = record * stride + slot.time;
    skims.setTime(record, timeOf(textOf(content.json(slots[at] as number, slots[at + 1] as number))));
  };

  const wholeRecord = (content: FileBytes, slots: Int32Array, record: number): WholeRecord => {
    const base = record * stride;
    const [from, to] = [slots[base + slot.from] as number, slots[base + slot.to] as number];
    const raw = content.json(from, to);
    if (slots[base + slot.form] === form.odd) return { raw, from, to, by: null };
    const { caller, time } = skims.called();
    const identity = called[caller];
    return { raw, from, to, by: identity === undefined ? null : { caller: identity.caller, time } };
  };

  /** Does what a record needs; answers with the record to go on from. Throws a SyntaxError where it is no JSON. */
  const help = (content: FileBytes, { slots }: Skimmed, stop: Stop, whole: WholeRecord[]): number => {
    if (stop.why === why.caller) tellCaller(content, slots, stop.record);
    else if (stop.why === why.time) tellTime(content, slots, stop.record);
    else if (stop.why === why.full) giveAway();
    else {
      whole.push(wholeRecord(content, slots, stop.record));
      return stop.record + 1;
    }
    return stop.record;
  };

  const takeSkimmed = (content: FileBytes, skimmed: Skimmed, file: number, path: string) => {
    const bad: BadFile[] = [];
    const whole: WholeRecord[] = [];
    let odd = 0;
    counts.duplicates += known.markSeen(skimmed);
    skims.setFile(file, deliveredAt(path));
    for (let stop = skims.take(0); stop !== null; ) {
      if (stop.why === why.odd) odd += 1;
      let next = stop.record + 1;
      try {
        next = help(content, skimmed, stop, whole);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        bad.push({ path, reason: `record ${next} is not JSON: ${briefly(error)}` });
      }
      stop = skims.take(next);
    }
    counts.records += skimmed.count - odd;
    if (skims.fullness() > full) giveAway();
    return { bad, whole };
  };

  /** `packed` is where the next files will lie, and what was not packed lies now. */
  const readUnpacked = (
    unpacked: Unpacked,
    packed: Buffer,
    file: number,
  ): Pick<ReadFile, "bad" | "whole"> => {
    const path = paths[file] ?? "";
    if ("reason" in unpacked) return { bad: [{ path, reason: unpacked.reason }], whole: [] };
    const isThere = unpacked.unpacked.buffer === packed.buffer;
    const content = fileBytes(isThere ? Buffer.from(unpacked.unpacked) : unpacked.unpacked);
    known.enter(file, content, unpacked.release);
    const skimmed = skims.skim(content.bytes);
    if (skimmed !== null) return takeSkimmed(content, skimmed, file, path);
    const { records, bad } = parseLog(content.bytes, path);
    return { bad, whole: records.map((raw, index) => ({ raw, from: -1 - index, to: 0, by: null })) };
  };

  return {
    tell: skims.tell,
    counts: () => ({ ...counts, outsideWindow: skims.outsideWindow() }),
    end() {
      for (let call: number | null = 0; call !== null; call = skims.settle(call)) giveAway();
      giveAway();
    },
    *read(files) {
      const packed = readPacked(files.map((file) => paths[file] ?? ""));
      const all = packed.files.flatMap((one) => ("bytes" in one ? [one.bytes] : []));
      const together = all.length === files.length ? unpackTogether(all, packed.all) : null;
      for (const [index, file] of files.entries()) {
        const one = packed.files[index] ?? { reason: "it was not read" };
        const unpacked = "reason" in one ? one : (together?.[index] ?? unpackLog(one.bytes));
        const bytes = "reason" in one ? 0 : one.bytes.length;
        yield { file, bytes, ...readUnpacked(unpacked, packed.all, file) };
      }
    },
  };
}
