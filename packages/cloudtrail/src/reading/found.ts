import type { Identity } from "./callers.ts";

/** What was found, as it lies in memory until more is. */
export interface Found {
  /** Entries of `perEntry` numbers each, see `meaning`. */
  readonly numbers: Int32Array;
  /** The same bytes: half as many. */
  readonly times: Float64Array;
  /** What calls said, each with a comma behind: a list in JSON, but for its brackets. */
  readonly sayings: Uint8Array;
  readonly texts: Uint8Array;
  readonly identities: readonly Identity[];
}

/** Numbers of an entry, and half as many times. */
export const perEntry = 16;

/** What an entry begins with; the serial number of its call follows, else the number that it tells of. Places are in numbers. */
export const meaning = {
  /** At 2: which of the identities the caller with this number is from here on. */
  caller: 0,
  /** A call that none said before. At 2: caller, number (-1 for none) to be told of; time at 4; at 6: file, record, saying. */
  call: 1,
  /** One of the earliest of a call. At 2: caller, agent; time at 4; at 6: address; at 7 the four numbers of its id, a UUID. */
  example: 2,
  /** How often a call was made under one of its numbers. At 2: count; first time at 4, last at 6. */
  count: 3,
  /** At 2: where the text with this number stands in the texts; agents and addresses are -1 for none. */
  text: 4,
  /** The same as an example, but at 7: where its id stands in the texts. */
  oddExample: 5,
} as const;
