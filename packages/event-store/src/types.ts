/** A value that survives JSON unchanged. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** Who did it: a service of ours, a person as GitLab knows them, or a pipeline. */
export interface Actor {
  readonly kind: "service" | "person" | "pipeline";
  readonly id: string;
  readonly name: string;
}

/** An event as a decision makes it. Times are ISO 8601 UTC. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly schemaVersion: number;
  /** When GitLab, AWS or the log says that it happened. */
  readonly occurredAt: string;
  readonly actor: Actor;
  /** The round. */
  readonly correlationId: string;
  /** The message or hook. */
  readonly causationId: string;
  readonly data: Data;
}

/** An event as the store holds it. */
export type RecordedEvent<E extends NewEvent = NewEvent> = E & {
  readonly stream: string;
  /** 1.. without holes within the stream. */
  readonly version: number;
  readonly recordedAt: string;
  readonly commitId: string;
  /** Hash of the commit that holds the event. */
  readonly hash: string;
};

/** Where a stream ends, as a complete, strongly consistent load saw it. Never goes into a message. */
export interface Head {
  readonly stream: string;
  readonly version: number;
  readonly hash: string;
  /** recordedAt of the last commit, or "" for an empty stream. */
  readonly at: string;
  /** Of the first commit; what is appended later expires with it. */
  readonly ttl: number | null;
  /** Every commitId of the stream with the digest of what it wrote (type and data of its events). */
  readonly commitIds: ReadonlyMap<string, string>;
}

export interface Loaded<E extends NewEvent = NewEvent> {
  readonly events: readonly RecordedEvent<E>[];
  readonly head: Head;
}

export type AppendResult<E extends NewEvent = NewEvent> =
  | { readonly kind: "appended"; readonly events: readonly RecordedEvent<E>[]; readonly head: Head }
  /** This commitId stands in the stream already: nothing was written. */
  | { readonly kind: "duplicate" }
  /** Somebody else wrote at this head: load and decide again. */
  | { readonly kind: "conflict" };

export interface AppendOptions {
  /** Deterministic: hash(cause, stream, step). */
  readonly commitId: string;
  /**
   * Seconds since 1970 at which DynamoDB may remove the stream; run streams only, outside the hash. It is fixed by the
   * first commit: later ones have the same, whatever stands here.
   */
  readonly ttl?: number;
}

export interface ReadOptions {
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
  readonly reverse?: boolean;
  /** Also what was appended a moment ago, at twice the price. */
  readonly consistent?: boolean;
}

export interface EventStore {
  /** The whole stream, strongly consistent, and the head that an append needs. */
  load<E extends NewEvent = NewEvent>(stream: string): Promise<Loaded<E>>;
  /** One conditional put. Throws `commit-id-reused` when the same commitId wrote other types or data. */
  append<E extends NewEvent = NewEvent>(
    stream: string,
    head: Head,
    events: readonly E[],
    options: AppendOptions,
  ): Promise<AppendResult<E>>;
  /** Part of a stream, without a head. */
  read<E extends NewEvent = NewEvent>(
    stream: string,
    options: ReadOptions,
  ): Promise<readonly RecordedEvent<E>[]>;
}

/** A commit exactly as it is stored, for verification: before decompression of meaning, upcasting or trust. */
export interface StoredCommit {
  readonly stream: string;
  readonly version: number;
  readonly lastVersion: number;
  readonly commitId: string;
  readonly recordedAt: string;
  readonly hash: string;
  /** The canonical bytes of the events; "" when they cannot be read. */
  readonly canonical: string;
  readonly ttl: number | null;
  /** What already shows that the item is not as it was written (which attribute, and how), else null. */
  readonly damage: string | null;
}

/** What verification and rebuilding may do and nothing that decides may. */
export interface StoreScan {
  /** Names of all streams that begin with the prefix; a full scan. */
  streams(prefix?: string): AsyncIterable<string>;
  commits(stream: string): AsyncIterable<StoredCommit>;
}

/** Where checkpoints lie: what was written there once is never replaced. */
export interface CheckpointStore {
  /** Oldest first. */
  names(): Promise<readonly string[]>;
  read(name: string): Promise<Uint8Array>;
  /** False, and nothing is written, where one of that name stands. */
  write(name: string, bytes: Uint8Array): Promise<boolean>;
}

/** Content-addressed bulk. */
export interface BlobStore {
  /** Returns the SHA-256 (hex) under which the bytes can be read; writing the same bytes twice is one blob. */
  put(bytes: Uint8Array): Promise<string>;
  /** Throws `blob-missing`, or `blob-damaged` when the bytes do not have that hash. */
  get(hash: string): Promise<Uint8Array>;
}
