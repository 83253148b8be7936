import { statSync } from "node:fs";

/** Larger files (packed) are read before all others: one that is begun last would keep every other core waiting. */
const large = 4 * 1024 * 1024;

/** Which of several readers reads which file, in memory that all of them look into. */
export interface Schedule {
  /** Numbers of the files, the large ones first. */
  readonly order: Int32Array;
  readonly state: SharedArrayBuffer;
}

export interface Planned {
  readonly order: Int32Array;
  /** So many at the begin of the order are large. */
  readonly large: number;
  /** Of all files, packed. */
  readonly bytes: number;
}

/** The order in which files are best read: the large ones first, largest first, the others as they come. */
export function planned(paths: readonly string[]): Planned {
  const sizes = paths.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  const size = (file: number) => sizes[file] ?? 0;
  const numbers = paths.map((_, file) => file);
  const first = numbers.filter((file) => size(file) >= large).sort((a, b) => size(b) - size(a));
  const rest = numbers.filter((file) => size(file) < large);
  const bytes = sizes.reduce((sum, one) => sum + one, 0);
  return { order: Int32Array.from([...first, ...rest]), large: first.length, bytes };
}

/** The lock, the next large file and the end of those, and of each reader the range that is left to it. */
const slot = { lock: 0, next: 1, end: 2, ranges: 3 } as const;

/**
 * Each reader has a run of neighbouring files, because neighbours are alike: the same roles of one account and Region
 * make the same calls there.
 */
export function scheduleOf({ order, large }: Planned, readers: number): Schedule {
  const state = new SharedArrayBuffer(4 * (slot.ranges + 2 * readers));
  const numbers = new Int32Array(state);
  numbers[slot.end] = large;
  const share = (reader: number) => large + Math.floor(((order.length - large) * reader) / readers);
  for (let reader = 0; reader < readers; reader += 1) {
    numbers[slot.ranges + 2 * reader] = share(reader);
    numbers[slot.ranges + 2 * reader + 1] = share(reader + 1);
  }
  return { order, state };
}

/** The next file for a reader: a large one, one of its own, or the last one of whoever has most left; -1 for none. */
export function takeFile({ order, state }: Schedule, reader: number): number {
  const numbers = new Int32Array(state);
  while (Atomics.compareExchange(numbers, slot.lock, 0, 1) !== 0) Atomics.wait(numbers, slot.lock, 1, 1);
  const place = takePlace(numbers, slot.ranges + 2 * reader);
  Atomics.store(numbers, slot.lock, 0);
  return place < 0 ? -1 : (order[place] ?? -1);
}

function takePlace(numbers: Int32Array, own: number): number {
  const left = (range: number) => (numbers[range + 1] as number) - (numbers[range] as number);
  const next = (at: number) => {
    const place = numbers[at] as number;
    numbers[at] = place + 1;
    return place;
  };
  if ((numbers[slot.next] as number) < (numbers[slot.end] as number)) return next(slot.next);
  if (left(own) > 0) return next(own);
  let most = own;
  for (let range: number = slot.ranges; range < numbers.length; range += 2) {
    if (left(range) > left(most)) most = range;
  }
  if (left(most) <= 0) return -1;
  const place = (numbers[most + 1] as number) - 1;
  numbers[most + 1] = place;
  return place;
}
