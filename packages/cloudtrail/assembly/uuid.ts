const DASH: u8 = 0x2d;

/** Are all sixteen digits of a hexadecimal number? */
function areDigits(text: v128): bool {
  const decimal = i8x16.le_u(i8x16.sub(text, i8x16.splat(0x30)), i8x16.splat(9));
  const lower = v128.or(text, i8x16.splat(0x20));
  const letter = i8x16.le_u(i8x16.sub(lower, i8x16.splat(0x61)), i8x16.splat(5));
  return i8x16.all_true(v128.or(decimal, letter));
}

/** What each two of sixteen digits say, in eight lanes. */
function bytesOf(text: v128): v128 {
  // Letters have the bit 0x40, and are nine more than their low bits say.
  const letters = v128.and(i16x8.shr_u(text, 6), i8x16.splat(1));
  const nines = v128.or(letters, i16x8.shl(letters, 3));
  const digits = i8x16.add(v128.and(text, i8x16.splat(0x0f)), nines);
  return v128.and(v128.or(i16x8.shl(digits, 4), i16x8.shr_u(digits, 8)), i16x8.splat(0xff));
}

/** The bytes of each four in reverse order. */
function reversed(bytes: v128): v128 {
  const pairs = v128.or(i16x8.shl(bytes, 8), i16x8.shr_u(bytes, 8));
  return v128.or(i32x4.shl(pairs, 16), i32x4.shr_u(pairs, 16));
}

/**
 * Reads the 36 bytes of a UUID, as AWS writes eventIDs, into four numbers. False for anything else. Ids that differ
 * only in their letters' case are told apart by the records' content.
 */
export function readUuid(from: usize, into: usize): bool {
  if (load<u8>(from, 8) !== DASH || load<u8>(from, 13) !== DASH) return false;
  if (load<u8>(from, 18) !== DASH || load<u8>(from, 23) !== DASH) return false;
  // Between the dashes the digits stand four by four.
  const first = v128.load_lane<u32>(from + 14, v128.load_lane<u32>(from + 9, v128.load(from), 2), 3);
  const second = v128.load_lane<u32>(from + 19, v128.load(from, 20), 0);
  if (!areDigits(first) || !areDigits(second)) return false;
  v128.store(into, reversed(i8x16.narrow_i16x8_u(bytesOf(first), bytesOf(second))));
  return true;
}
