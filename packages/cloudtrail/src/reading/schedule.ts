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
}

/** How large files are (packed), by their numbers; each is looked at once, when somebody asks. */
export interface Sizes {
  /** So many files. */
  readonly files: number;
  of(file: number): number;
}

export function sizesOf(paths: readonly string[]): Sizes {
  const sizes: (number | undefined)[] = [];
  return {
    files: paths.length,
    of(file) {
      const size = sizes[file] ?? statSync(paths[file] ?? "", { throwIfNoEntry: false })?.size ?? 0;
      sizes[file] = size;
      return size;
    },
  };
}

/** So much (packed) is read before what was found is kept: a few seconds. */
const leg = 512 * 1024 * 1024;

/**
 * The files from a number on in the order in which they are best read: the large ones first, largest first, the others
 * as they come. In one leg, or, where what was found is to be kept now and then, in several.
 */
export function legsOf(sizes: Sizes, from: number, several: boolean): readonly Planned[] {
  const legs: Planned[] = [];
  let files: { readonly file: number; readonly size: number }[] = [];
  let bytes = 0;
  const end = () => {
    if (files.length > 0) legs.push(planned(files));
    files = [];
    bytes = 0;
  };
  for (let file = from; file < sizes.files; file += 1) {
    const size = sizes.of(file);
    files.push({ file, size });
    bytes += size;
    if (several && bytes >= leg) end();
  }
  end();
  return legs;
}

function planned(files: readonly { readonly file: number; readonly size: number }[]): Planned {
  const first = files.filter(({ size }) => size >= large).sort((a, b) => b.size - a.size);
  const rest = files.filter(({ size }) => size < large);
  return { order: Int32Array.from([...first, ...rest], ({ file }) => file), large: first.length };
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

/** More files are not taken at once. */
const mostAtOnce = 8;

/**
 * The next files for a reader: a large one, some of its own, or the last of whoever has most left; none at the end. The
 * fewer are left the fewer are taken at once, so that no reader waits long for another.
 */
export function takeFiles({ order, state }: Schedule, reader: number): readonly number[] {
  const [from, to] = locked(state, (numbers) => takePlaces(numbers, slot.ranges + 2 * reader));
  return [...order.subarray(from, to)];
}

/** From now on there is nothing left for anybody. */
export function abandon({ state }: Schedule): void {
  locked(state, (numbers) => {
    numbers[slot.next] = numbers[slot.end] as number;
    for (let range: number = slot.ranges; range < numbers.length; range += 2)
      numbers[range] = numbers[range + 1] as number;
  });
}

function locked<T>(state: SharedArrayBuffer, work: (numbers: Int32Array) => T): T {
  const numbers = new Int32Array(state);
  while (Atomics.compareExchange(numbers, slot.lock, 0, 1) !== 0) Atomics.wait(numbers, slot.lock, 1, 1);
  const done = work(numbers);
  Atomics.store(numbers, slot.lock, 0);
  return done;
}

function takePlaces(numbers: Int32Array, own: number): readonly [number, number] {
  const left = (range: number) => (numbers[range + 1] as number) - (numbers[range] as number);
  const next = (at: number, count: number) => {
    const from = numbers[at] as number;
    numbers[at] = from + count;
    return [from, from + count] as const;
  };
  const atOnce = (range: number) => Math.min(mostAtOnce, Math.ceil(left(range) / mostAtOnce));
  if ((numbers[slot.next] as number) < (numbers[slot.end] as number)) return next(slot.next, 1);
  if (left(own) > 0) return next(own, atOnce(own));
  let most = own;
  for (let range: number = slot.ranges; range < numbers.length; range += 2) {
    if (left(range) > left(most)) most = range;
  }
  const to = numbers[most + 1] as number;
  const from = to - atOnce(most);
  numbers[most + 1] = from;
  return [from, to];
}
