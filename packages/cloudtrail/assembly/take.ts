import { contextOf, know, meet, OUTSIDE, UNKNOWN } from "./callers";
import { FRESH, numberOf } from "./calls";
import {
  canHold,
  copySpan,
  entriesLeft,
  entry,
  hasRoom,
  keepSaying,
  MEANT_CALL,
  MEANT_CALLER,
  MEANT_EXAMPLE,
  MEANT_ODD_EXAMPLE,
  sayingFrom,
} from "./found";
import {
  INPUT,
  SAYINGS,
  SLOT_ADDRESS,
  SLOT_AGENT,
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
  SLOT_SHARED,
  SLOT_TIME,
  SLOT_UUID,
  SLOT_UUID_WORDS,
  SLOTS,
} from "./layout";
import { begin, count, isToldByRequest, newSerial, releaseAll, serialOf } from "./numbers";
import { FOREIGN, ODD, recordCount, slots } from "./skim";
import { timeAt, UNREAD } from "./time";
import { ADDRESSES, AGENTS, textNumber } from "./wordings";

/** Why one record is not taken here, beside its number. */
const WHY_ODD: i32 = 0;
/** Its caller is to be told by `setCaller`. */
const WHY_CALLER: i32 = 1;
/** Its time is to be told by `setTime`. */
const WHY_TIME: i32 = 2;
/** What was found is to be taken away first. */
const WHY_FULL: i32 = 3;
/** It is to be read as a whole; caller and time are known by then. */
const WHY_WHOLE: i32 = 4;

const OK: i32 = -1;

let file: i32 = 0;
let delivered: f64 = NaN;
let bounded = false;
let since: f64 = -Infinity;
let until: f64 = Infinity;
let outside: i32 = 0;
let when: f64 = 0;
let who: i32 = 0;

/** Milliseconds, both included; infinities for none. */
export function setWindow(from: f64, to: f64): void {
  since = from;
  until = to;
  bounded = from !== -Infinity || to !== Infinity;
}

/** Of the file whose records are taken next: its number, and when it was delivered; NaN where nobody knows. */
export function setFile(number: i32, deliveredAt: f64): void {
  file = number;
  delivered = deliveredAt;
}

/** So many records lay outside of the window. */
export function outsideWindow(): i32 {
  return outside;
}

/** When the record that is to be read as a whole was made. */
export function whenCalled(): f64 {
  return when;
}

/** The number of the caller of the record that is to be read as a whole. */
export function whoCalled(): i32 {
  return who;
}

function slotOf(record: i32): usize {
  return slots() + <usize>record * SLOTS;
}

export function setTime(record: i32, time: f64): void {
  store<f64>(slotOf(record), time, SLOT_MOMENT);
}

/**
 * Tells the caller of a record: its context, 1 for somebody out of scope, and which of the identities it is. Answers
 * with its number.
 */
export function setCaller(record: i32, context: i32, identity: i32): i32 {
  const slot = slotOf(record);
  const from = INPUT + <usize>load<u32>(slot, SLOT_IDENTITY);
  const to = INPUT + <usize>load<u32>(slot, SLOT_IDENTITY + 4);
  const number = know(load<i32>(slot, SLOT_CALLER), context, from, to);
  store<i32>(slot, number, SLOT_CALLER);
  if (context !== OUTSIDE) store<i32>(entry(MEANT_CALLER, number), identity, 8);
  return number;
}

/** No later than the file was delivered, so that a record dated 2099 makes nothing look used until then. */
function countedAt(time: f64): f64 {
  if (isNaN(delivered)) return isNaN(time) ? 0 : time;
  return isNaN(time) ? delivered : min(time, delivered);
}

function spanLength(slot: usize): usize {
  const from = load<i32>(slot);
  return from < 0 ? 0 : <usize>(load<i32>(slot, 4) - from);
}

/** `"responseElements":` */
const RESPONSE_LENGTH: usize = 19;

