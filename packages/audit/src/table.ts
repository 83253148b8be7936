/**
 * An index item of the system's one table. Everything but its key is made from the events, so the same events make the
 * same items. `v`: of an item that is replaced as its stream grows, the version that it was made from.
 */
export interface IndexItem {
  readonly pk: string;
  readonly sk: string;
  readonly v?: number;
  /** JSON. */
  readonly x: string;
  /** Seconds since 1970 at which DynamoDB may remove it; of runs only. */
  readonly ttl?: number;
}

export interface IndexRange {
  /** First and last sk, both included. */
  readonly from?: string;
  readonly to?: string;
  readonly reverse?: boolean;
  /** Goes on behind this sk, which lies within from..to. */
  readonly after?: string;
  /** At most so many items in one answer. */
  readonly limit: number;
}

export interface IndexPage {
  readonly items: readonly IndexItem[];
  /** There may be more behind the last item. */
  readonly more: boolean;
}

/** Which item, and when it was last written. */
export interface WrittenKey {
  readonly pk: string;
  readonly sk: string;
  readonly writtenAt: Date;
}

/** Where index items lie. Throws StoreError; nothing that decides reads here. */
export interface IndexTable {
  /** Strongly consistent: where a stream's items end must not be older than what was written. */
  get(pk: string, sk: string): Promise<IndexItem | null>;
  /** One bounded read, eventually consistent, in the order of sk. */
  page(pk: string, range: IndexRange): Promise<IndexPage>;
  /** Writes whole items, in whichever order; doing it twice is doing it once. */
  putAll(items: readonly IndexItem[]): Promise<void>;
  /** Writes an item unless a newer version of it stands there. */
  putNewer(item: IndexItem & { readonly v: number }): Promise<void>;
  /** Every index item there is; a full scan, for rebuilding. */
  keys(): AsyncIterable<WrittenKey>;
  remove(keys: readonly Pick<IndexItem, "pk" | "sk">[]): Promise<void>;
}

/** Every item of a partition, one bounded read after the other. */
export async function* itemsOf(index: IndexTable, pk: string): AsyncIterable<IndexItem> {
  const limit = 1_000;
  let last: IndexItem | undefined;
  do {
    const { items, more } = await index.page(pk, {
      limit,
      ...(last === undefined ? {} : { after: last.sk }),
    });
    yield* items;
    last = more ? items.at(-1) : undefined;
  } while (last !== undefined);
}
