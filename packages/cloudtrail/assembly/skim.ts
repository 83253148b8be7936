import { callerAt, forgetCallers, isCandidate, isForeign, numberOf, remember } from "./callers";
import { afterSpace, afterString, afterValue, isEscaped, isNested } from "./json";
import { expectAfter, isTelling, keyAt, lengthOf, NO_KEY, nextKey, spanOf } from "./keys";
import {
  AFTER_INPUT,
  ID,
  ID_ASKS,
  ID_FROM,
  ID_TO,
  INPUT,
  MOST_REGIONS,
  SLOT_CALLER,
  SLOT_DUPLICATE,
  SLOT_FAILED,
  SLOT_FIRST_REGION,
  SLOT_FORM,
  SLOT_ID,
  SLOT_IDENTITY,
  SLOT_MOMENT,
  SLOT_REGIONS,
  SLOT_RESPONSE,
  SLOT_TO,
  SLOT_UUID,
  SLOT_UUID_WORDS,
  SLOTS,
  SPANS,
} from "./layout";
import { mayFail } from "./response";
import { lastOfRun, lengthOfRun, runAt } from "./runs";
import { UNREAD } from "./time";
import { readUuid } from "./uuid";

const QUOTE: u8 = 0x22;
const COLON: u8 = 0x3a;
const COMMA: u8 = 0x2c;

const PLAIN: i32 = 0;
/** Only a whole parse can tell what the record says. */
export const ODD: i32 = 1;
/** A call of nobody in scope. */
export const FOREIGN: i32 = 2;

let end: usize = 0;
let slotsFrom: usize = 0;
let records: i32 = 0;
/** Of the record that is being followed. */
let odd = false;

/** Where the slots of the file's records begin; their ids lie behind them. */
export function slots(): usize {
  return slotsFrom;
}

export function recordCount(): i32 {
  return records;
}

/** Follows the identity that begins here, notes whose it is, and answers with the position after it. */
function afterIdentity(from: usize, slot: usize): usize {
  const place = callerAt(from, end);
  if (place !== 0) {
    if (isForeign(place)) store<i32>(slot, FOREIGN, SLOT_FORM);
    else store<i32>(slot, numberOf(place), SLOT_CALLER);
    return from + <usize>load<u32>(place);
  }
  const to = afterValue(from, end);
  if (to > end) return to;
  const foreign = !isCandidate(from, to);
  const caller = remember(from, to, foreign);
  if (foreign) store<i32>(slot, FOREIGN, SLOT_FORM);
  else store<i32>(slot, caller, SLOT_CALLER);
  return to;
}

/** Notes the parts of the record that begins at `from`; answers with the position after it, or beyond the end. */
function record(from: usize, slot: usize): usize {
  for (let at: usize = 0; at < SPANS; at += 16) v128.store(slot + at, i32x4.splat(-1));
  store<i32>(slot, PLAIN, SLOT_FORM);
  store<i32>(slot, -1, SLOT_CALLER);
  store<i32>(slot, 0, SLOT_DUPLICATE);
  store<f64>(slot, UNREAD, SLOT_MOMENT);
  odd = false;
  let open = false;
  let regions = 0;
  let region = slot + SLOT_FIRST_REGION;
  let last = NO_KEY;
  let at = afterSpace(from + 1);
  while (load<u8>(at) === QUOTE) {
    const keyFrom = at + 1;
    let key = nextKey(last, keyFrom);
    if (key !== NO_KEY) {
      at = keyFrom + lengthOf(key) + 1;
    } else {
      at = afterString(keyFrom, end);
      key = keyAt(keyFrom, at - 1);
      // Written with escapes, a name could be any name.
      if (key === NO_KEY && isEscaped(keyFrom, at - 1)) odd = true;
      expectAfter(last, key);
    }
    last = key;
    if (load<u8>(at) !== COLON) {
      at = afterSpace(at);
      if (load<u8>(at) !== COLON) return end + 1;
    }
    at = afterSpace(at + 1);
    if (isTelling(key)) {
      const run = open || isNested(at) ? 0 : runAt(keyFrom - 1, end);
      if (run !== 0) {
        at = keyFrom - 1 + lengthOfRun(run);
        last = lastOfRun(run);
      } else {
        at = afterValue(at, end);
        if (at > end) return at;
      }
      if (open) {
        store<u32>(region - 4, <u32>(at - INPUT));
      } else if (regions === MOST_REGIONS) {
        odd = true;
      } else {
        open = true;
        store<u32>(region, <u32>(keyFrom - 1 - INPUT));
        store<u32>(region, <u32>(at - INPUT), 4);
        region += 8;
        regions += 1;
      }
    } else {
      open = false;
      const valueFrom = at;
      const span = spanOf(key);
      at = span === SLOT_IDENTITY ? afterIdentity(at, slot) : afterValue(at, end);
      if (at > end) return at;
      if (span !== 0) {
        // Of two members with one name the last counts; a parse knows that.
        if (load<i32>(slot + span) !== -1) odd = true;
        store<u32>(slot + span, <u32>(valueFrom - INPUT));
        store<u32>(slot + span, <u32>(at - INPUT), 4);
      }
    }
    at = afterSpace(at);
    if (load<u8>(at) !== COMMA) break;
    at = afterSpace(at + 1);
    if (load<u8>(at) !== QUOTE) return end + 1;
  }
  if (load<u8>(at) !== 0x7d || at >= end) return end + 1;
  store<u32>(slot, <u32>(from - INPUT));
  store<u32>(slot, <u32>(at + 1 - INPUT), SLOT_TO);
  if (odd) store<i32>(slot, ODD, SLOT_FORM);
  store<i32>(slot, regions, SLOT_REGIONS);
  noteId(slot);
  const response = load<i32>(slot, SLOT_RESPONSE);
  const failed =
    response >= 0 &&
    load<i32>(slot, SLOT_FORM) === PLAIN &&
    mayFail(INPUT + response, INPUT + load<i32>(slot, SLOT_RESPONSE + 4));
  store<i32>(slot, failed ? 1 : 0, SLOT_FAILED);
  return at + 1;
}

