import { CALLS, SET, SETS, WAYS } from "./layout";

let key0: u64 = 0;
let key1: u64 = 0;

/** Whoever does not know the key cannot write two calls that would be taken for one. */
export function setKey(first: u64, second: u64): void {
  key0 = first;
  key1 = second;
}

let first: u64 = 0;
let second: u64 = 0;

/**
 * SipHash-1-3 with 128 bits. Its state is in local variables, because in globals each step would wait for memory;
 * so its round stands here twice.
 */
function hash(from: usize, to: usize): void {
  let a: u64 = key0 ^ 0x736f6d6570736575;
  let b: u64 = key1 ^ 0x646f72616e646f6d ^ 0xee;
  let c: u64 = key0 ^ 0x6c7967656e657261;
  let d: u64 = key1 ^ 0x7465646279746573;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const word = load<u64>(at);
    d ^= word;
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
    a ^= word;
  }
  // What is left with the length, and twice the three rounds of an end.
  let word = (load<u64>(at) & (((<u64>1) << ((to - at) << 3)) - 1)) | ((<u64>(to - from)) << 56);
  for (let step = 0; step < 7; step += 1) {
    d ^= word;
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
    a ^= word;
    word = 0;
    if (step === 0) {
      c ^= 0xee;
    } else if (step === 3) {
      first = a ^ b ^ c ^ d;
      b ^= 0xdd;
    }
  }
  second = a ^ b ^ c ^ d;
}

/** The number of a call with this bit: it was not there before, or was forgotten. */
export const FRESH: i32 = 0x40000000;

/** The number of the call that these bytes tell; a new one takes the place of the oldest of its set. */
export function numberOf(from: usize, to: usize): i32 {
  hash(from, to);
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
