/** Where a record stands: the number of its file, and where it begins there. */
export interface RecordPlace {
  readonly file: number;
  /** The first byte of the unpacked file; below 0 the record's place in the parsed list, as -1 - index. */
  readonly from: number;
  /** The byte after it; 0 where `from` is below 0. */
  readonly to: number;
}

/** 128 bits of an eventID, in four numbers. */
export type RecordId = Int32Array;

export interface KnownRecords {
  /**
   * Remembers a record, and answers whether one was known that has its id and is the same by `same`. Only then is
   * the new one not remembered.
   */
  seen(
    id: RecordId,
    file: number,
    from: number,
    to: number,
    same: (known: RecordPlace, place: RecordPlace) => boolean,
  ): boolean;
}

const ways = 14;
const buckets = 1 << 16;
/** Of each bucket: its lock, whose turn it is to go, and the first number of each id; one line of a cache. */
const perHead = 2 + ways;
/** Of each entry: the other three numbers of its id, file + 1, from, to. */
const perEntry = 6;

/** Memory that every worker looks into: some 900,000 records, 26 MB, whatever the number of files. */
export function knownRecordsMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(buckets * (perHead + ways * perEntry) * 4);
}

/**
 * The last 900,000 records or so of all workers together, by eventID. A duplicate comes within hours in a file of the
 * same account and Region, so it lies near, but often in a file that another worker reads. Each bucket is
 * locked for the few reads and writes that it takes; the oldest of its entries makes room.
 */
export function knownRecords(memory: SharedArrayBuffer): KnownRecords {
  const heads = new Int32Array(memory, 0, buckets * perHead);
  const entries = new Int32Array(memory, buckets * perHead * 4);

  const remember = (bucket: number, id: RecordId, file: number, from: number, to: number) => {
    const head = bucket * perHead;
    const way = heads[head + 1] as number;
    heads[head + 1] = way + 1 === ways ? 0 : way + 1;
    heads[head + 2 + way] = id[0] as number;
    const at = (bucket * ways + way) * perEntry;
    entries[at] = id[1] as number;
    entries[at + 1] = id[2] as number;
    entries[at + 2] = id[3] as number;
    // 0 stands for an empty entry.
    entries[at + 3] = file + 1;
    entries[at + 4] = from;
    entries[at + 5] = to;
  };

  const find = (bucket: number, id: RecordId): RecordPlace[] | null => {
    let found: RecordPlace[] | null = null;
    for (let way = 0; way < ways; way += 1) {
      if (heads[bucket * perHead + 2 + way] !== id[0]) continue;
      const at = (bucket * ways + way) * perEntry;
      const equal = entries[at] === id[1] && entries[at + 1] === id[2] && entries[at + 2] === id[3];
      if (!equal || entries[at + 3] === 0) continue;
      found ??= [];
      found.push({
        file: (entries[at + 3] as number) - 1,
        from: entries[at + 4] as number,
        to: entries[at + 5] as number,
      });
    }
    return found;
  };

  const lock = (head: number) => {
    while (Atomics.compareExchange(heads, head, 0, 1) !== 0) Atomics.wait(heads, head, 1, 1);
  };

  return {
    seen(id, file, from, to, same) {
      const [a, b, c, d] = [id[0] as number, id[1] as number, id[2] as number, id[3] as number];
      const bucket = (a ^ (b >>> 7) ^ (c << 5) ^ d) & (buckets - 1);
      const head = bucket * perHead;
      lock(head);
      const suspects = find(bucket, id);
      if (suspects === null) remember(bucket, id, file, from, to);
      Atomics.store(heads, head, 0);
      if (suspects === null) return false;
      // Files are read again outside of the lock: that two records share an id is rare.
      const place = { file, from, to };
      if (suspects.some((known) => same(known, place))) return true;
      lock(head);
      remember(bucket, id, file, from, to);
      Atomics.store(heads, head, 0);
      return false;
    },
  };
}
