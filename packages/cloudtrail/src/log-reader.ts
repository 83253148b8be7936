import { readFileSync } from "node:fs";
import { messageOf } from "@plp/runtime";
import { type Evidence, type Reading, readRecord } from "./evidence.ts";
import { briefly, deliveredAt, parseLog, unpackLog } from "./files.ts";
import { knownSpans } from "./known-spans.ts";
import { places } from "./places.ts";
import { boundedCache } from "./reading-cache.ts";
import { identityOf, parseRecord, type TrailRecord, type UserIdentity } from "./record.ts";
import { collector } from "./said.ts";
import { form, type Skimmed, skim, slot, stride } from "./skim.ts";
import { type FileBytes, fileBytes, finders, timeAt } from "./span.ts";
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
  /** Was this act of the role counted already, by whichever reader? Remembers it either way. */
  isCounted(roleArn: string, sharedEventID: string): boolean;
  /** Calls that only another account recorded as far as this reader saw. */
  waiting(): readonly SharedCall[];
}

/** Who called, of one wording of `userIdentity`; `context` names all of it that a reading depends on. */
interface Identity {
  readonly caller: Caller | null;
  readonly userIdentity: UserIdentity;
  readonly context: string;
}

/** What a reading moved, to move it again for the same call. */
interface Move {
  readonly counters: readonly Counter[];
  readonly outcome: Evidence["outcome"];
  readonly unmapped: { readonly eventSource: string; readonly eventName: string } | null;
}

/** In place of a move where the call's reading also depends on what was answered. */
const byResponse: Move = { counters: [], outcome: "denied", unmapped: null };
/** Some services answer with an error; escapes could spell one. */
const errors = ["rror", "__type", "\\"].map((name) => Buffer.from(name));

