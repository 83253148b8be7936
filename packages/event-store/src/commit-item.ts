import { digestOf } from "./canonical.ts";
import { packText, unpackText } from "./codec.ts";
import { messageOf } from "./errors.ts";
import type { CommitItem } from "./table.ts";
import type { NewEvent, RecordedEvent, StoredCommit } from "./types.ts";

/** DynamoDB's limit for one item, names and values together. */
export const MAX_ITEM_BYTES = 400 * 1024;
const DIGITS = 12;

/** The sort key of the commit whose first event has this version. */
export function slotOf(version: number): string {
  return String(version).padStart(DIGITS, "0");
}

export function itemOf(commit: Omit<StoredCommit, "damage">): CommitItem {
  return {
    pk: commit.stream,
    sk: slotOf(commit.version),
    n: commit.lastVersion,
    id: commit.commitId,
    at: commit.recordedAt,
    h: commit.hash,
    e: packText(commit.canonical),
    ...(commit.ttl === null ? {} : { ttl: commit.ttl }),
  };
}

/** What DynamoDB counts: UTF-8 bytes of names and strings, bytes of binaries, at most 21 for a number. */
export function itemBytes(item: CommitItem): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name);
    if (typeof value === "string") bytes += Buffer.byteLength(value);
    else if (typeof value === "number") bytes += Math.min(21, Math.ceil(String(value).length / 2) + 1);
    else if (value !== undefined) bytes += value.length;
  }
  return bytes;
}

/** A commit and, where they could be read, its events. */
export interface DecodedCommit {
  readonly commit: StoredCommit;
  /** Frozen: every load of an item that is kept in memory hands out the same data. */
  readonly events: readonly NewEvent[];
  /** digestOf the events. */
  readonly digest: string;
}

/** Items never change, so what was once decoded stays decoded as long as somebody holds the item. */
const decoded = new WeakMap<CommitItem, DecodedCommit>();

/**
 * Reads an item without trusting it. Whatever shows that it is not as it was written stands in `damage`, in words that
 * name the attribute; what cannot be read at all is "" or 0.
 */
export function decodeItem(item: CommitItem): DecodedCommit {
  const known = decoded.get(item);
  if (known !== undefined) return known;
  const fresh = decode(item);
  decoded.set(item, fresh);
  return fresh;
}

function decode(item: CommitItem): DecodedCommit {
  const damage: string[] = [];
  const version = /^\d{12}$/.test(item.sk) ? Number(item.sk) : 0;
  if (version < 1) damage.push(`sk is ${JSON.stringify(item.sk)}, not a version of ${DIGITS} digits`);
  if (item.n === undefined || !Number.isSafeInteger(item.n)) damage.push("n is missing or no whole number");
  if (item.id === undefined) damage.push("id is missing");
  if (item.at === undefined || !INSTANT.test(item.at)) damage.push("at is missing or no time");
  if (item.h === undefined || !/^[0-9a-f]{64}$/.test(item.h)) damage.push("h is missing or no SHA-256");
  let canonical = "";
  let events: readonly NewEvent[] = [];
  let digest = "";
  try {
    if (item.e === undefined) throw new Error("it is missing");
    canonical = unpackText(item.e);
    const parsed = parseEvents(canonical);
    const count = parsed.length;
    // Also says whether the data is of a depth that anything may walk.
    digest = digestOf(parsed);
    events = frozen(parsed);
    if (item.n !== undefined && version > 0 && item.n !== version + count - 1)
      damage.push(
        `n is ${item.n}, but ${count} event(s) from version ${version} end at ${version + count - 1}`,
      );
  } catch (error) {
    damage.push(`e cannot be read: ${messageOf(error)}`);
  }
  const commit = {
    stream: item.pk,
    version,
    lastVersion: item.n ?? 0,
    commitId: item.id ?? "",
    recordedAt: item.at ?? "",
    hash: item.h ?? "",
    canonical,
    ttl: item.ttl ?? null,
    damage: damage.length === 0 ? null : damage.join("; "),
  };
  return { commit, events, digest };
}

/** As Date.toISOString writes it; which moment it is, the hash says. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

/** The events of canonical bytes; throws when they are not what canonicalEvents writes. */
export function parseEvents(canonical: string): readonly NewEvent[] {
  const events: unknown = JSON.parse(canonical);
  if (!Array.isArray(events) || events.length === 0) throw new Error("it holds no list of events");
  if (!events.every(isEvent)) throw new Error("it holds something that is no event");
  return events;
}

function isEvent(value: unknown): value is NewEvent {
  if (typeof value !== "object" || value === null) return false;
  const event: { [K in keyof NewEvent]?: unknown } = value;
  return (
    typeof event.type === "string" &&
    typeof event.schemaVersion === "number" &&
    typeof event.occurredAt === "string" &&
    typeof event.correlationId === "string" &&
    typeof event.causationId === "string" &&
    typeof event.actor === "object" &&
    event.actor !== null
  );
}

/** The events of a commit as readers get them. The caller has looked at `damage`. */
export function recordedEvents({ commit, events }: DecodedCommit): readonly RecordedEvent[] {
  return events.map((event, index) => ({
    ...event,
    stream: commit.stream,
    version: commit.version + index,
    recordedAt: commit.recordedAt,
    commitId: commit.commitId,
    hash: commit.hash,
  }));
}
