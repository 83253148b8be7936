import { ENTRIES, ENTRY, INPUT, MOST_ENTRIES, MOST_SAYINGS, MOST_TEXTS, SAYINGS, TEXTS } from "./layout";

/** From here on the caller with this number is that one of the identities. */
export const MEANT_CALLER: i32 = 0;
/** A call that none said before: caller, number to be told of (-1 for none), time, file, record, where its words stand. */
export const MEANT_CALL: i32 = 1;
/** One of the earliest of a call: caller, numbers of agent and address (-1 for none), time, its id in four words. */
export const MEANT_EXAMPLE: i32 = 2;
/** How often a call was made under one of its numbers, first and last. */
export const MEANT_COUNT: i32 = 3;
/** From here on the text with this number is the one that stands there. */
export const MEANT_TEXT: i32 = 4;
/** An example with an id of another form: where that stands. */
export const MEANT_ODD_EXAMPLE: i32 = 5;

let entries: usize = 0;
let sayings: usize = 0;
let texts: usize = 0;

/** Of a record at most this many: its caller, a call, an example with two texts, and what it puts out of two numbers. */
const PER_RECORD: usize = 7;

export function canHold(saying: usize, text: usize): bool {
  return saying <= MOST_SAYINGS && text <= MOST_TEXTS;
}

/** Is there room for all that a record can tell, with words and texts of that many bytes? */
export function hasRoom(saying: usize, text: usize): bool {
  return (
    entries + PER_RECORD <= MOST_ENTRIES && sayings + saying <= MOST_SAYINGS && texts + text <= MOST_TEXTS
  );
}

export function entriesLeft(): i32 {
  return <i32>(MOST_ENTRIES - entries);
}

/** The place of a new entry. */
export function entry(meaning: i32, serial: i32): usize {
  const at = ENTRIES + entries * ENTRY;
  entries += 1;
  store<i32>(at, meaning);
  store<i32>(at, serial, 4);
  return at;
}

/** Where the next call's words will stand. Nothing is kept of what is written there before `keepSaying`. */
export function sayingFrom(): usize {
  return SAYINGS + sayings;
}

export function keepSaying(to: usize): void {
  sayings = to - SAYINGS;
}

/** Copies a span of the file, by the slots that tell it, to the texts; notes its place there, or -1 twice. */
export function copySpan(slot: usize, into: usize): void {
  const from = load<i32>(slot);
  if (from < 0) {
    store<i64>(into, -1);
    return;
  }
  const length = <usize>(load<i32>(slot, 4) - from);
  memory.copy(TEXTS + texts, INPUT + <usize>from, length);
  store<u32>(into, <u32>texts);
  store<u32>(into, <u32>(texts + length), 4);
  texts += length;
}

export function entryCount(): i32 {
  return <i32>entries;
}

export function sayingBytes(): i32 {
  return <i32>sayings;
}

export function textBytes(): i32 {
  return <i32>texts;
}

/** All of it was taken. */
export function clear(): void {
  entries = 0;
  sayings = 0;
  texts = 0;
}
