import { contains, isEqual } from "./json";
import { CALLER, CALLER_WORDING, CALLERS, MOST_CALLERS, MOST_NEEDLES, NEEDLE, NEEDLES } from "./layout";

/** Where sessions differ: in ids, names and keys. No session is shorter. */
const SAMPLE_FROM: usize = 16;
const SAMPLE_TO: usize = 208;
/** What is shorter is followed as fast as it is found. */
const SHORTEST: usize = 208;
const LONGEST: usize = CALLER - CALLER_WORDING;

/** The number of a caller with this bit: it was not there before. */
export const FRESH: i32 = 0x40000000;

/** Entries of another round count as empty. */
let round: u32 = 1;

function placeOf(from: usize): usize {
  let hash: u64 = 0x9e3779b97f4a7c15;
  const to = from + SAMPLE_TO;
  for (let at = from + SAMPLE_FROM; at < to; at += 8) {
    hash = (hash ^ load<u64>(at)) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  }
  return CALLERS + (<usize>hash & (MOST_CALLERS - 1)) * CALLER;
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
  if (load<u32>(place, 8) !== round || from + length > end) return 0;
  return isEqual(from, place + CALLER_WORDING, length) ? place : 0;
}

/** Remembers a caller in place of another one; answers with its number, or -1 for one that is not worth it. */
export function remember(from: usize, to: usize, foreign: bool): i32 {
  const length = to - from;
  if (length < SHORTEST || length > LONGEST) return -1;
  const place = placeOf(from);
  store<u32>(place, <u32>length);
  store<u32>(place, foreign ? 1 : 0, 4);
  store<u32>(place, round, 8);
  memory.copy(place + CALLER_WORDING, from, length);
  return numberOf(place) | FRESH;
}

export function numberOf(place: usize): i32 {
  return <i32>((place - CALLERS) / CALLER);
}

export function isForeign(place: usize): bool {
  return load<u32>(place, 4) !== 0;
}

/** From now on the caller of that number is known to be out of scope, unless another one has its place by now. */
export function setForeign(caller: i32, from: usize, to: usize): void {
  const place = CALLERS + <usize>(caller & ~FRESH) * CALLER;
  const length = to - from;
  if (<usize>load<u32>(place) === length && isEqual(from, place + CALLER_WORDING, length))
    store<u32>(place, 1, 4);
}

/** Forgets every caller. */
export function forgetCallers(): void {
  round += 1;
}
