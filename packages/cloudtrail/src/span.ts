import { type TrailRecord, textOf, timeOf } from "./record.ts";

/** Bytes that can be read as text and searched. */
export interface FileBytes {
  readonly bytes: Buffer;
  /** One byte, one character: for comparing, not for reading. */
  text(from: number, to: number): string;
  json(from: number, to: number): unknown;
  /** The text of a string or number, as `textOf` would tell it of the parsed value. */
  string(from: number, to: number): string | null;
}

export function fileBytes(unpacked: Uint8Array): FileBytes {
  const bytes = Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength);
  const json = (from: number, to: number) => JSON.parse(bytes.toString("utf8", from, to)) as unknown;
  return {
    bytes,
    json,
    string(from, to) {
      const quoted = bytes[from] === 0x22;
      const text = quoted ? bytes.toString("utf8", from + 1, to - 1) : "";
      return textOf(quoted && !text.includes("\\") ? text : json(from, to));
    },
    text: (from, to) => bytes.toString("latin1", from, to),
  };
}

/**
 * Does one of some needles occur between two positions? Asked with rising positions, it looks at each byte at most
 * once for each needle, and at none where the next one is known to lie ahead.
 */
export function finders(
  bytes: Buffer,
  needles: readonly Uint8Array[],
): (from: number, to: number) => boolean {
  const next = needles.map((needle) => bytes.indexOf(needle));
  return (from, to) => {
    for (let i = 0; i < next.length; i += 1) {
      let at = next[i] as number;
      if (at !== -1 && at < from) {
        at = bytes.indexOf(needles[i] as Uint8Array, from);
        next[i] = at;
      }
      if (at !== -1 && at < to) return true;
    }
    return false;
  };
}

/** The number that `count` digits write; NaN where they are none. */
function number(bytes: Buffer, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i += 1) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Milliseconds of an eventTime as it stands in a file, quotes included; the same as of the parsed value. */
export function timeAt(file: FileBytes, from: number, to: number): TrailRecord["time"] {
  const { bytes } = file;
  const is = (offset: number, char: number) => bytes[from + offset] === char;
  const dashes = is(5, 0x2d) && is(8, 0x2d) && is(11, 0x54) && is(14, 0x3a) && is(17, 0x3a) && is(20, 0x5a);
  if (to - from === 22 && dashes) {
    const year = number(bytes, from + 1, 4);
    const month = number(bytes, from + 6, 2);
    const day = number(bytes, from + 9, 2);
    const hour = number(bytes, from + 12, 2);
    const minute = number(bytes, from + 15, 2);
    const second = number(bytes, from + 18, 2);
    // What every calendar has; the rest is Date's to judge.
    const plain = year >= 1900 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
    if (plain && hour <= 23 && minute <= 59 && second <= 59) {
      return Date.UTC(year, month - 1, day, hour, minute, second);
    }
  }
  return timeOf(textOf(file.json(from, to)));
}
