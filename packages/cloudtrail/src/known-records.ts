/** Where a record stands: the number of its file, and where it begins there. */
export interface RecordPlace {
  readonly file: number;
  /** The first byte of the unpacked file; below 0 the record's place in the parsed list, as -1 - index. */
  readonly from: number;
  /** The byte after it; 0 where `from` is below 0. */
  readonly to: number;
}

export interface KnownRecords {
  /**
   * Remembers a record, and answers whether one was known that has its id (four numbers of `ids` from `id` on) and is
   * the same by `same`. Only then is the new one not remembered.
   */
  seen(
    ids: Int32Array,
    id: number,
    file: number,
    from: number,
    to: number,
    same: (known: RecordPlace, place: RecordPlace) => boolean,
  ): boolean;
  /** Looks at where the id would stand, without a lock: soon after, `seen` need not wait for that memory. */
  touch(ids: Int32Array, id: number): void;
}

const ways = 14;
const buckets = 1 << 16;
/** Of each bucket: its lock, whose turn it is to go, and its entries; one line of a cache. */
const perBucket = 2 + ways;
/** An entry holds a place in the log, and above that as much of the id as there is room for; 0 for none. */
const placeBits = 19;
const places = 1 << placeBits;
/** Of each record in the log: the four numbers of its id, file, from, to. */
const perRecord = 7;
const mostWriters = 1_024;

/** Memory that all readers look into: some 500,000 records, whatever the number of files. */
export function knownRecordsMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (mostWriters + buckets * perBucket + places * perRecord));
}

/**
 * The last 500,000 records or so of all readers together, by eventID. A duplicate comes within hours in a file of the
 * same account and Region, so it lies near, but often in a file that another one reads. Each of `writers` has
 * a part of the log for itself and writes that from its begin to its end, again and again; a bucket is locked for
 * the few reads and writes that it takes, and the oldest of its entries makes room.
 */
export function knownRecords(memory: SharedArrayBuffer, writer: number, writers: number): KnownRecords {
  const next = new Int32Array(memory, 0, mostWriters);
  const heads = new Int32Array(memory, 4 * mostWriters, buckets * perBucket);
  const log = new Int32Array(memory, 4 * (mostWriters + buckets * perBucket), places * perRecord);
  const size = Math.floor(places / Math.min(writers, mostWriters));
  const begin = size * Math.min(writer, mostWriters - 1);

  const write = (ids: Int32Array, id: number, file: number, from: number, to: number): number => {
    // An entry of 0 is none, so the first place of all stays empty.
    const offset = (next[writer] as number) % size || 1;
    const place = begin + offset;
    next[writer] = offset + 1;
    const at = perRecord * place;
    log[at] = ids[id] as number;
    log[at + 1] = ids[id + 1] as number;
    log[at + 2] = ids[id + 2] as number;
    log[at + 3] = ids[id + 3] as number;
    log[at + 4] = file;
    log[at + 5] = from;
    log[at + 6] = to;
    return place;
  };

  const remember = (head: number, ids: Int32Array, id: number, place: number) => {
    const way = heads[head + 1] as number;
    heads[head + 1] = way + 1 === ways ? 0 : way + 1;
    heads[head + 2 + way] = ((ids[id + 1] as number) & -places) | place;
  };

  const find = (head: number, ids: Int32Array, id: number): RecordPlace[] | null => {
    const tag = (ids[id + 1] as number) >> placeBits;
    let found: RecordPlace[] | null = null;
    for (let way = head + 2; way < head + perBucket; way += 1) {
      const entry = heads[way] as number;
      if (entry >> placeBits !== tag || entry === 0) continue;
      const at = perRecord * (entry & (places - 1));
      if (log[at] !== ids[id] || log[at + 1] !== ids[id + 1]) continue;
      if (log[at + 2] !== ids[id + 2] || log[at + 3] !== ids[id + 3]) continue;
      found ??= [];
      found.push({
        file: log[at + 4] as number,
        from: log[at + 5] as number,
        to: log[at + 6] as number,
      });
    }
    return found;
  };

  const lock = (head: number) => {
    while (Atomics.compareExchange(heads, head, 0, 1) !== 0) Atomics.wait(heads, head, 1, 1);
  };

  return {
    seen(ids, id, file, from, to, same) {
      const head = headOf(ids, id);
      const own = write(ids, id, file, from, to);
      lock(head);
      const suspects = find(head, ids, id);
      if (suspects === null) remember(head, ids, id, own);
      Atomics.store(heads, head, 0);
      if (suspects === null) return false;
      // Files are read again outside of the lock: that two records share an id is rare.
      const place = { file, from, to };
      if (suspects.some((known) => same(known, place))) return true;
      lock(head);
      remember(head, ids, id, own);
      Atomics.store(heads, head, 0);
      return false;
    },
    touch(ids, id) {
      // A plain read would be left out, because nobody asks for what it reads.
      Atomics.load(heads, headOf(ids, id));
    },
  };
}

function headOf(ids: Int32Array, id: number): number {
  const [a, b] = [ids[id] as number, ids[id + 1] as number];
  return (
    perBucket * ((a ^ (b >>> 7) ^ ((ids[id + 2] as number) << 5) ^ (ids[id + 3] as number)) & (buckets - 1))
  );
}
