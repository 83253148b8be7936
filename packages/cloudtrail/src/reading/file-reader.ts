import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { messageOf } from "@plp/runtime/errors";

/** Usual log files take less, some of them together. */
const usual = 256 * 1024;
/** What one large file took is given back when the next is read. */
const mostKept = 32 * usual;

export interface FilesRead {
  /** Of each path its bytes, or why there are none. */
  readonly files: readonly ({ readonly bytes: Buffer } | { readonly reason: string })[];
  /** All bytes, one file's behind the other's. */
  readonly all: Buffer;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads some files after the others into the same memory, which holds until the next: buffers of their own would lie
 * there until somebody collects them, tens of megabytes in a second.
 */
export function fileReader(): (paths: readonly string[]) => FilesRead {
  let room: Buffer = Buffer.allocUnsafeSlow(usual);

  /** Reads a file behind what is there, and answers with the end. Also of a file that grows meanwhile all is read. */
  const append = (path: string, from: number): number => {
    const file = openSync(path, "r");
    try {
      const needed = from + fstatSync(file).size + 1;
      if (needed > room.length) room = larger(room, from, needed);
      for (let to = from; ; ) {
        const read = readSync(file, room, to, room.length - to, null);
        if (read === 0) return to;
        to += read;
        if (to === room.length) room = larger(room, to, 2 * to);
      }
    } finally {
      closeSync(file);
    }
  };

  return (paths) => {
    if (room.length > mostKept) room = Buffer.allocUnsafeSlow(usual);
    let end = 0;
    const spans = paths.map((path): Span | { readonly reason: string } => {
      try {
        const from = end;
        end = append(path, from);
        return { from, to: end };
      } catch (error) {
        return { reason: messageOf(error) };
      }
    });
    const files = spans.map((span) =>
      "reason" in span ? span : { bytes: room.subarray(span.from, span.to) },
    );
    return { files, all: room.subarray(0, end) };
  };
}

function larger(room: Buffer, kept: number, size: number): Buffer {
  const more = Buffer.allocUnsafeSlow(size);
  room.copy(more, 0, 0, kept);
  return more;
}
