import {
  CALLS,
  INPUT,
  SET,
  SETS,
  SLOT_FAILED,
  SLOT_FIRST_REGION,
  SLOT_REGIONS,
  SLOT_RESPONSE,
  WAYS,
} from "./layout";

/** The number of a call with this bit: it was not there before, or was forgotten. */
export const FRESH: i32 = 0x40000000;

let key0: u64 = 0;
let key1: u64 = 0;

/** Whoever does not know the key cannot write two calls that would be taken for one. */
export function setKey(first: u64, second: u64): void {
  key0 = first;
  key1 = second;
}

let a: u64 = 0;
let b: u64 = 0;
let c: u64 = 0;
let d: u64 = 0;

function round(): void {
  a += b;
  b = rotl(b, 13) ^ a;
  a = rotl(a, 32);
  c += d;
  d = rotl(d, 16) ^ c;
  a += d;
  d = rotl(d, 21) ^ a;
  c += b;
  b = rotl(b, 17) ^ c;
  c = rotl(c, 32);
}

function absorb(word: u64): void {
  d ^= word;
  round();
  a ^= word;
}

function absorbSpan(from: usize, to: usize): void {
  let at = from;
  for (; at + 8 <= to; at += 8) absorb(load<u64>(at));
  const left = (to - at) << 3;
  absorb((load<u64>(at) & (((<u64>1) << left) - 1)) | ((<u64>(to - from)) << 56));
}

function squeeze(): u64 {
  round();
  round();
  round();
  return a ^ b ^ c ^ d;
}

/** The number of the call that says the same under this context; a new one takes the place of the oldest of its set. */
function numberOf(first: u64, second: u64): i32 {
  const set = <usize>first & (SETS - 1);
  const at = CALLS + set * SET;
  for (let way: usize = 0; way < WAYS; way += 1) {
    const entry = at + way * 16;
    if (load<u64>(entry) === first && load<u64>(entry, 8) === second) return <i32>(set * WAYS + way);
  }
  const turn: usize = load<u32>(at, WAYS * 16);
  store<u32>(at, <u32>((turn + 1) & (WAYS - 1)), WAYS * 16);
  const entry = at + turn * 16;
  store<u64>(entry, first);
  store<u64>(entry, second, 8);
  return <i32>(set * WAYS + turn) | FRESH;
}

/**
 * Looks a record's call up by SipHash-1-3 with 128 bits of the members that tell what it was, and of the response
 * where it may tell of an error or `answered` asks for it.
 */
export function find(slots: usize, context: u32, answered: bool): i32 {
  a = key0 ^ 0x736f6d6570736575;
  b = key1 ^ 0x646f72616e646f6d ^ 0xee;
  c = key0 ^ 0x6c7967656e657261;
  d = key1 ^ 0x7465646279746573;
  const response = load<i32>(slots, SLOT_RESPONSE) >= 0 && (answered || load<i32>(slots, SLOT_FAILED) !== 0);
  const regions = load<i32>(slots, SLOT_REGIONS);
  absorb(((<u64>context) << 32) | <u64>((response ? 16 : 0) | regions));
  for (let region = 0; region < regions; region += 1) {
    const span = slots + SLOT_FIRST_REGION + <usize>region * 8;
    absorbSpan(INPUT + <usize>load<u32>(span), INPUT + <usize>load<u32>(span, 4));
  }
  if (response) {
    absorbSpan(
      INPUT + <usize>load<u32>(slots, SLOT_RESPONSE),
      INPUT + <usize>load<u32>(slots, SLOT_RESPONSE + 4),
    );
  }
  c ^= 0xee;
  const first = squeeze();
  b ^= 0xdd;
  return numberOf(first, squeeze());
}