/** Copies sixteen bytes at a time, and up to fifteen more than there are: for short spans a call would cost more. */
function append(at: usize, slot: usize): usize {
  const from = INPUT + <usize>load<u32>(slot);
  const length = spanLength(slot);
  for (let done: usize = 0; done < length; done += 16) v128.store(at + done, v128.load(from + done));
  return at + length;
}

/** What a record says that its reading depends on, beside what was answered: an object that is not closed yet. */
function writeSaid(slot: usize, from: usize): usize {
  store<u8>(from, 0x7b);
  let at = from + 1;
  const regions = load<i32>(slot, SLOT_REGIONS);
  for (let region = 0; region < regions; region += 1) {
    if (region > 0) {
      store<u8>(at, 0x2c);
      at += 1;
    }
    at = append(at, slot + SLOT_FIRST_REGION + <usize>region * 8);
  }
  return at;
}

function writeResponse(slot: usize, from: usize, isFirst: bool): usize {
  let at = from;
  if (!isFirst) {
    store<u8>(at, 0x2c);
    at += 1;
  }
  store<u64>(at, 0x736e6f7073657222);
  store<u64>(at, 0x746e656d656c4565, 8);
  store<u16>(at, 0x2273, 16);
  store<u8>(at, 0x3a, 18);
  return append(at + RESPONSE_LENGTH, slot + SLOT_RESPONSE);
}

/** Of the 36 bytes of a UUID: would its numbers be written as it is? Capital letters differ from all else in one bit. */
function isLowerCase(id: usize): bool {
  const all = v128.and(v128.and(v128.load(id), v128.load(id, 16)), v128.load(id, 20));
  const bit = i8x16.splat(0x20);
  return i8x16.all_true(v128.and(all, bit));
}

/** Counts the call under its number; it may be an example. */
function again(call: i32, slot: usize): i32 {
  const word = load<i32>(slot, SLOT_UUID) !== 0 ? load<i32>(slot, SLOT_UUID_WORDS) : 0;
  if (!count(call, when, word) || load<i32>(slot, SLOT_ID) < 0) return OK;
  const agent = textNumber(slot + SLOT_AGENT, AGENTS);
  const address = textNumber(slot + SLOT_ADDRESS, ADDRESSES);
  const id = INPUT + <usize>load<u32>(slot, SLOT_ID) + 1;
  const isUuid = load<i32>(slot, SLOT_UUID) !== 0 && isLowerCase(id);
  const at = entry(isUuid ? MEANT_EXAMPLE : MEANT_ODD_EXAMPLE, serialOf(call));
  store<i32>(at, who, 8);
  store<i32>(at, agent, 12);
  store<f64>(at, when, 16);
  store<i32>(at, address, 24);
  if (isUuid) v128.store(at + 28, v128.load(slot + SLOT_UUID_WORDS));
  else copySpan(slot + SLOT_ID, at + 28);
  return OK;
}

/**
 * Finds the call that the record tells, by the context and what it says. What was answered belongs to it where it may
 * tell of an error, and as long as nobody told that it does not matter.
 */
