/**
 * Where things lie in the memory of the module, in bytes from its start. Whoever fills the tables from outside reads
 * these as the module's exports, so that they stand in one place.
 */

/** Bytes that JSON is followed by, sixteen times each. */
export const SPLATS: usize = 512;

/**
 * The names of members that are looked for: for each length below 32 some entries and an empty one. An entry is the first
 * eight bytes with the quote before, the last eight with the quote after, and for names of 14 or more the
 * eight from the seventh on (0 for shorter ones); then its length, where the place of its value stands in a record's slots
 * (0 for nowhere), whether the reading of a call depends on it (0 or 1), and the entry of the name that came after it the
 * last time.
 */
export const KEYS: usize = 1_024;
export const KEY: usize = 40;
export const KEY_LENGTH: usize = 24;
export const KEY_SPAN: usize = 28;
export const KEY_TELLS: usize = 32;
export const KEY_NEXT: usize = 36;
export const KEYS_OF_LENGTH: usize = 16;

/** What a caller in scope has in its identity: their number, then each its length (4 bytes) and at most 1,020 bytes. */
export const NEEDLES: usize = KEYS + 32 * KEYS_OF_LENGTH * KEY;
export const NEEDLE: usize = 1_024;
export const MOST_NEEDLES: usize = 6;

/**
 * Callers by their wording: length, whether foreign, round and context (4 bytes each), then the wording. The last one
 * is for whoever is not worth remembering.
 */
export const CALLERS: usize = 32_768;
export const CALLER: usize = 2_064;
export const MOST_CALLERS: usize = 2_048;
export const CALLER_FOREIGN: usize = 4;
export const CALLER_ROUND: usize = 8;
export const CALLER_CONTEXT: usize = 12;
export const CALLER_WORDING: usize = 16;

/** Runs of members by their wording: length and the entry of the last name (4 bytes each), then the wording. */
export const RUNS: usize = CALLERS + (MOST_CALLERS + 1) * CALLER;
export const RUN: usize = 264;
export const MOST_RUNS: usize = 512;
export const RUN_LAST: usize = 4;
export const RUN_WORDING: usize = 8;

/** Calls by 128 bits of what they say: sets of eight, each with whose turn it is to go. */
export const CALLS: usize = RUNS + MOST_RUNS * RUN;
export const SETS: usize = 8_192;
export const WAYS: usize = 8;
export const MOST_CALLS: usize = SETS * WAYS;
export const SET: usize = WAYS * 16 + 16;

/**
 * Of each call: its serial number and one (0 for none), whether its answer is known not to matter, how often it was
 * made and how many examples it gave (4 bytes each); its first and last time and those of three examples (8 bytes each),
 * and the first word of the examples' ids (4 bytes each).
 */
export const NUMBERS: usize = CALLS + SETS * SET;
export const NUMBER: usize = 80;
export const NUMBER_TOLD: usize = 4;
export const NUMBER_COUNT: usize = 8;
export const NUMBER_EXAMPLES: usize = 12;
export const NUMBER_FIRST: usize = 16;
export const NUMBER_LAST: usize = 24;
export const NUMBER_TIMES: usize = 32;
export const NUMBER_IDS: usize = 56;
export const MOST_EXAMPLES: usize = 3;

/** Texts that examples have in common, of two kinds, by their wording: length (4 bytes), then the wording. */
export const WORDINGS: usize = NUMBERS + MOST_CALLS * NUMBER;
export const WORDING: usize = 512;
export const WORDING_TEXT: usize = 4;
export const WORDINGS_OF_KIND: usize = 512;

/** What was found and is to be taken from here: entries of one size, the calls' own words, and the other texts. */
export const ENTRIES: usize = WORDINGS + 2 * WORDINGS_OF_KIND * WORDING;
export const ENTRY: usize = 64;
export const MOST_ENTRIES: usize = 8_192;
export const SAYINGS: usize = ENTRIES + MOST_ENTRIES * ENTRY;
export const MOST_SAYINGS: usize = 1 << 20;
export const TEXTS: usize = SAYINGS + MOST_SAYINGS + 64;
export const MOST_TEXTS: usize = 1 << 18;

/** The file, with as many zero bytes after it as any look ahead reads; then the slots of its records, then their ids. */
export const INPUT: usize = TEXTS + MOST_TEXTS + 512;
export const AFTER_INPUT: usize = 512;

/** Of one record's slots, in bytes; `from` and `to` of a span lie side by side. */
export const SPANS: usize = 64;
export const SLOT_TO: usize = 4;
export const SLOT_IDENTITY: usize = 8;
export const SLOT_TIME: usize = 16;
export const SLOT_ID: usize = 24;
export const SLOT_SHARED: usize = 32;
export const SLOT_AGENT: usize = 40;
export const SLOT_ADDRESS: usize = 48;
export const SLOT_RESPONSE: usize = 56;
export const SLOT_FORM: usize = 64;
export const SLOT_CALLER: usize = 68;
export const SLOT_REGIONS: usize = 72;
export const SLOT_FIRST_REGION: usize = 76;
export const MOST_REGIONS: i32 = 6;
export const SLOT_UUID: usize = 124;
export const SLOT_UUID_WORDS: usize = 128;
export const SLOT_FAILED: usize = 144;
export const SLOT_DUPLICATE: usize = 148;
/** Milliseconds; NaN for none, -Infinity where it was not read yet. */
export const SLOT_MOMENT: usize = 152;
export const SLOTS: usize = 160;

/** An id as the memory of records has it: its four words, where the record lies, and whether it is to be looked for. */
export const ID: usize = 28;
export const ID_FROM: usize = 16;
export const ID_TO: usize = 20;
export const ID_ASKS: usize = 24;