const nobody: Identity = { caller: null, userIdentity: identityOf(null), context: "" };
/** More roles than this are not looked for one by one. */
const mostNeedles = 4;
/** So many calls wait for the record of the caller's own account; older ones are counted without. */
const mostWaiting = 4_000;

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
  const names =
    wanted !== null && wanted.size <= mostNeedles ? [...wanted] : wanted?.size === 0 ? [] : ["AssumedRole"];
  const needles = [...names, "\\"].map((name) => Buffer.from(name));
  const bounded = scope.since !== undefined || scope.until !== undefined;
  const identities = knownSpans<Identity>();
  const contexts = new Map<string, string>();
  const moves = boundedCache<Move>(40_000);
  const texts = boundedCache<string>(1_000);
  const collect = collector();
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

  const identityAt = (content: FileBytes, from: number, to: number): Identity => {
    const known = identities.find(content.bytes, from);
    if (known !== null && known.length === to - from) return known.value;
    const userIdentity = identityOf(content.json(from, to));
    const caller = callerOf({ userIdentity });
    const { accountId, sessionIssuer } = userIdentity;
    const inScope = caller !== null && (wanted === null || wanted.has(caller.roleArn));
    const said = JSON.stringify([caller?.roleArn, accountId, sessionIssuer?.accountId]);
    const context = contexts.get(said) ?? `${contexts.size}:`;
    contexts.set(said, context);
    const identity = inScope ? { caller, userIdentity, context } : nobody;
    identities.add(content.bytes, from, to, identity);
    return identity;
  };

  const textAt = (content: FileBytes, from: number, to: number): string | null =>
    from < 0 ? null : content.string(from, to);
  // User agents and addresses are few: thousands of examples share one string.
  const shared = (text: string | null): string | null => {
    const known = text === null ? null : texts.get(text);
    if (text !== null && known === undefined) texts.set(text, text);
    return known ?? text;
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
    { slots, known: callers }: Skimmed<Identity>,
    base: number,
    delivered: number | null,
    mayFail: (from: number, to: number) => boolean,
  ): void => {
    const at = (which: number) => slots[base + which] as number;
    const [from, to] = [at(slot.from), at(slot.to)];
    if (at(slot.form) === form.odd) {
      takeParsed(content.json(from, to), from, to, delivered);
      return;
    }
    const { counts } = tally;
    const duplicate = known.seenAt(from, to, at(slot.id), at(slot.id + 1));
    counts.records += 1;
    if (duplicate) {
      counts.duplicates += 1;
      return;
    }
    if (at(slot.form) === form.foreign && !bounded) return;
    const time = at(slot.time) < 0 ? null : timeAt(content, at(slot.time), at(slot.time + 1));
    if (bounded && !inWindow(scope, time)) {
      counts.outsideWindow += 1;
      return;
    }
    const identityFrom = at(slot.identity);
    const identityTo = at(slot.identity + 1);
    if (at(slot.form) === form.foreign || identityFrom < 0) return;
    const { caller, userIdentity, context } =
      callers[at(slot.known)] ?? identityAt(content, identityFrom, identityTo);
    if (caller === null) return;
    const when = time ?? delivered ?? 0;
    if (at(slot.shared) >= 0) {
      const parsed = parseRecord(content.json(from, to));
      if (parsed !== null) countCall(parsed, caller, when, tally, shares);
      return;
    }
    const example = () => {
      const part = (which: number) => textAt(content, at(which), at(which + 1));
      const told = { eventID: part(slot.id), userAgent: shared(part(slot.agent)) };
      return exampleOf({ ...told, sourceIPAddress: shared(part(slot.address)) }, caller, when);
    };
    const responseFrom = at(slot.response);
    const failed = responseFrom >= 0 && mayFail(responseFrom, at(slot.response + 1));
    let key = collect(content.bytes, slots, base, failed).digest(context);
    let move = moves.get(key);
    if (move === byResponse) {
      key = collect(content.bytes, slots, base, true).digest(context);
      move = moves.get(key);
    }
    if (move !== undefined) {
      again(countEvent(tally, caller, when), move, when, example);
      return;
    }
    const parsed = parseRecord(collect(content.bytes, slots, base, true).json());
    if (parsed === null) return;
    const record = { ...parsed, userIdentity };
    let answered = failed;
    const reading = readRecord(record, () => {
      answered = true;
    });
    const counters = countReading(countEvent(tally, caller, when), reading, record, when, example);
    if (answered && !failed) {
      moves.set(key, byResponse);
      key = collect(content.bytes, slots, base, true).digest(context);
    }
    moves.set(key, moveOf(reading, counters, record));
  };

  const readSkimmed = (content: FileBytes, skimmed: Skimmed<Identity>, file: number): BadFile[] => {
    const path = paths[file] ?? "";
    const mayFail = finders(content.bytes, errors);
    const delivered = deliveredAt(path);
    const bad: BadFile[] = [];
    for (let index = 0; index < skimmed.count; index += 1) {
      try {
        takeSkimmed(content, skimmed, index * stride, delivered, mayFail);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        bad.push({ path, reason: `record ${index + 1} is not JSON: ${briefly(error)}` });
      }
    }
    return bad;
  };

  return {
    tally,
    isCounted: shares.isCounted,
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
      // Escapes can spell anything; without them a name stands as it is.
      const isCandidate = finders(content.bytes, needles);
      const skimmed = skim(content.bytes, {
        isCandidate,
        knownAt: (from) => identities.find(content.bytes, from),
        isForeign: ({ caller }) => caller === null,
        times: bounded,
      });
      if (skimmed !== null) {
        return { bytes: packed.length, bad: readSkimmed(content, skimmed, file) };
      }
      const { records, bad } = parseLog(content.bytes, path);
      for (const [index, raw] of records.entries()) {
        takeParsed(raw, -1 - index, 0, deliveredAt(path));
      }
      return { bytes: packed.length, bad };
    },
  };
}

function moveOf(reading: Reading, counters: readonly Counter[], record: TrailRecord): Move {
  const call = { eventSource: record.eventSource ?? "", eventName: record.eventName ?? "" };
  const unmapped = reading.kind === "unmapped" ? call : null;
  // All that one record proves had one outcome.
  const outcome = reading.kind === "call" ? (reading.evidence[0]?.outcome ?? "denied") : "denied";
  return { counters, outcome, unmapped };
}
