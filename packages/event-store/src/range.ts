import { decodeItem, recordedEvents, slotOf } from "./commit-item.ts";
import { StoreError } from "./errors.ts";
import type { CommitTable } from "./table.ts";
import type { ReadOptions, RecordedEvent } from "./types.ts";

/**
 * Part of a stream: the events with from ≤ version ≤ to, at most `limit`, newest first with `reverse`. Eventually
 * consistent (half the price), so what was appended a moment ago may be missing at its end: nothing that decides
 * reads this way, and there is no head in the answer.
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
    from: await commitThatHolds(table, stream, from),
    ...(options.to === undefined ? {} : { to: slotOf(options.to) }),
    // A commit holds at least one event, and only the first one that is met can lie partly outside the range.
    ...(options.limit === undefined ? {} : { limit: options.limit + 1 }),
    reverse,
    consistent: false,
  };
  for await (const item of table.query(stream, range)) {
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

/** The key of the commit that holds the version: the last one that begins at it or before. */
async function commitThatHolds(table: CommitTable, stream: string, version: number): Promise<string> {
  if (version === 1) return slotOf(1);
  const range = { to: slotOf(version), reverse: true, limit: 1, consistent: false };
  for await (const item of table.query(stream, range)) return item.sk;
  return slotOf(version);
}
