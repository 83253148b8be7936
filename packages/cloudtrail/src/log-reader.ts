import { readFileSync } from "node:fs";
import { messageOf } from "@plp/runtime/errors";
import { callersIn, type Identity } from "./callers.ts";
import { type Reading, readRecord } from "./evidence.ts";
import { briefly, deliveredAt, parseLog, unpackLog } from "./files.ts";
import { byResponse, type Move, movesOf } from "./moves.ts";
import { places } from "./places.ts";
import { parseRecord, type TrailRecord } from "./record.ts";
import { remembered } from "./remembered.ts";
import { saidIn } from "./said.ts";
import { form, fresh, mostNeedles, type Skimmed, skimmer, slot, stride } from "./skim.ts";
import { type FileBytes, fileBytes, timeReader } from "./span.ts";
import { countCall, countedAt, inWindow, type Scope, type SharedCall, take, takeShared } from "./take.ts";
import {
  type Counter,
  countEvent,
  countReading,
  emptyTally,
  exampleOf,
  type RoleTally,
  type Tally,
  type TimedExample,
} from "./tally.ts";
import type { BadFile } from "./types.ts";

export interface ReadFile {
  readonly bytes: number;
  readonly bad: readonly BadFile[];
}

export interface LogReader {
  /** Reads the file of that number. A bad file is told, never thrown. */
  read(file: number): ReadFile;
  /** Records so far. */
  records(): number;
  /** What was counted, and the calls that only another account recorded as far as this reader saw. */
  result(): { readonly tally: Tally; readonly waiting: readonly SharedCall[] };
}

/** Records whose ids are looked up together. */
const someAhead = 128;
/** So many calls wait for the record of the caller's own account; older ones are counted without. */
const mostWaiting = 4_000;

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
 * Reads log files one by one into a tally. A file in AWS's own form is skimmed: records of nobody in scope are
 * counted without parsing them, and a call that differs from an earlier one of the same role only in what says nothing of
 * permissions (times, ids, addresses) moves the same counters again. Every other file is parsed.
 * Several readers (one a thread, `reader` of `readers`) share `memory`, so that a duplicate is found wherever it lies.
 */
