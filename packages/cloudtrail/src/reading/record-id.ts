import { createHash } from "node:crypto";

/** Hexadecimal digit → value, -1 for every other byte. */
const digits = Int8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-fA-F]/.test(String.fromCharCode(byte)) ? Number.parseInt(String.fromCharCode(byte), 16) : -1,
);

/** Reads the 36 bytes of a UUID into four numbers, as assembly/uuid.ts does. False for anything else. */
function uuidInto(id: Int32Array, bytes: Uint8Array): boolean {
  let digit = 0;
  for (let i = 0; i < 36; i += 1) {
    const byte = bytes[i] as number;
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

/** Four numbers for any text: of a UUID its bits, of another text its hash. */
export function idInto(id: Int32Array, text: string): void {
  const bytes = Buffer.from(text);
  if (bytes.length === 36 && uuidInto(id, bytes)) return;
  const digest = createHash("sha256").update(text).digest();
  for (let i = 0; i < 4; i += 1) id[i] = digest.readInt32LE(4 * i);
}