function noteId(slot: usize): void {
  const from = load<i32>(slot, SLOT_ID);
  const isUuid =
    from >= 0 &&
    load<i32>(slot, SLOT_ID + 4) - from === 38 &&
    readUuid(INPUT + <usize>from + 1, slot + SLOT_UUID_WORDS);
  store<i32>(slot, isUuid ? 1 : 0, SLOT_UUID);
}

function room(to: usize): bool {
  const missing = <isize>to - ((<isize>memory.size()) << 16);
  return missing <= 0 || memory.grow(<i32>((missing + (4 << 20)) >> 16)) >= 0;
}

/** Room for a file of that many bytes. False where there is none. */
export function prepare(length: usize): bool {
  return room(INPUT + length + AFTER_INPUT + SLOTS);
}

/** `"Records` */
const RECORDS: u64 = 0x7364726f63655222;

function firstRecord(): usize {
  let at = INPUT;
  if (load<u8>(at) === 0xef && load<u8>(at + 1) === 0xbb && load<u8>(at + 2) === 0xbf) at += 3;
  at = afterSpace(at);
  if (load<u8>(at) !== 0x7b) return 0;
  at = afterSpace(at + 1);
  if (load<u64>(at) !== RECORDS || load<u8>(at + 8) !== QUOTE) return 0;
  at = afterSpace(at + 9);
  if (load<u8>(at) !== COLON) return 0;
  at = afterSpace(at + 1);
  return load<u8>(at) === 0x5b ? afterSpace(at + 1) : 0;
}

/** Follows the records; false for a file of another form, or a damaged one. */
function follow(): bool {
  let at = firstRecord();
  if (at === 0) return false;
  let slot = slotsFrom;
  while (load<u8>(at) === 0x7b) {
    // Also for its id.
    if (!room(slot + SLOTS + <usize>(records + 1) * ID)) return false;
    at = record(at, slot);
    if (at > end) return false;
    records += 1;
    slot += SLOTS;
    at = afterSpace(at);
    if (load<u8>(at) === COMMA) {
      at = afterSpace(at + 1);
      if (load<u8>(at) !== 0x7b) return false;
    }
  }
  if (load<u8>(at) !== 0x5d) return false;
  at = afterSpace(at + 1);
  return load<u8>(at) === 0x7d && afterSpace(at + 1) >= end;
}

/** Puts the ids side by side, as the memory of records takes them. */
function writeIds(): void {
  let slot = slotsFrom;
  let id = slotsFrom + <usize>records * SLOTS;
  for (let index = 0; index < records; index += 1) {
    v128.store(id, v128.load(slot + SLOT_UUID_WORDS));
    store<u32>(id, load<u32>(slot), ID_FROM);
    store<u32>(id, load<u32>(slot, SLOT_TO), ID_TO);
    const asks = load<i32>(slot, SLOT_UUID) !== 0 && load<i32>(slot, SLOT_FORM) !== ODD;
    store<u32>(id, asks ? 1 : 0, ID_ASKS);
    slot += SLOTS;
    id += ID;
  }
}

/**
 * Finds the records of the file of that many bytes and their parts, and answers with their number; -1 for a file of
 * another form than `{"Records":[{…},…]}`, or a damaged one.
 */
export function skim(length: usize): i32 {
  end = INPUT + length;
  slotsFrom = (end + AFTER_INPUT + 15) & ~(<usize>15);
  memory.fill(end, 0, AFTER_INPUT);
  records = 0;
  if (follow()) {
    writeIds();
    return records;
  }
  // Nobody will look at who was met in it.
  forgetCallers();
  records = 0;
  return -1;
}
