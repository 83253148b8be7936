import { textOf } from "../mapping/record.ts";

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
