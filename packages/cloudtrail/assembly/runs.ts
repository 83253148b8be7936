import { hashOf } from "./hash";
import { afterSpace, afterString, afterValue, isEqual, isNested } from "./json";
import { isTelling, keyAt } from "./keys";
import { MOST_RUNS, RUN, RUN_LAST, RUN_WORDING, RUNS } from "./layout";

/**
 * Runs of members that tell something, one behind the other, each with a short value: hundreds of records name their
 * event in the same words, and nearly all end alike. Comparing a run costs a fraction of following it.
 */

const QUOTE: u8 = 0x22;
const COLON: u8 = 0x3a;
const COMMA: u8 = 0x2c;

/** Where runs differ: behind the first name. */
const SAMPLE_FROM: usize = 14;
const SAMPLE_TO: usize = 78;
const LONGEST: usize = RUN - RUN_WORDING;

function placeOf(from: usize): usize {
  return RUNS + hashOf(from + SAMPLE_FROM, from + SAMPLE_TO, MOST_RUNS) * RUN;
}

/** Follows the run that begins here, and remembers it; answers with its place, or 0 for one that is not worth it. */
function follow(from: usize, end: usize): usize {
  let last: usize = 0;
  let to: usize = 0;
  let at = from;
  while (load<u8>(at) === QUOTE) {
    const keyFrom = at + 1;
    at = afterString(keyFrom, end);
    const key = keyAt(keyFrom, at - 1);
    if (!isTelling(key)) break;
    at = afterSpace(at);
    if (load<u8>(at) !== COLON) break;
    at = afterSpace(at + 1);
    if (isNested(at)) break;
    at = afterValue(at, end);
    if (at >= end) break;
    last = key;
    to = at;
    at = afterSpace(at);
    if (load<u8>(at) !== COMMA) break;
    at = afterSpace(at + 1);
  }
  // With the byte behind it: a number goes on where nothing else begins.
  const length = to + 1 - from;
  if (last === 0 || length > LONGEST) return 0;
  const place = placeOf(from);
  store<u32>(place, <u32>length);
  store<u32>(place, <u32>last, RUN_LAST);
  memory.copy(place + RUN_WORDING, from, length);
  return place;
}

/** The place of the run that begins here, byte for byte; 0 where it is not worth one. */
export function runAt(from: usize, end: usize): usize {
  const place = placeOf(from);
  const length: usize = load<u32>(place);
  return length !== 0 && isEqual(from, place + RUN_WORDING, length) ? place : follow(from, end);
}

export function lengthOfRun(place: usize): usize {
  return load<u32>(place) - 1;
}

/** The last name in a run. */
export function lastOfRun(place: usize): usize {
  return load<u32>(place, RUN_LAST);
}
