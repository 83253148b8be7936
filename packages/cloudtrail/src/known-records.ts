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

  const remember = (bucket: number, ids: Int32Array, id: number, file: number, from: number, to: number) => {
    const head = bucket * perHead;
    const way = heads[head + 1] as number;
    heads[head + 1] = way + 1 === ways ? 0 : way + 1;
    heads[head + 2 + way] = ids[id] as number;
    const at = (bucket * ways + way) * perEntry;
    entries[at] = ids[id + 1] as number;
    entries[at + 1] = ids[id + 2] as number;
    entries[at + 2] = ids[id + 3] as number;
    // 0 stands for an empty entry.
    entries[at + 3] = file + 1;
    entries[at + 4] = from;
    entries[at + 5] = to;
  };

  const find = (bucket: number, ids: Int32Array, id: number): RecordPlace[] | null => {
    const first = bucket * perHead + 2;
    let found: RecordPlace[] | null = null;
    for (let way = 0; way < ways; way += 1) {
      if (heads[first + way] !== ids[id]) continue;
      const at = (bucket * ways + way) * perEntry;
      const equal =
        entries[at] === ids[id + 1] && entries[at + 1] === ids[id + 2] && entries[at + 2] === ids[id + 3];
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
    seen(ids, id, file, from, to, same) {
      const bucket = bucketOf(ids, id);
      const head = bucket * perHead;
      lock(head);
      const suspects = find(bucket, ids, id);
      if (suspects === null) remember(bucket, ids, id, file, from, to);
      Atomics.store(heads, head, 0);
      if (suspects === null) return false;
      // Files are read again outside of the lock: that two records share an id is rare.
      const place = { file, from, to };
      if (suspects.some((known) => same(known, place))) return true;
      lock(head);
      remember(bucket, ids, id, file, from, to);
      Atomics.store(heads, head, 0);
      return false;
    },
    touch(ids, id) {
      const bucket = bucketOf(ids, id);
      // Plain reads would be left out, because nobody asks for what they read.
      const way = Atomics.load(heads, bucket * perHead + 1);
      const at = (bucket * ways + way) * perEntry;
      Atomics.load(entries, at);
      Atomics.load(entries, at + perEntry - 1);
    },
  };
}

function bucketOf(ids: Int32Array, id: number): number {
  const [a, b] = [ids[id] as number, ids[id + 1] as number];
  return (a ^ (b >>> 7) ^ ((ids[id + 2] as number) << 5) ^ (ids[id + 3] as number)) & (buckets - 1);
}
