/**
 * Where things lie in the memory of the module, in bytes from its start. Whoever fills the tables from outside reads
 * these as the module's exports, so that they stand in one place.
 */

/**
 * The names of members that are looked for: for each length below 32 some entries and an empty one. An entry is the first
 * eight bytes with the quote before, the last eight with the quote after, and for names of 14 or more the
 * eight from the seventh on (0 for shorter ones); then its length, its place in a record's slots (-1 for none), whether
 * the reading of a call depends on it (0 or 1), and the entry of the name that came after it the last time.
 */
export const KEYS: usize = 1_024;
export const KEY: usize = 40;
export const KEY_LENGTH: usize = 24;
export const KEY_SLOT: usize = 28;
export const KEY_TELLS: usize = 32;
export const KEY_NEXT: usize = 36;
export const KEYS_OF_LENGTH: usize = 16;

/** What a caller in scope has in its identity: their number, then each its length (4 bytes) and at most 1,020 bytes. */
export const NEEDLES: usize = KEYS + 32 * KEYS_OF_LENGTH * KEY;
export const NEEDLE: usize = 1_024;
export const MOST_NEEDLES: usize = 6;

/** Callers by their wording: length, whether foreign, round (4 bytes each), 4 unused, then the wording. */
export const CALLERS: usize = 32_768;
export const CALLER: usize = 2_064;
export const MOST_CALLERS: usize = 2_048;
export const CALLER_WORDING: usize = 16;

/** Calls by 128 bits of what they say: sets of eight, each with whose turn it is to go. */
export const CALLS: usize = CALLERS + MOST_CALLERS * CALLER;
export const SETS: usize = 8_192;
export const WAYS: usize = 8;
export const MOST_CALLS: usize = SETS * WAYS;
export const SET: usize = WAYS * 16 + 16;

/** The file, with as many zero bytes after it as any look ahead reads; then the slots of its records. */
export const INPUT: usize = CALLS + SETS * SET;
export const AFTER_INPUT: usize = 512;

/** Of one record's slots, in bytes; `from` and `to` of a span lie side by side. */
export const SPANS: usize = 64;
export const SLOT_TO: usize = 4;
export const SLOT_IDENTITY: usize = 8;
export const SLOT_ID: usize = 24;
export const SLOT_RESPONSE: usize = 56;
export const SLOT_FORM: usize = 64;
export const SLOT_CALLER: usize = 68;
export const SLOT_REGIONS: usize = 72;
export const SLOT_FIRST_REGION: usize = 76;
export const MOST_REGIONS: i32 = 6;
export const SLOT_UUID: usize = 124;
export const SLOT_UUID_WORDS: usize = 128;
export const SLOT_FAILED: usize = 144;
export const SLOTS: usize = 160;
