import { entry, MEANT_COUNT } from "./found";
import {
  MOST_CALLS,
  MOST_EXAMPLES,
  NUMBER,
  NUMBER_COUNT,
  NUMBER_EXAMPLES,
  NUMBER_FIRST,
  NUMBER_IDS,
  NUMBER_LAST,
  NUMBER_TIMES,
  NUMBER_TOLD,
  NUMBERS,
} from "./layout";

let serials: i32 = 0;

/** A serial number for a call that was not there before. */
export function newSerial(): i32 {
  serials += 1;
  return serials;
}

function placeOf(call: i32): usize {
  return NUMBERS + <usize>call * NUMBER;
}

/** What was counted under this number goes into an entry, and the number is free again. */
export function release(call: i32): void {
  const place = placeOf(call);
  const serial = load<i32>(place);
  if (serial === 0) return;
  const at = entry(MEANT_COUNT, serial);
  store<u32>(at, load<u32>(place, NUMBER_COUNT), 8);
  store<f64>(at, load<f64>(place, NUMBER_FIRST), 16);
  store<f64>(at, load<f64>(place, NUMBER_LAST), 24);
  store<i32>(place, 0);
}

/** From now on the number is that of the call with this serial number, of which nothing is counted yet. */
export function begin(call: i32, serial: i32): void {
  release(call);
  const place = placeOf(call);
  store<i32>(place, serial);
  store<i32>(place, 0, NUMBER_TOLD);
  store<u32>(place, 0, NUMBER_COUNT);
  store<u32>(place, 0, NUMBER_EXAMPLES);
}

export function serialOf(call: i32): i32 {
  return load<i32>(placeOf(call));
}

/** Is it known that what was answered does not matter to the reading of this call? */
export function isToldByRequest(call: i32): bool {
  return load<i32>(placeOf(call), NUMBER_TOLD) !== 0;
}

/** What was answered does not matter to the reading of the call with this serial number, if it still has the number. */
export function tell(call: i32, serial: i32): void {
  const place = placeOf(call);
  if (load<i32>(place) === serial) store<i32>(place, 1, NUMBER_TOLD);
}

/**
 * Counts a call once more; `id` is the first word of its event's id, 0 where nobody knows. Is it among its three earliest,
 * of those of one id the first? Whoever keeps them looks closer: here one too many is told rather than one too few.
 */
export function count(call: i32, time: f64, id: i32): bool {
  const place = placeOf(call);
  const before = load<u32>(place, NUMBER_COUNT);
  store<u32>(place, before + 1, NUMBER_COUNT);
  if (before === 0 || time < load<f64>(place, NUMBER_FIRST)) store<f64>(place, time, NUMBER_FIRST);
  if (before === 0 || time > load<f64>(place, NUMBER_LAST)) store<f64>(place, time, NUMBER_LAST);
  let examples: usize = load<u32>(place, NUMBER_EXAMPLES);
  const times = place + NUMBER_TIMES;
  const ids = place + NUMBER_IDS;
  if (examples === MOST_EXAMPLES && time > load<f64>(times + 8 * (MOST_EXAMPLES - 1))) return false;
  if (id === 0) return true;
  for (let index: usize = 0; index < examples; index += 1) if (load<i32>(ids + 4 * index) === id) return true;
  if (examples === MOST_EXAMPLES) examples -= 1;
  let index = examples;
  for (; index > 0 && load<f64>(times + 8 * (index - 1)) > time; index -= 1) {
    store<f64>(times + 8 * index, load<f64>(times + 8 * (index - 1)));
    store<i32>(ids + 4 * index, load<i32>(ids + 4 * (index - 1)));
  }
  store<f64>(times + 8 * index, time);
  store<i32>(ids + 4 * index, id);
  store<u32>(place, <u32>examples + 1, NUMBER_EXAMPLES);
  return true;
}

/** Gives back all numbers from one on, as far as there is room for their entries; answers with the next, or -1. */
export function releaseAll(from: i32, room: i32): i32 {
  let left = room;
  for (let call = from; call < <i32>MOST_CALLS; call += 1) {
    if (serialOf(call) === 0) continue;
    if (left === 0) return call;
    left -= 1;
    release(call);
  }
  return -1;
}
