import { SPLATS } from "./layout";

/** Sixteen bytes at a time: each answers with the position after something, or one beyond the end where it never ends. */

const QUOTE: u8 = 0x22;
const COMMA: u8 = 0x2c;
const BACKSLASH: u8 = 0x5c;
/** Brackets and braces differ in one bit. */
const OPENING: u8 = 0x7b;
const CLOSING: u8 = 0x7d;
const SPACE: u8 = 0x20;

/** Sixteen times one byte. What is loaded stays in a register; a constant would be made anew for every block. */
const QUOTES = SPLATS;
const BACKSLASHES = SPLATS + 16;
const OPENINGS = SPLATS + 32;
const CLOSINGS = SPLATS + 48;
const SPACES = SPLATS + 64;
v128.store(QUOTES, i8x16.splat(QUOTE));
v128.store(BACKSLASHES, i8x16.splat(BACKSLASH));
v128.store(OPENINGS, i8x16.splat(OPENING));
v128.store(CLOSINGS, i8x16.splat(CLOSING));
v128.store(SPACES, i8x16.splat(SPACE));

function afterSpaces(from: usize): usize {
  let at = from;
  let byte = load<u8>(at);
  while (byte === SPACE || (byte >= 0x09 && byte <= 0x0d)) {
    at += 1;
    byte = load<u8>(at);
  }
  return at;
}

/** AWS writes none. */
export function afterSpace(from: usize): usize {
  return load<u8>(from) > SPACE ? from : afterSpaces(from);
}

/** Of a string whose first character stands at `from`. */
export function afterString(from: usize, end: usize): usize {
  const quotes = v128.load(QUOTES);
  const backslashes = v128.load(BACKSLASHES);
  let at = from;
  while (at < end) {
    const block = v128.load(at);
    const hits = i8x16.bitmask(v128.or(i8x16.eq(block, quotes), i8x16.eq(block, backslashes)));
    if (hits === 0) {
      at += 16;
      continue;
    }
    at += ctz(hits);
    if (load<u8>(at) === QUOTE) return at + 1;
    at += 2;
  }
  return end + 1;
}

/** Bit n is set where byte n of the four blocks is that one. */
function places(first: v128, second: v128, third: v128, fourth: v128, wanted: v128): u64 {
  return (
    <u64>i8x16.bitmask(i8x16.eq(first, wanted)) |
    ((<u64>i8x16.bitmask(i8x16.eq(second, wanted))) << 16) |
    ((<u64>i8x16.bitmask(i8x16.eq(third, wanted))) << 32) |
    ((<u64>i8x16.bitmask(i8x16.eq(fourth, wanted))) << 48)
  );
}

/** Each bit: are there an odd number of bits up to it? Set from an opening quote up to where its string is closed. */
function within(quotes: u64): u64 {
  let bits = quotes;
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  return bits ^ (bits << 32);
}

/**
 * Of an object or array, strings in it followed exactly: 64 bytes at once, by which of their quotes are open. Where a
 * string holds a backslash, it is followed by itself.
 */
function afterNested(from: usize, end: usize): usize {
  let depth: u64 = 0;
  let at = from;
  let open: u64 = 0;
  const quotation = v128.load(QUOTES);
  const backslashes = v128.load(BACKSLASHES);
  const opening = v128.load(OPENINGS);
  const closing = v128.load(CLOSINGS);
  // With that bit set brackets are braces.
  const bit = v128.load(SPACES);
  while (at < end) {
    const first = v128.load(at);
    const second = v128.load(at, 16);
    const third = v128.load(at, 32);
    const fourth = v128.load(at, 48);
    const escapes = places(first, second, third, fourth, backslashes);
    const known: u64 = escapes === 0 ? ~0 : ((<u64>1) << ctz(escapes)) - 1;
    const quotes = places(first, second, third, fourth, quotation) & known;
    const outside = ~(within(quotes) ^ open) & known;
    const a = v128.or(first, bit);
    const b = v128.or(second, bit);
    const c = v128.or(third, bit);
    const d = v128.or(fourth, bit);
    const openings = places(a, b, c, d, opening) & outside;
    const closings = places(a, b, c, d, closing) & outside;
    if (popcnt(closings) < depth) {
      depth += popcnt(openings) - popcnt(closings);
    } else {
      for (let left = openings | closings; left !== 0; left &= left - 1) {
        const hit = ctz(left);
        if (((openings >> hit) & 1) !== 0) {
          depth += 1;
        } else {
          depth -= 1;
          if (depth === 0) return at + <usize>hit + 1;
        }
      }
    }
    if ((popcnt(quotes) & 1) !== 0) open = ~open;
    if (escapes === 0) {
      at += 64;
    } else if (open === 0) {
      at += <usize>ctz(escapes) + 1;
    } else {
      at = afterString(at + <usize>ctz(escapes) + 2, end);
      open = 0;
    }
  }
  return end + 1;
}

export function isNested(from: usize): bool {
  return (load<u8>(from) | 0x20) === OPENING;
}

export function afterValue(from: usize, end: usize): usize {
  const first = load<u8>(from);
  if (first === QUOTE) return afterString(from + 1, end);
  if (isNested(from)) return afterNested(from, end);
  // A number, true, false or null.
  let at = from;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte === COMMA || (byte | 0x20) === CLOSING || byte <= SPACE) return at === from ? end + 1 : at;
    at += 1;
  }
  return end + 1;
}

export function isEscaped(from: usize, to: usize): bool {
  for (let at = from; at < to; at += 1) if (load<u8>(at) === BACKSLASH) return true;
  return false;
}

function differs(left: usize, right: usize): v128 {
  return v128.xor(v128.load(left), v128.load(right));
}

export function isEqual(left: usize, right: usize, length: usize): bool {
  let at: usize = 0;
  for (; at + 64 <= length; at += 64) {
    const from = left + at;
    const to = right + at;
    const first = v128.or(differs(from, to), differs(from + 16, to + 16));
    const second = v128.or(differs(from + 32, to + 32), differs(from + 48, to + 48));
    if (v128.any_true(v128.or(first, second))) return false;
  }
  for (; at + 16 <= length; at += 16) {
    if (v128.any_true(differs(left + at, right + at))) return false;
  }
  // The last sixteen, of which some were compared already.
  if (length >= 16) return !v128.any_true(differs(left + length - 16, right + length - 16));
  for (; at < length; at += 1) if (load<u8>(left + at) !== load<u8>(right + at)) return false;
  return true;
}

/** Does the needle (of two bytes or more) stand between the two? First and last byte are looked for at once. */
export function contains(from: usize, to: usize, needle: usize, length: usize): bool {
  if (to - from < length) return false;
  const firsts = i8x16.splat(load<u8>(needle));
  const lasts = i8x16.splat(load<u8>(needle + length - 1));
  const latest = to - length;
  for (let at = from; at <= latest; at += 16) {
    const first = i8x16.eq(v128.load(at), firsts);
    let hits = i8x16.bitmask(v128.and(first, i8x16.eq(v128.load(at + length - 1), lasts)));
    while (hits !== 0) {
      const hit = at + ctz(hits);
      if (hit > latest) return false;
      if (isEqual(hit, needle, length)) return true;
      hits &= hits - 1;
    }
  }
  return false;
}
