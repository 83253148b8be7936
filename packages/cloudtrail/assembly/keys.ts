import { KEY, KEY_LENGTH, KEY_NEXT, KEY_SPAN, KEY_TELLS, KEYS, KEYS_OF_LENGTH } from "./layout";

/** The entry of names that are not known. */
export const NO_KEY: usize = KEYS;

function isKey(key: usize, from: usize, to: usize): bool {
  if (load<u64>(key) !== load<u64>(from - 1) || load<u64>(key, 8) !== load<u64>(to - 7)) return false;
  return to - from < 14 || load<u64>(key, 16) === load<u64>(from + 6);
}

/** The entry of the name between the two. */
export function keyAt(from: usize, to: usize): usize {
  const length = to - from;
  if (length > 31) return NO_KEY;
  let key = KEYS + length * KEYS_OF_LENGTH * KEY;
  while (load<u64>(key) !== 0) {
    if (isKey(key, from, to)) return key;
    key += KEY;
  }
  return NO_KEY;
}

/**
 * The members of records come in the same order: the name that came after that one the last time, if it begins here; else
 * NO_KEY. What comes first comes after NO_KEY.
 */
export function nextKey(last: usize, from: usize): usize {
  const key: usize = load<u32>(last, KEY_NEXT);
  return isKey(key, from, from + lengthOf(key)) ? key : NO_KEY;
}

export function expectAfter(last: usize, key: usize): void {
  store<u32>(last, <u32>key, KEY_NEXT);
}

export function lengthOf(key: usize): usize {
  return load<u32>(key, KEY_LENGTH);
}

/** Does the reading of a call depend on it? */
export function isTelling(key: usize): bool {
  return load<u32>(key, KEY_TELLS) !== 0;
}

/** Where the place of its value stands in a record's slots; 0 for nowhere. */
export function spanOf(key: usize): usize {
  return load<u32>(key, KEY_SPAN);
}
