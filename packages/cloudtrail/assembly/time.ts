/** Could not be read here: another writing, or a day that no calendar has. */
export const UNREAD: f64 = -Infinity;

const NINE: u32 = 9;

/** The two digits at `at`; 100 or more where one is none. */
function two(at: usize): i32 {
  const tens: u32 = <u32>load<u8>(at) - 0x30;
  const ones: u32 = <u32>load<u8>(at, 1) - 0x30;
  return tens > NINE || ones > NINE ? 10_000 : <i32>(10 * tens + ones);
}

function daysOf(month: i32, year: i32): i32 {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from the first of January 1970 in the Gregorian calendar. */
function dayNumber(year: i32, month: i32, day: i32): i32 {
  // Years that begin in March have their odd day at the end.
  const y = month <= 2 ? year - 1 : year;
  const m = month <= 2 ? month + 9 : month - 3;
  const era = (y >= 0 ? y : y - 399) / 400;
  const ofEra = y - era * 400;
  const ofYear = (153 * m + 2) / 5 + day - 1;
  return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468;
}

/** Milliseconds since 1970 of an eventTime as AWS writes it, `"2026-03-02T10:00:00Z"`, quotes included. */
export function timeAt(from: usize, to: usize): f64 {
  if (
    to - from !== 22 ||
    load<u8>(from) !== 0x22 ||
    load<u8>(from, 5) !== 0x2d ||
    load<u8>(from, 8) !== 0x2d ||
    load<u8>(from, 11) !== 0x54 ||
    load<u8>(from, 14) !== 0x3a ||
    load<u8>(from, 17) !== 0x3a ||
    load<u8>(from, 20) !== 0x5a
  ) {
    return UNREAD;
  }
  const year = 100 * two(from + 1) + two(from + 3);
  const month = two(from + 6);
  const day = two(from + 9);
  const hour = two(from + 12);
  const minute = two(from + 15);
  const second = two(from + 18);
  if (year > 9_999 || month < 1 || month > 12 || day < 1 || day > daysOf(month, year)) return UNREAD;
  if (hour > 23 || minute > 59 || second > 59) return UNREAD;
  return 1_000 * (86_400 * <f64>dayNumber(year, month, day) + <f64>(3_600 * hour + 60 * minute + second));
}
