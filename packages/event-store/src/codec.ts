import { createHash } from "node:crypto";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";

/** Below this compression saves nothing that a write is billed for. */
const COMPRESS_FROM = 1024;
/** An item holds 400 KB; nothing honest unpacks to more than this. */
const MAX_UNPACKED = 64 * 1024 * 1024;
const MARK = 0x62;
const CHECK_BYTES = 8;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The canonical text as bytes: plain UTF-8 (it begins with `[`), or, when large, `b`, eight bytes of the SHA-256 of
 * what follows, and a brotli stream. The check makes any changed byte visible, also one that brotli would ignore.
 */
export function packText(canonical: string): Uint8Array {
  const plain = Buffer.from(canonical, "utf8");
  if (plain.length < COMPRESS_FROM) return plain;
  const small = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  if (small.length + CHECK_BYTES + 1 >= plain.length) return plain;
  return Buffer.concat([Buffer.of(MARK), check(small), small]);
}

/** The opposite of packText. Throws a plain Error that says what is wrong with the bytes. */
export function unpackText(bytes: Uint8Array): string {
  const plain = bytes[0] === MARK ? decompress(bytes) : bytes;
  return utf8.decode(plain);
}

function decompress(bytes: Uint8Array): Uint8Array {
  const small = bytes.subarray(1 + CHECK_BYTES);
  if (!check(small).equals(bytes.subarray(1, 1 + CHECK_BYTES)))
    throw new Error("the compressed bytes do not match their check sum");
  return brotliDecompressSync(small, { maxOutputLength: MAX_UNPACKED });
}

function check(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest().subarray(0, CHECK_BYTES);
}