function takeCall(slot: usize, record: i32, context: i32): i32 {
  const response = slot + SLOT_RESPONSE;
  const length = spanLength(response);
  const answered = length > 0 && load<u8>(INPUT + <usize>load<u32>(response)) !== 0x6e;
  const failed = load<i32>(slot, SLOT_FAILED) !== 0;
  const regions = load<i32>(slot, SLOT_REGIONS);
  let saying: usize = 64 + length;
  for (let region = 0; region < regions; region += 1) {
    saying += 1 + spanLength(slot + SLOT_FIRST_REGION + <usize>region * 8);
  }
  const text = spanLength(slot + SLOT_ID) + spanLength(slot + SLOT_AGENT) + spanLength(slot + SLOT_ADDRESS);
  if (!canHold(saying, text)) return WHY_WHOLE;
  if (!hasRoom(saying, text)) return WHY_FULL;

  // Before it stands the context, and what kind of answer there was, as long as it is not kept.
  const from = sayingFrom();
  const said = from + 8;
  let to = writeSaid(slot, said);
  let first = -1;
  if (!failed || !answered) {
    store<u64>(from, ((<u64>context) << 32) | (answered ? 1 : 0));
    const call = numberOf(from, to);
    if (call < FRESH && (!answered || isToldByRequest(call))) return again(call, slot);
    if (!answered) return takeNew(slot, record, call & ~FRESH, -1, said, to);
    if (call >= FRESH) first = call & ~FRESH;
  }
  to = writeResponse(slot, to, regions === 0);
  store<u64>(from, ((<u64>context) << 32) | (failed ? 3 : 2));
  const call = numberOf(from, to);
  if (call < FRESH) {
    // The shorter number went to another call meanwhile, and nobody will tell of it any more.
    if (first >= 0) begin(first, 0);
    return again(call, slot);
  }
  return takeNew(slot, record, call & ~FRESH, first, said, to);
}

function takeNew(slot: usize, record: i32, call: i32, first: i32, said: usize, to: usize): i32 {
  const serial = newSerial();
  begin(call, serial);
  if (first >= 0) begin(first, serial);
  // A list of all that are kept is one text of JSON: spaces where the context stood, and a comma behind.
  store<u64>(said - 8, 0x2020202020202020);
  store<u16>(to, 0x2c7d);
  keepSaying(to + 2);
  const at = entry(MEANT_CALL, serial);
  store<i32>(at, who, 8);
  store<i32>(at, first, 12);
  store<f64>(at, when, 16);
  store<i32>(at, file, 24);
  store<i32>(at, record, 28);
  store<u32>(at, <u32>(said - SAYINGS), 32);
  store<u32>(at, <u32>(to + 1 - SAYINGS), 36);
  return again(call, slot);
}

/** Takes a record; answers why it could not, or OK. */
function take(slot: usize, record: i32): i32 {
  const form = load<i32>(slot, SLOT_FORM);
  meet(load<i32>(slot, SLOT_CALLER));
  if (form === ODD) return WHY_ODD;
  if (load<i32>(slot, SLOT_DUPLICATE) !== 0) return OK;
  if (form === FOREIGN && !bounded) return OK;
  let time = load<f64>(slot, SLOT_MOMENT);
  if (time === UNREAD) {
    const from = load<i32>(slot, SLOT_TIME);
    time = from < 0 ? NaN : timeAt(INPUT + <usize>from, INPUT + <usize>load<i32>(slot, SLOT_TIME + 4));
    if (time === UNREAD) return WHY_TIME;
    store<f64>(slot, time, SLOT_MOMENT);
  }
  if (bounded && !(time >= since && time <= until)) {
    outside += 1;
    return OK;
  }
  if (form === FOREIGN || load<i32>(slot, SLOT_IDENTITY) < 0) return OK;
  const caller = load<i32>(slot, SLOT_CALLER);
  const context = contextOf(caller);
  if (context === UNKNOWN) return hasRoom(0, 0) ? WHY_CALLER : WHY_FULL;
  if (context === OUTSIDE) return OK;
  who = caller;
  when = countedAt(time);
  return load<i32>(slot, SLOT_SHARED) >= 0 ? WHY_WHOLE : takeCall(slot, record, context);
}

/**
 * Takes the records of the file from one on, until one needs what is not known here: its number times eight and why;
 * -1 at the end.
 */
export function next(from: i32): i32 {
  const records = recordCount();
  for (let record = from; record < records; record += 1) {
    const why = take(slotOf(record), record);
    if (why !== OK) return (record << 3) | why;
  }
  return -1;
}

/** Gives away what was counted, from one number on; answers with the next, or -1. */
export function settle(from: i32): i32 {
  return releaseAll(from, entriesLeft());
}
