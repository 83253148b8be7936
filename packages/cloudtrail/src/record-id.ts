import { createHash } from "node:crypto";
import type { RecordId } from "./known-records.ts";

/** Hexadecimal digit → value, -1 for every other byte. */
const digits = Int8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-fA-F]/.test(String.fromCharCode(byte)) ? Number.parseInt(String.fromCharCode(byte), 16) : -1,
);

/**
 * Reads the 36 bytes of a UUID, as AWS writes eventIDs, into four numbers. False for anything else. Ids that differ
 * only in their letters' case are told apart by the records' content.
 */
export function uuidInto(id: RecordId, bytes: Uint8Array, from: number): boolean {
  let digit = 0;
  for (let i = 0; i < 36; i += 1) {
    const byte = bytes[from + i] as number;
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (byte !== 0x2d) return false;
    } else {
      const value = digits[byte] as number;
      if (value < 0) return false;
      id[digit >> 3] = ((id[digit >> 3] as number) << 4) | value;
      digit += 1;
    }
  }
  return true;
}

/** Any other text as an id. */
export function textInto(id: RecordId, text: string): void {
  const digest = createHash("sha256").update(text).digest();
  for (let i = 0; i < 4; i += 1) id[i] = digest.readInt32LE(4 * i);
}