export function logReader(
  paths: readonly string[],
  scope: Scope,
  memory: SharedArrayBuffer,
  reader: number,
  readers: number,
): LogReader {
  const tally = emptyTally();
  const known = places(paths, memory, reader, readers);
  const wanted = scope.roles === undefined ? null : new Set(scope.roles);
  const bounded = scope.since !== undefined || scope.until !== undefined;
  const skims = skimmer(needlesOf(wanted));
  const callers = callersIn(wanted);
  const moves = movesOf(tally);
  const timeAt = timeReader();
  const waiting: SharedCall[] = [];

  const shares = {
    isCounted: (roleArn: string, sharedEventID: string) => known.seenAct(roleArn, sharedEventID),
    later(call: SharedCall) {
      waiting.push(call);
      if (waiting.length > mostWaiting) {
        takeShared(waiting.splice(0, mostWaiting / 2), tally, shares);
      }
    },
  };

  const takeParsed = (raw: unknown, from: number, to: number, delivered: number | null) =>
    take(raw, delivered, tally, scope, wanted, {
      ...shares,
      isDuplicate: ({ eventID }) => known.seen(from, to, eventID),
    });

  /** The number of a record's call, by which what it moved is found. */
  const callOf = (record: number, context: number, answered: boolean): number => {
    const found = skims.find(record, context, answered);
    const call = found & ~fresh;
    if (found !== call) moves.set(call, undefined);
    return moves.at(call) === byResponse && !answered ? callOf(record, context, true) : call;
  };

  /** Reads a call that says what none said before, and notes what it moves. */
  const readCall = (
    content: FileBytes,
    slots: Int32Array,
    record: number,
    call: number,
    { caller, userIdentity, context }: Identity,
    when: number,
  ): void => {
    const base = record * stride;
    const parsed = parseRecord(saidIn(content.bytes, slots, base));
    if (parsed === null) return;
    const whole = { ...parsed, userIdentity };
    let answered = false;
    const reading = readRecord(whole, () => {
      answered = true;
    });
    const role = countEvent(tally, caller, when);
    const example = (denied: boolean) => exampleAt(content, slots, base, caller, when, denied);
    const move = moveAfter(role, reading, countReading(role, reading, whole, when, example), whole);
    const isKnown = moves.at(call) === byResponse || slots[base + slot.failed] === 1;
    if (!answered || isKnown) {
      moves.set(call, move);
    } else {
      moves.set(call, byResponse);
      moves.set(callOf(record, context, true), move);
    }
  };

  /** One record of a skimmed file. Throws a SyntaxError where it is no JSON. */
  const takeSkimmed = (
    content: FileBytes,
    slots: Int32Array,
    record: number,
    delivered: number | null,
  ): void => {
    const base = record * stride;
    callers.meet(slots, base);
    const kind = slots[base + slot.form];
    if (kind === form.odd) {
      const from = slots[base + slot.from] as number;
      const to = slots[base + slot.to] as number;
      takeParsed(content.json(from, to), from, to, delivered);
      return;
    }
    const { counts } = tally;
    counts.records += 1;
    if (known.seenAt(slots, base)) {
      counts.duplicates += 1;
      return;
    }
    if (kind === form.foreign && !bounded) return;
    const timeFrom = slots[base + slot.time] as number;
    const time = timeFrom < 0 ? null : timeAt(content, timeFrom, slots[base + slot.time + 1] as number);
    if (bounded && !inWindow(scope, time)) {
      counts.outsideWindow += 1;
      return;
    }
    if (kind === form.foreign || (slots[base + slot.identity] as number) < 0) return;
    const identity = callers.of(content, slots, base);
    if (identity === null) {
      skims.setForeign(record);
      return;
    }
    const when = countedAt(time, delivered);
    if ((slots[base + slot.shared] as number) >= 0) {
      const whole = content.json(slots[base + slot.from] as number, slots[base + slot.to] as number);
      const parsed = parseRecord(whole);
      if (parsed !== null) countCall(parsed, identity.caller, when, tally, shares);
      return;
    }
    const call = callOf(record, identity.context, false);
    if (moves.at(call) === undefined) readCall(content, slots, record, call, identity, when);
    else if (moves.again(call, when)) {
      const { caller } = identity;
      moves.offer(call, (denied) => exampleAt(content, slots, base, caller, when, denied));
    }
  };

  const readSkimmed = (content: FileBytes, { count, slots }: Skimmed, path: string): BadFile[] => {
    const delivered = deliveredAt(path);
    const bad: BadFile[] = [];
    for (let record = 0; record < count; record += 1) {
      if (record % someAhead === 0) known.ahead(slots, record, Math.min(record + someAhead, count));
      try {
        takeSkimmed(content, slots, record, delivered);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        bad.push({ path, reason: `record ${record + 1} is not JSON: ${briefly(error)}` });
      }
    }
    return bad;
  };

  return {
    records: () => tally.counts.records,
    result() {
      moves.settle();
      return { tally, waiting };
    },
    read(file) {
      const path = paths[file] ?? "";
      let packed: Buffer;
      try {
        packed = readFileSync(path);
      } catch (error) {
        return { bytes: 0, bad: [{ path, reason: messageOf(error) }] };
      }
      const unpacked = unpackLog(packed);
      if ("reason" in unpacked) {
        return { bytes: packed.length, bad: [{ path, reason: unpacked.reason }] };
      }
      const content = fileBytes(unpacked.unpacked);
      known.enter(file, content);
      const skimmed = skims.skim(content.bytes);
      if (skimmed !== null) {
        return { bytes: packed.length, bad: readSkimmed(content, skimmed, path) };
      }
      const { records, bad } = parseLog(content.bytes, path);
      for (const [index, raw] of records.entries()) {
        takeParsed(raw, -1 - index, 0, deliveredAt(path));
      }
      return { bytes: packed.length, bad };
    },
  };
}

// Addresses are few: thousands of examples share one string.
const shared = remembered((text) => text, 1_000);

function exampleAt(
  content: FileBytes,
  slots: Int32Array,
  base: number,
  caller: Identity["caller"],
  time: number,
  denied: boolean,
): TimedExample | null {
  const textAt = (which: number) => {
    const from = slots[base + which] as number;
    return from < 0 ? null : content.string(from, slots[base + which + 1] as number);
  };
  const sourceIPAddress = textAt(slot.address);
  const told = {
    eventID: textAt(slot.id),
    userAgent: textAt(slot.agent),
    sourceIPAddress: sourceIPAddress === null ? null : shared(sourceIPAddress),
  };
  return exampleOf(told, caller, time, denied);
}

function moveAfter(
  role: RoleTally,
  reading: Reading,
  counters: readonly Counter[],
  { eventSource, eventName }: TrailRecord,
): Move {
  const call = { eventSource: eventSource ?? "", eventName: eventName ?? "" };
  const unmapped = reading.kind === "unmapped" ? call : null;
  // All that one record proves had one outcome.
  const outcome = reading.kind === "call" ? (reading.evidence[0]?.outcome ?? "denied") : "denied";
  return { role, counters, outcome, unmapped };
}
