/** Values that stood in files before, byte for byte, and what was found out about them. */
export interface KnownSpans<T> {
  /** What begins at that position, when it stood somewhere before. */
  find(bytes: Buffer, from: number): { readonly length: number; readonly value: T } | null;
  add(bytes: Buffer, from: number, to: number, value: T): void;
}

const places = 1 << 11;
/** Where sessions differ: in ids, names and keys. No session is shorter. */
const sample = { from: 16, to: 400, step: 3 } as const;
/** What is larger is no identity of AWS's. */
const largest = 4_096;

function placeOf(bytes: Buffer, from: number): number {
  const to = Math.min(from + sample.to, bytes.length);
  let hash = 0x811c9dc5;
  for (let i = from + sample.from; i < to; i += sample.step)
    hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return (hash ^ (hash >>> 15)) & (places - 1);
}

/**
 * Remembers the latest value of each place, some 2,000 in all: a pipeline's session makes hundreds of calls, and
 * comparing bytes costs a fraction of following them.
 */
export function knownSpans<T>(): KnownSpans<T> {
  const known: ({ readonly bytes: Buffer; readonly length: number; readonly value: T } | undefined)[] = [];
  return {
    find(bytes, from) {
      const entry = known[placeOf(bytes, from)];
      if (entry === undefined || from + entry.length > bytes.length) return null;
      return bytes.compare(entry.bytes, 0, entry.length, from, from + entry.length) === 0 ? entry : null;
    },
    add(bytes, from, to, value) {
      if (to - from > largest) return;
      const copy = Buffer.from(bytes.subarray(from, to));
      known[placeOf(bytes, from)] = { bytes: copy, length: copy.length, value };
    },
  };
}
