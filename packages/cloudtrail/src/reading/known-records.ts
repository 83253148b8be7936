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
   * Remembers the records of a file by their ids: seven numbers each, four of the id, where the record begins and ends,
   * and 1, or 0 for what is passed over. Of each whose id was known `onKnown` is told the number and where the others lie.
   */
  remember(
    ids: Int32Array,
    file: number,
    onKnown: (record: number, others: readonly RecordPlace[]) => void,
  ): void;
}

/** Numbers of an id as `remember` takes it. */
export const perId = 7;
const found = 2;
/** As many as assembly/records.ts has room for beside what they share, one for whoever counts in the end. */
export const mostReaders = 64;
const pages = 304;

/** What assembly/records.ts exports. */
interface Exports {
  readonly MOST_IDS: { readonly value: number };
  idsOf(reader: number): number;
  remember(ids: number, count: number, file: number, writer: number, begin: number, size: number): number;
  placesOf(ids: number, index: number, file: number): number;
}

/** The last 500,000 records or so of all readers together, whatever the number of files. */
const mostRecords = 1 << 19;

/** Memory that all readers look into. */
export function knownRecordsMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/**
 * The last records of all readers together, by eventID. A duplicate comes within hours in a file of the same account and
 * Region, so it lies near, but often in a file that another one reads. Each of `writers` has a part of the log for itself.
 */
export function knownRecords(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  writer: number,
  writers: number,
): KnownRecords {
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
  const size = Math.floor(mostRecords / writers);
  const most = exports.MOST_IDS.value;
  const from = exports.idsOf(writer);
  const room = new Int32Array(memory.buffer, from, perId * most);

  const placesOf = (index: number, file: number): readonly RecordPlace[] => {
    const count = exports.placesOf(from, index, file);
    const told = new Int32Array(memory.buffer, from + room.byteLength, 3 * count);
    return Array.from({ length: count }, (_, at) => ({
      file: told[3 * at] as number,
      from: told[3 * at + 1] as number,
      to: told[3 * at + 2] as number,
    }));
  };

  return {
    remember(ids, file, onKnown) {
      const records = ids.length / perId;
      for (let first = 0; first < records; first += most) {
        const count = Math.min(most, records - first);
        room.set(ids.subarray(perId * first, perId * (first + count)));
        if (exports.remember(from, count, file, writer, size * writer, size) === 0) continue;
        for (let index = 0; index < count; index += 1) {
          if (room[perId * index + perId - 1] === found) onKnown(first + index, placesOf(index, file));
        }
      }
    },
  };
}
