import { canonicalEvents, digestOf } from "./canonical.ts";
import { commitHash, recordedAtAfter } from "./chain.ts";
import { decodeItem, itemBytes, itemOf, MAX_ITEM_BYTES, recordedEvents, slotOf } from "./commit-item.ts";
import { StoreError } from "./errors.ts";
import { eventsOfRange } from "./range.ts";
import { headAfter, streamReader, wasGiven } from "./stream.ts";
import type { CommitTable } from "./table.ts";
import type {
  AppendOptions,
  AppendResult,
  EventStore,
  Head,
  NewEvent,
  RecordedEvent,
  StoredCommit,
  StoreScan,
} from "./types.ts";

/** The time of day, as recordedAt needs it. */
export interface StoreClock {
  now(): Date;
}

/** Only these streams may expire (design: kept 120 days); a ttl on a history would be a hole to come. */
const MAY_EXPIRE = "run#";

/** The protocol of the event store over any table that has a conditional put and a consistent query. */
export function eventStoreOver(table: CommitTable, clock: StoreClock): EventStore & StoreScan {
  return {
    async load<E extends NewEvent>(stream: string) {
      const reader = streamReader(stream, clock.now());
      for await (const item of table.query(stream, { consistent: true })) reader.add(decodeItem(item));
      const { events, head } = reader.finish();
      return { events: typed<E>(events), head };
    },

    append: (stream, head, events, options) => append(table, clock, stream, head, events, options),

    async read<E extends NewEvent>(stream: string, options: Parameters<EventStore["read"]>[1]) {
      return typed<E>(await eventsOfRange(table, stream, options));
    },

    async *streams(prefix = "") {
      const seen = new Set<string>();
      for await (const stream of table.scanStreams(prefix)) {
        if (seen.has(stream)) continue;
        seen.add(stream);
        yield stream;
      }
    },

    async *commits(stream) {
      for await (const item of table.query(stream, { consistent: true })) yield decodeItem(item).commit;
    },
  };
}

/** The store keeps what it was given; which type that is, its caller knows from the stream. */
function typed<E extends NewEvent>(events: readonly RecordedEvent[]): readonly RecordedEvent<E>[] {
  return events as readonly RecordedEvent<E>[];
}

async function append<E extends NewEvent>(
  table: CommitTable,
  clock: StoreClock,
  stream: string,
  head: Head,
  events: readonly E[],
  options: AppendOptions,
): Promise<AppendResult<E>> {
  check(stream, head, events, options);
  const known = head.commitIds.get(options.commitId);
  if (known !== undefined) return sameOrReused(known, events, stream, options.commitId);

  const canonical = canonicalEvents(events);
  const recordedAt = recordedAtAfter(clock.now(), head.at);
  const content = { stream, commitId: options.commitId, recordedAt, canonical };
  const commit = {
    ...content,
    version: head.version + 1,
    lastVersion: head.version + events.length,
    hash: commitHash(head.hash, content),
    ttl: head.version === 0 ? (options.ttl ?? null) : head.ttl,
  };
  const item = itemOf(commit);
  const bytes = itemBytes(item);
  if (bytes > MAX_ITEM_BYTES)
    throw new StoreError(
      "event-too-large",
      `A commit to ${stream} would be ${bytes} bytes, and DynamoDB holds ${MAX_ITEM_BYTES}: put the bulk into a blob and its hash into the event.`,
    );

  if (!(await table.putNew(item))) return await whoseSlot(table, commit, events);
  // What is answered is what a load would answer: decoded from the item, not taken from the caller's objects.
  const written = decodeItem(item);
  return {
    kind: "appended",
    events: typed<E>(recordedEvents(written)),
    head: headAfter(head, written),
  };
}

/** The slot is taken. By an earlier delivery or attempt of ours, whose reply was lost, or by another writer? */
async function whoseSlot<E extends NewEvent>(
  table: CommitTable,
  commit: Pick<StoredCommit, "stream" | "version" | "commitId">,
  events: readonly E[],
): Promise<AppendResult<E>> {
  const item = await table.get(commit.stream, slotOf(commit.version));
  if (item === null) return { kind: "conflict" };
  const taken = decodeItem(item);
  if (taken.commit.damage !== null)
    throw new StoreError(
      "stream-damaged",
      `Stream ${commit.stream} is damaged at version ${commit.version}: ${taken.commit.damage}. Run plp verify and restore the item from a backup.`,
    );
  if (taken.commit.commitId !== commit.commitId) return { kind: "conflict" };
  return sameOrReused(taken.digest, events, commit.stream, commit.commitId);
}

function sameOrReused<E extends NewEvent>(
  written: string,
  events: readonly E[],
  stream: string,
  commitId: string,
): AppendResult<E> {
  if (written === digestOf(events)) return { kind: "duplicate" };
  throw new StoreError(
    "commit-id-reused",
    `commitId ${commitId} stands in ${stream} already with other events. A commitId must follow from cause, stream and step, and the same cause must decide the same.`,
  );
}

function check(stream: string, head: Head, events: readonly NewEvent[], options: AppendOptions): void {
  if (stream.length === 0 || Buffer.byteLength(stream) > 2048)
    throw bad(`The name of a stream has 1 to 2,048 bytes; this one has ${Buffer.byteLength(stream)}.`);
  if (options.commitId.length === 0) throw bad(`An append to ${stream} needs a commitId.`);
  if (events.length === 0)
    throw bad(`An append to ${stream} needs an event: skip the append when decide gives [].`);
  if (!wasGiven(head))
    throw bad(`The head given for ${stream} comes from no load or append of this process: load the stream.`);
  if (head.stream !== stream) throw bad(`The head is that of ${head.stream}, not of ${stream}.`);
  if (options.ttl === undefined) return;
  if (!stream.startsWith(MAY_EXPIRE))
    throw bad(`Stream ${stream} is kept for ever: only ${MAY_EXPIRE}… streams may have a ttl.`);
  if (!Number.isSafeInteger(options.ttl) || options.ttl < 0)
    throw bad(`ttl is whole seconds since 1970, not ${options.ttl}.`);
}

function bad(message: string): StoreError {
  return new StoreError("bad-append", message);
}
