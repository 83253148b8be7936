/**
 * The memory of records, a module of its own because all readers share it: whoever finds an id there reads what another
 * reader wrote. From the start: of each writer where it writes next; buckets; the log; of each reader room for ids.
 */

/** Readers, and one more who writes: whoever counts in the end what only other accounts recorded. */
const MOST_WRITERS: usize = 128;
/** Of each bucket its lock, whose turn it is to go (one byte), a byte that says nothing, and its entries; one line of a cache. */
const HEADS: usize = MOST_WRITERS * 4;
const BUCKET: usize = 64;
const TURN: usize = 4;
const UNUSED: usize = 5;
const BUCKETS: usize = 1 << 16;
const WAYS: usize = 14;
/** An entry holds a place in the log, and above that as much of the id as there is room for; 0 for none. */
const PLACE_BITS: i32 = 19;
const PLACES: usize = 1 << PLACE_BITS;
/** Of each record: the four words of its id, its file, where it begins there and where it ends. */
const LOG: usize = HEADS + BUCKETS * BUCKET;
const RECORD: usize = 28;
/** An id that is looked for: its four words, begin and end of the record, and 1 for asking, 2 for found. */
const IDS: usize = LOG + PLACES * RECORD;
const ID: usize = 28;
const ASKS: usize = 24;

/** At most so many ids are looked for at once. Behind them is room for the places of all entries of a bucket. */
export const MOST_IDS: usize = 512;
const PER_READER: usize = MOST_IDS * ID + WAYS * 12;

/** Where the ids of a reader stand. */
export function idsOf(reader: usize): usize {
  return IDS + reader * PER_READER;
}

function headOf(id: usize): usize {
  const hash = load<u32>(id) ^ (load<u32>(id, 4) >> 7) ^ (load<u32>(id, 8) << 5) ^ load<u32>(id, 12);
  return HEADS + <usize>(hash & (<u32>BUCKETS - 1)) * BUCKET;
}

/** Nanoseconds. */
const A_MOMENT: i64 = 1_000_000;

function lock(head: usize): void {
  while (atomic.cmpxchg<i32>(head, 0, 1) !== 0) atomic.wait<i32>(head, 1, A_MOMENT);
}

function unlock(head: usize): void {
  atomic.store<i32>(head, 0);
}

/** Writes a record into the writer's own part of the log, from its begin to its end, again and again. */
function write(id: usize, file: i32, writer: usize, begin: u32, size: u32): u32 {
  const next = writer * 4;
  // An entry of 0 is none, so the first place of all stays empty.
  const offset = max<u32>(load<u32>(next) % size, 1);
  store<u32>(next, offset + 1);
  const at = LOG + <usize>(begin + offset) * RECORD;
  v128.store(at, v128.load(id));
  store<i32>(at, file, 16);
  store<u64>(at, load<u64>(id, 16), 20);
  return begin + offset;
}

function isAt(entry: i32, id: usize): bool {
  const at = LOG + <usize>(entry & (<i32>PLACES - 1)) * RECORD;
  return entry !== 0 && !v128.any_true(v128.xor(v128.load(at), v128.load(id)));
}

/** Bit n is set where entry n of a bucket may be of that id. */
function suspects(head: usize, id: usize): u32 {
  const tag = i32x4.splat(load<i32>(id, 4) >> PLACE_BITS);
  let found: u32 = 0;
  for (let way: usize = 0; way < 12; way += 4) {
    const entries = v128.load(head + 8 + way * 4);
    found |= (<u32>i32x4.bitmask(i32x4.eq(i32x4.shr_s(entries, PLACE_BITS), tag))) << (<u32>way);
  }
  // The last four lie partly among the twelve before.
  const last = v128.load(head + 48);
  return found | ((<u32>i32x4.bitmask(i32x4.eq(i32x4.shr_s(last, PLACE_BITS), tag))) << 10);
}

function isKnown(head: usize, id: usize): bool {
  for (let left = suspects(head, id); left !== 0; left &= left - 1) {
    if (isAt(load<i32>(head + 8 + <usize>ctz(left) * 4), id)) return true;
  }
  return false;
}

/**
 * Remembers the records of one file whose ids are asked for, and marks those of which one with the same id was known;
 * answers with their number. `begin` and `size` are the writer's part of the log.
 */
export function remember(ids: usize, count: i32, file: i32, writer: usize, begin: u32, size: u32): i32 {
  const end = ids + <usize>count * ID;
  // To write there is to ask for all buckets at once, as their only owner: nobody waits for them one by one.
  for (let id = ids; id < end; id += ID) store<u8>(headOf(id), 0, UNUSED);
  let found = 0;
  for (let id = ids; id < end; id += ID) {
    if (load<i32>(id, ASKS) !== 1) continue;
    const place = write(id, file, writer, begin, size);
    const head = headOf(id);
    lock(head);
    const known = isKnown(head, id);
    const way = load<u8>(head, TURN);
    store<u8>(head, way + 1 === <u8>WAYS ? 0 : way + 1, TURN);
    store<u32>(head + 8 + <usize>way * 4, (load<u32>(id, 4) & ~(<u32>PLACES - 1)) | place);
    unlock(head);
    if (!known) continue;
    store<i32>(id, 2, ASKS);
    found += 1;
  }
  return found;
}

/**
 * Writes behind a reader's ids where the known records with one of them lie (file, begin, end), but for the one that is
 * asked for itself; answers with their number.
 */
export function placesOf(ids: usize, index: i32, file: i32): i32 {
  const id = ids + <usize>index * ID;
  const into = ids + MOST_IDS * ID;
  const head = headOf(id);
  let found = 0;
  lock(head);
  for (let left = suspects(head, id); left !== 0; left &= left - 1) {
    const entry = load<i32>(head + 8 + <usize>ctz(left) * 4);
    if (!isAt(entry, id)) continue;
    const at = LOG + <usize>(entry & (<i32>PLACES - 1)) * RECORD + 16;
    if (load<i32>(at) === file && load<i32>(at, 4) === load<i32>(id, 16)) continue;
    memory.copy(into + <usize>found * 12, at, 12);
    found += 1;
  }
  unlock(head);
  return found;
}
