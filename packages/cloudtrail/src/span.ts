import { type TrailRecord, textOf, timeOf } from "./record.ts";

/** A file's bytes, read as JSON. */
export interface FileBytes {
  readonly bytes: Buffer;
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
  };
}

/** The number that two digits write; NaN where they are none. */
function two(bytes: Buffer, from: number): number {
  const tens = (bytes[from] as number) - 0x30;
  const ones = (bytes[from + 1] as number) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : Number.NaN;
}

/**
 * Reads the eventTimes of files, quotes included, in milliseconds: the same as of the parsed value. Remembers the
 * last day: a file's records are of one or two.
 */
export function timeReader(): (file: FileBytes, from: number, to: number) => TrailRecord["time"] {
  let day = Number.NaN;
  let midnight = 0;
  const isDay = (file: FileBytes, from: number, found: number): boolean => {
    if (found === day) return true;
    const text = file.bytes.toString("latin1", from + 1, from + 11);
    const time = Date.parse(`${text}T00:00:00Z`);
    // What no calendar has, Date takes for a later day.
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) return false;
    day = found;
    midnight = time;
    return true;
  };
  return (file, from, to) => {
    const { bytes } = file;
    if (
      to - from === 22 &&
      bytes[from] === 0x22 &&
      bytes[from + 5] === 0x2d &&
      bytes[from + 8] === 0x2d &&
      bytes[from + 11] === 0x54 &&
      bytes[from + 14] === 0x3a &&
      bytes[from + 17] === 0x3a &&
      bytes[from + 20] === 0x5a
    ) {
      const years = 100 * two(bytes, from + 1) + two(bytes, from + 3);
      const found = 10_000 * years + 100 * two(bytes, from + 6) + two(bytes, from + 9);
      const hour = two(bytes, from + 12);
      const minute = two(bytes, from + 15);
      const second = two(bytes, from + 18);
      if (hour <= 23 && minute <= 59 && second <= 59 && isDay(file, from, found)) {
        return midnight + 1_000 * (3_600 * hour + 60 * minute + second);
      }
    }
    return timeOf(textOf(file.json(from, to)));
  };
}
