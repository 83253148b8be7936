import { decodeItem, recordedEvents, slotOf } from "./commit-item.ts";
import { StoreError } from "./errors.ts";
import type { CommitItem, CommitRange, CommitTable } from "./table.ts";
import type { ReadOptions, RecordedEvent } from "./types.ts";

/**
 * Part of a stream: the events with from ≤ version ≤ to, at most `limit`, newest first with `reverse`. Eventually
 * consistent (half the price) unless `consistent` asks for more, so what was appended a moment ago may be missing at
 * its end: nothing that decides reads this way, and there is no head in the answer.
 */
export async function eventsOfRange(
  table: CommitTable,
  stream: string,
  options: ReadOptions,
): Promise<readonly RecordedEvent[]> {
  for (const [name, value] of Object.entries(options))
    if (typeof value === "number" && (!Number.isSafeInteger(value) || value < 1))
      throw new StoreError(
        "bad-read",
        `${name} of a read of ${stream} must be a whole number from 1, not ${value}.`,
      );
  const from = options.from ?? 1;
  const to = options.to ?? Number.MAX_SAFE_INTEGER;
  const limit = options.limit ?? Number.MAX_SAFE_INTEGER;
  const reverse = options.reverse ?? false;
  if (from > to) return [];

  const events: RecordedEvent[] = [];
  const range = {
    from: slotOf(from),
    ...(options.to === undefined ? {} : { to: slotOf(options.to) }),
    // A commit holds at least one event, and only the first one that is met can lie partly outside the range.
    ...(options.limit === undefined ? {} : { limit: options.limit + 1 }),
    reverse,
    consistent: options.consistent ?? false,
  };
  for await (const item of commitsWithin(table, stream, range)) {
    const decoded = decodeItem(item);
    const { damage, version } = decoded.commit;
    if (damage !== null)
      throw new StoreError(
        "stream-damaged",
        `Stream ${stream} is damaged at version ${version}: ${damage}. Run plp verify and restore the item from a backup.`,
      );
    const inside = recordedEvents(decoded).filter((event) => event.version >= from && event.version <= to);
    events.push(...(reverse ? inside.reverse() : inside));
    if (events.length >= limit) return events.slice(0, limit);
  }
  return events;
}

/** The commits that begin in the range, and the one before them where its last events reach into it. */
async function* commitsWithin(
  table: CommitTable,
  stream: string,
  range: CommitRange & { readonly from: string; readonly reverse: boolean },
): AsyncIterable<CommitItem> {
  let lowest: string | null = null;
  for await (const item of table.query(stream, range)) {
    if (!range.reverse && lowest === null && item.sk !== range.from)
      yield* commitBefore(table, stream, range);
    lowest = item.sk;
    yield item;
  }
  if (lowest === null || (range.reverse && lowest !== range.from)) yield* commitBefore(table, stream, range);
}

async function* commitBefore(
  table: CommitTable,
  stream: string,
  { from, consistent }: CommitRange & { readonly from: string },
): AsyncIterable<CommitItem> {
  if (from === slotOf(1)) return;
  yield* table.query(stream, { to: from, reverse: true, limit: 1, consistent });
}
