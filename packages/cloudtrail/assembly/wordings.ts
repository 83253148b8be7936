import { copySpan, entry, MEANT_TEXT } from "./found";
import { isEqual } from "./json";
import { INPUT, WORDING, WORDING_TEXT, WORDINGS, WORDINGS_OF_KIND } from "./layout";

const LONGEST: usize = WORDING - WORDING_TEXT;

/** Agents and addresses never take each other's places: an example has one of both. */
export const AGENTS: usize = 0;
export const ADDRESSES: usize = 1;

/** One of `WORDINGS_OF_KIND` places. */
function placeOf(from: usize, length: usize): usize {
  let hash: u64 = length;
  // The words beyond the end are part of the file, so the last one is read from before.
  const last = from + length - 8;
  for (let at = from; at < last; at += 8) hash = rotl(hash ^ load<u64>(at), 27) * 0x9e3779b97f4a7c15;
  if (length >= 8) hash = (hash ^ load<u64>(last)) * 0xff51afd7ed558ccd;
  // Only the highest bits of a product depend on all of what was multiplied.
  return <usize>(hash >> 55);
}

/** The number of a text that many records have in common, by the slots that tell where it stands; -1 for none. */
export function textNumber(slot: usize, kind: usize): i32 {
  if (load<i32>(slot) < 0) return -1;
  const from = INPUT + <usize>load<u32>(slot);
  const length = <usize>load<u32>(slot, 4) - <usize>load<u32>(slot);
  let number = 2 * WORDINGS_OF_KIND + kind;
  if (length <= LONGEST) {
    number = kind * WORDINGS_OF_KIND + placeOf(from, length);
    const place = WORDINGS + number * WORDING;
    if (<usize>load<u32>(place) === length && isEqual(from, place + WORDING_TEXT, length)) return <i32>number;
    store<u32>(place, <u32>length);
    memory.copy(place + WORDING_TEXT, from, length);
  }
  copySpan(slot, entry(MEANT_TEXT, <i32>number) + 8);
  return <i32>number;
}
