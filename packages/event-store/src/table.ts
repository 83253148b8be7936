/**
 * A commit as the table holds it (design: one item = one commit). Nothing but pk and sk is certain of an item that was
 * read: somebody may have changed it, and verification must be able to say so.
 *
 * `pk` stream; `sk` version of the first event, 12 digits; `n` last version; `id` commitId; `at` recordedAt; `h` hash;
 * `e` the canonical events, packed; `ttl` seconds since 1970, run streams only.
 */
export interface CommitItem {
  readonly pk: string;
  readonly sk: string;
  readonly n?: number;
  readonly id?: string;
  readonly at?: string;
  readonly h?: string;
  readonly e?: Uint8Array;
  readonly ttl?: number;
}

export interface CommitRange {
  /** First and last sk, both included. */
  readonly from?: string;
  readonly to?: string;
  readonly reverse?: boolean;
  readonly limit?: number;
  readonly consistent: boolean;
}

/** The four things that the protocol needs of a table; DynamoDB and memory each have them. */
export interface CommitTable {
  /** Writes the item unless its key is taken; false when it is. */
  putNew(item: CommitItem): Promise<boolean>;
  /** Strongly consistent. */
  get(pk: string, sk: string): Promise<CommitItem | null>;
  /** In the order of sk, page after page. */
  query(pk: string, range: CommitRange): AsyncIterable<CommitItem>;
  /** The pk of every commit item, repeated as often as it comes; a full scan. */
  scanStreams(prefix: string): AsyncIterable<string>;
}
