import { hashOf } from "./hash";
import { contains, isEqual } from "./json";
import {
  CALLER,
  CALLER_CONTEXT,
  CALLER_FOREIGN,
  CALLER_ROUND,
  CALLER_WORDING,
  CALLERS,
  MOST_CALLERS,
  MOST_NEEDLES,
  NEEDLE,
  NEEDLES,
} from "./layout";

/** Where identities differ: in ids and names, sessions also in keys. No session ends before. */
const SAMPLE_FROM: usize = 16;
const SESSION_TO: usize = 208;
/** Behind the shortest ones stands in here what hardly differs from record to record. */
const OTHER_TO: usize = 80;
/** `AssumedR`, as an identity begins with its type. */
const SESSION: u64 = 0x5264656d75737341;
const TYPE_AT: usize = 9;
/** What is shorter is followed as fast as it is found. */
const SHORTEST: usize = 48;
const LONGEST: usize = CALLER - CALLER_WORDING;

/** The number of a caller with this bit: it was not there before. */
export const FRESH: i32 = 0x40000000;

/** Entries of another round count as empty. */
let round: u32 = 1;

function placeOf(from: usize): usize {
  const to = load<u64>(from, TYPE_AT) === SESSION ? SESSION_TO : OTHER_TO;
  return CALLERS + hashOf(from + SAMPLE_FROM, from + to, MOST_CALLERS) * CALLER;
}

/** Can a caller in scope stand here? Only those of whom it is sure that they are foreign are not candidates. */
export function isCandidate(from: usize, to: usize): bool {
  const count = min<usize>(load<u32>(NEEDLES), MOST_NEEDLES);
  for (let index: usize = 0; index < count; index += 1) {
    const needle = NEEDLES + 4 + index * NEEDLE;
    if (contains(from, to, needle + 4, load<u32>(needle))) return true;
  }
  return false;
}

/**
 * The place of the caller that begins here byte for byte as it stood in a record before; 0 for none. A session makes
 * hundreds of calls, and comparing costs a fraction of following.
 */
export function callerAt(from: usize, end: usize): usize {
  const place = placeOf(from);
  const length: usize = load<u32>(place);
  if (load<u32>(place, CALLER_ROUND) !== round || from + length > end) return 0;
  return isEqual(from, place + CALLER_WORDING, length) ? place : 0;
}

/** Remembers a caller in place of another one; answers with its number, or -1 for one that is not worth it. */
export function remember(from: usize, to: usize, foreign: bool): i32 {
  const length = to - from;
  if (length < SHORTEST || length > LONGEST) return -1;
  const place = placeOf(from);
  store<u32>(place, <u32>length);
  store<u32>(place, foreign ? 1 : 0, CALLER_FOREIGN);
  store<u32>(place, round, CALLER_ROUND);
  memory.copy(place + CALLER_WORDING, from, length);
  return numberOf(place) | FRESH;
}

export function numberOf(place: usize): i32 {
  return <i32>((place - CALLERS) / CALLER);
}

export function isForeign(place: usize): bool {
  return load<u32>(place, CALLER_FOREIGN) !== 0;
}

/** Nobody looked at this caller yet. */
export const UNKNOWN: i32 = 0;
/** This caller is out of scope. */
export const OUTSIDE: i32 = 1;

function placeOfNumber(caller: i32): usize {
  return CALLERS + <usize>caller * CALLER;
}

/** Whatever becomes of this record: the next one with its caller's number is not of the former caller. */
export function meet(caller: i32): void {
  if (caller >= FRESH) store<i32>(placeOfNumber(caller & ~FRESH), UNKNOWN, CALLER_CONTEXT);
}

export function contextOf(caller: i32): i32 {
  return caller < 0 ? UNKNOWN : load<i32>(placeOfNumber(caller & ~FRESH), CALLER_CONTEXT);
}

/**
 * Notes the context of the caller with this wording, and answers with the number under which it is found: its own, or
 * that of whoever is not worth remembering.
 */
export function know(caller: i32, context: i32, from: usize, to: usize): i32 {
  const number = caller < 0 ? <i32>MOST_CALLERS : caller & ~FRESH;
  const place = placeOfNumber(number);
  store<i32>(place, context, CALLER_CONTEXT);
  // By now another one may have its place.
  const length = to - from;
  const own = <usize>load<u32>(place) === length && isEqual(from, place + CALLER_WORDING, length);
  if (caller >= 0 && context === OUTSIDE && own) store<u32>(place, 1, CALLER_FOREIGN);
  return number;
}

/** Forgets every caller. */
export function forgetCallers(): void {
  round += 1;
}
