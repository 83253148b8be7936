/** Sixteen bytes at a time: each answers with the position after something, or one beyond the end where it never ends. */

const QUOTE: u8 = 0x22;
const COMMA: u8 = 0x2c;
const BACKSLASH: u8 = 0x5c;
/** Brackets and braces differ in one bit. */
const OPENING: u8 = 0x7b;
const CLOSING: u8 = 0x7d;
const SPACE: u8 = 0x20;

export function afterSpace(from: usize): usize {
  let at = from;
  let byte = load<u8>(at);
  while (byte === SPACE || (byte >= 0x09 && byte <= 0x0d)) {
    at += 1;
    byte = load<u8>(at);
  }
  return at;
}

/** Of a string whose first character stands at `from`. */
export function afterString(from: usize, end: usize): usize {
  const quotes = i8x16.splat(QUOTE);
  const backslashes = i8x16.splat(BACKSLASH);
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

/** Of an object or array, strings in it followed exactly. */
function afterNested(from: usize, end: usize): usize {
  const quotes = i8x16.splat(QUOTE);
  const bit = i8x16.splat(0x20);
  const openings = i8x16.splat(OPENING);
  const closings = i8x16.splat(CLOSING);
  let depth = 0;
  let at = from;
  while (at < end) {
    const block = v128.load(at);
    const plain = v128.or(block, bit);
    const brackets = v128.or(i8x16.eq(plain, openings), i8x16.eq(plain, closings));
    let hits = i8x16.bitmask(v128.or(i8x16.eq(block, quotes), brackets));
    const base = at;
    at += 16;
    while (hits !== 0) {
      const hit = base + ctz(hits);
      const byte = load<u8>(hit);
      if (byte === QUOTE) {
        at = afterString(hit + 1, end);
        break;
      }
      if ((byte | 0x20) === OPENING) {
        depth += 1;
      } else {
        depth -= 1;
        if (depth === 0) return hit + 1;
      }
      hits &= hits - 1;
    }
  }
  return end + 1;
}

export function afterValue(from: usize, end: usize): usize {
  const first = load<u8>(from);
  if (first === QUOTE) return afterString(from + 1, end);
  if ((first | 0x20) === OPENING) return afterNested(from, end);
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

export function isEqual(left: usize, right: usize, length: usize): bool {
  let at: usize = 0;
  for (; at + 16 <= length; at += 16) {
    if (v128.any_true(v128.xor(v128.load(left + at), v128.load(right + at)))) return false;
  }
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
