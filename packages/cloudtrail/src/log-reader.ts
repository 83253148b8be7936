import { readFileSync } from "node:fs";
import { messageOf } from "@plp/runtime";
import { type Evidence, type Reading, readRecord } from "./evidence.ts";
import { briefly, deliveredAt, parseLog, unpackLog } from "./files.ts";
import { places } from "./places.ts";
import { boundedCache } from "./reading-cache.ts";
import { identityOf, parseRecord, type TrailRecord, type UserIdentity } from "./record.ts";
import { saidIn } from "./said.ts";
import {
  form,
  fresh,
  mostCallers,
  mostCalls,
  mostNeedles,
  type Skimmed,
  skimmer,
  slot,
  stride,
} from "./skim.ts";
import { type FileBytes, fileBytes, timeReader } from "./span.ts";
import { countCall, inWindow, type Scope, type SharedCall, take, takeShared } from "./take.ts";
import {
  addExample,
  type Counter,
  countEvent,
  countOutcome,
  countReading,
  countUnmapped,
  emptyTally,
  exampleOf,
  type RoleTally,
  type Tally,
  type TimedExample,
  wantsExample,
} from "./tally.ts";
import type { BadFile } from "./types.ts";
import { type Caller, callerOf } from "./who.ts";

export interface ReadFile {
  readonly bytes: number;
  readonly bad: readonly BadFile[];
}

export interface LogReader {
  /** Reads the file of that number into the tally. A bad file is told, never thrown. */
  read(file: number): ReadFile;
  readonly tally: Tally;
  /** Calls that only another account recorded as far as this reader saw. */
  waiting(): readonly SharedCall[];
}

/** Who called, of one wording of `userIdentity`; `context` numbers all of it that a reading depends on. */
interface Identity {
  readonly caller: Caller | null;
  readonly userIdentity: UserIdentity;
  readonly context: number;
}

/** What a reading moved, to move it again for the same call. */
interface Move {
  readonly counters: readonly Counter[];
  readonly outcome: Evidence["outcome"];
  readonly unmapped: { readonly eventSource: string; readonly eventName: string } | null;
}

/** In place of a move where the call's reading also depends on what was answered. */
const byResponse: Move = { counters: [], outcome: "denied", unmapped: null };

const nobody: Identity = { caller: null, userIdentity: identityOf(null), context: 0 };
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
 * Several readers (one a thread) share `memory`, so that a duplicate is found wherever it lies.
 */
export function logReader(paths: readonly string[], scope: Scope, memory: SharedArrayBuffer): LogReader {
  const tally = emptyTally();
  const known = places(paths, memory);
  const wanted = scope.roles === undefined ? null : new Set(scope.roles);
  const bounded = scope.since !== undefined || scope.until !== undefined;
  const skims = skimmer(needlesOf(wanted));
  const identities = new Array<Identity | undefined>(mostCallers).fill(undefined);
  const moves = new Array<Move | undefined>(mostCalls).fill(undefined);
  const contexts = new Map<string, number>();
  const texts = boundedCache<string>(1_000);
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

  const parsedIdentity = (content: FileBytes, slots: Int32Array, base: number): Identity => {
    const userIdentity = identityOf(
      content.json(slots[base + slot.identity] as number, slots[base + slot.identity + 1] as number),
    );
    const caller = callerOf({ userIdentity });
    if (caller === null || (wanted !== null && !wanted.has(caller.roleArn))) return nobody;
    const said = JSON.stringify([
      caller.roleArn,
      userIdentity.accountId,
      userIdentity.sessionIssuer?.accountId,
    ]);
    const context = contexts.get(said) ?? contexts.size;
    contexts.set(said, context);
    return { caller, userIdentity, context };
  };

  const identityAt = (content: FileBytes, slots: Int32Array, base: number): Identity => {
    const found = slots[base + slot.caller] as number;
    if (found < 0) return parsedIdentity(content, slots, base);
    const number = found & ~fresh;
    const before = identities[number];
    if (before !== undefined) return before;
    const identity = parsedIdentity(content, slots, base);
    identities[number] = identity;
    if (identity === nobody) skims.setForeign(base / stride);
    return identity;
  };

  // User agents and addresses are few: thousands of examples share one string.
  const shared = (text: string | null): string | null => {
    const before = text === null ? null : texts.get(text);
    if (text !== null && before === undefined) texts.set(text, text);
    return before ?? text;
  };

  /** What was moved by a call that says the same; undefined for none. Where it stands is noted in `place`. */
  let place = 0;
  const moveOf = (record: number, context: number, answered: boolean): Move | undefined => {
    const found = skims.find(record, context, answered);
    place = found & ~fresh;
    if (found !== place) moves[place] = undefined;
    const move = moves[place];
    return move === byResponse && !answered ? moveOf(record, context, true) : move;
  };

  const again = (role: RoleTally, move: Move, time: number, example: () => TimedExample | null): void => {
    if (move.unmapped !== null) countUnmapped(role, move.unmapped.eventSource, move.unmapped.eventName, 1);
    for (let index = 0; index < move.counters.length; index += 1) {
      const counter = move.counters[index] as Counter;
      countOutcome(counter, move.outcome, time);
      if (wantsExample(counter, time)) addExample(counter, example());
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
    const met = slots[base + slot.caller] as number;
    // Whatever becomes of this record: the next one with the number is not of the former caller.
    if (met >= fresh) identities[met & ~fresh] = undefined;
    const from = slots[base] as number;
    const to = slots[base + slot.to] as number;
    const kind = slots[base + slot.form];
    if (kind === form.odd) {
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
    const { caller, userIdentity, context } = identityAt(content, slots, base);
    if (caller === null) return;
    const when = time ?? delivered ?? 0;
    if ((slots[base + slot.shared] as number) >= 0) {
      const parsed = parseRecord(content.json(from, to));
      if (parsed !== null) countCall(parsed, caller, when, tally, shares);
      return;
    }
    const example = () => {
      const textAt = (which: number) => {
        const textFrom = slots[base + which] as number;
        return textFrom < 0 ? null : content.string(textFrom, slots[base + which + 1] as number);
      };
      const told = { eventID: textAt(slot.id), userAgent: shared(textAt(slot.agent)) };
      return exampleOf({ ...told, sourceIPAddress: shared(textAt(slot.address)) }, caller, when);
    };
    const move = moveOf(record, context, false);
    if (move !== undefined) {
      again(countEvent(tally, caller, when), move, when, example);
      return;
    }
    const parsed = parseRecord(saidIn(content.bytes, slots, base));
    if (parsed === null) return;
    const whole = { ...parsed, userIdentity };
    let answered = false;
    const reading = readRecord(whole, () => {
      answered = true;
    });
    const counters = countReading(countEvent(tally, caller, when), reading, whole, when, example);
    if (answered && slots[base + slot.failed] === 0 && moves[place] === undefined) {
      moves[place] = byResponse;
      moveOf(record, context, true);
    }
    moves[place] = moveAfter(reading, counters, whole);
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
    tally,
    waiting: () => waiting,
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

function moveAfter(reading: Reading, counters: readonly Counter[], record: TrailRecord): Move {
  const call = { eventSource: record.eventSource ?? "", eventName: record.eventName ?? "" };
  const unmapped = reading.kind === "unmapped" ? call : null;
  // All that one record proves had one outcome.
  const outcome = reading.kind === "call" ? (reading.evidence[0]?.outcome ?? "denied") : "denied";
  return { counters, outcome, unmapped };
}
