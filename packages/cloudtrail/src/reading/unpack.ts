import { type Gunzip, gunzipSync } from "node:zlib";
import { messageOf } from "@plp/runtime/errors";

/** A file's bytes, unpacked where they were gzip; else why they cannot be. */
export type Unpacked = UnpackedLog | { readonly reason: string };

export interface UnpackedLog {
  readonly unpacked: Uint8Array;
  /** Gives the memory back at once. Nobody may look at the bytes after it. */
  release(): void;
}

/** One file unpacks to at most this; CloudTrail's own stay far below. */
const largest = 512 * 1024 * 1024;
/** Files are unpacked together to at most this. */
const mostTogether = 4 * 1024 * 1024;

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Gzip ends with the size of what its last member holds; null where that cannot be true. */
function toldSize(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length < 18 ? 0 : view.getUint32(bytes.length - 4, true);
  return size < 64 || size > bytes.length * 1_032 ? null : size;
}

function gunzipped(bytes: Uint8Array): Uint8Array {
  // One allocation instead of many, where the size is told.
  const size = toldSize(bytes);
  const chunkSize = size === null ? 16_384 : Math.min(size + 1, 64 * 1024 * 1024);
  return gunzipSync(bytes, { maxOutputLength: largest, chunkSize });
}

/** Smaller ones may share their memory with others. */
const own = 64 * 1024;

/** Collected later, the files of a second would need hundreds of megabytes. */
function giveBack({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength >= own) buffer.transfer(0);
}

/** The bytes of a log file, unpacked where they are gzip by their content; else why they cannot be. */
export function unpackLog(bytes: Uint8Array): Unpacked {
  if (bytes.length === 0) {
    return { reason: "the file is empty" };
  }
  if (!isGzip(bytes)) return { unpacked: bytes, release() {} };
  try {
    const unpacked = gunzipped(bytes);
    return { unpacked, release: () => giveBack(unpacked) };
  } catch (error) {
    const truncated = /unexpected end of file/i.test(messageOf(error));
    const reason = truncated
      ? `ends too early, after byte ${bytes.length}`
      : `is damaged: ${messageOf(error)}`;
    return { reason: `gzip ${reason}` };
  }
}

/**
 * Unpacks files that lie one behind the other in `all`, in one go: what Node keeps of each unpacking until it collects
 * adds up to tens of megabytes. Null where they must be unpacked one by one: where one is no gzip, is damaged, or does
 * not have the size that its end tells, so that nobody knows where the next one begins.
 */
export function unpackTogether(files: readonly Uint8Array[], all: Uint8Array): readonly UnpackedLog[] | null {
  const sizes = files.map((bytes) => (isGzip(bytes) ? toldSize(bytes) : null));
  const total = sizes.reduce<number>((sum, size) => sum + (size ?? Number.POSITIVE_INFINITY), 0);
  if (files.length < 2 || total > mostTogether) return null;
  const unpacked = gunzippedWhole(all, total);
  if (unpacked === null) return null;
  let left = files.length;
  let from = 0;
  return sizes.map((size) => {
    const begin = from;
    from += size ?? 0;
    return {
      unpacked: unpacked.subarray(begin, from),
      release() {
        left -= 1;
        if (left === 0) giveBack(unpacked);
      },
    };
  });
}

/** Null where not all of it is gzip, or holds more or less than that. Then each member has the size that its end tells. */
function gunzippedWhole(all: Uint8Array, size: number): Buffer | null {
  try {
    const options = { maxOutputLength: size, chunkSize: size + 1, info: true } as const;
    // With `info` it also tells how far it came: zeros behind a member would end it.
    const told = gunzipSync(all, options) as unknown as { readonly buffer: Buffer; readonly engine: Gunzip };
    return told.engine.bytesWritten === all.length && told.buffer.length === size ? told.buffer : null;
  } catch {
    // One by one it is told which, and why.
    return null;
  }
}
