import { digest } from "@plp/domain";
import { actionsOverlap } from "@plp/iam-policy";
import { permanent } from "@plp/runtime";
import { EVERY_ACTION, serviceOf } from "./concerned.ts";
import { readCursor, signCursor } from "./cursor.ts";
import type { ActionEntry, IndexedEvent } from "./entry.ts";
import { indexedTo } from "./index-stream.ts";
import { type Facet, facetKey, monthsKey } from "./keys.ts";
import { type IndexItem, type IndexTable, itemsOf } from "./table.ts";

/** What an audit asks for; all that is given must hold. Names compare without regard to case. */
export interface AuditFilters {
  readonly role?: string | undefined;
  readonly application?: string | undefined;
  readonly account?: string | undefined;
  readonly type?: string | undefined;
  readonly actor?: string | undefined;
  /** `service:pattern`. */
  readonly action?: string | undefined;
  /** By when it happened, ISO 8601 UTC; both ends belong to it. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export interface AuditQuestion extends AuditFilters {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** An event that was found; `actions`: those that the action asked for concerns. */
export type FoundEvent = IndexedEvent & { readonly actions?: readonly string[] };

export interface AuditAnswer {
  /** Newest first. */
  readonly events: readonly FoundEvent[];
  /** Entries that were read for it. */
  readonly read: number;
  /** The index holds what was recorded until then; null: it is empty. */
  readonly indexedTo: string | null;
  /** Where the next page begins; null: there is none. A page may be short, or empty, and have a next one. */
  readonly next: string | null;
}

export const DEFAULT_LIMIT = 50;
export const MOST_EVENTS = 500;
/** Entries that one page reads at the most. */
const MOST_READ = 1_000;
/** Entries by which the narrowest of several filters is told. */
const PROBE = 25;
/** Entries that are read at a time where filters choose among them. */
const CHUNK = 250;

/**
 * Searches the events of roles and applications, newest first. The narrowest filter picks the entries that are read, the
 * others choose among them; a page reads a bounded number of entries, so it may come back short, with a cursor.
 */
export async function audit(
  question: AuditQuestion,
  { index, cursorKey }: { readonly index: IndexTable; readonly cursorKey: Uint8Array },
): Promise<AuditAnswer> {
  const { cursor: text, limit = DEFAULT_LIMIT, ...filters } = question;
  const asked = digest("audit", JSON.stringify(filtersInOrder(filters)));
  const cursor = text === undefined ? null : readCursor(text, cursorKey);
  if (text !== undefined && cursor?.question !== asked)
    throw permanent("bad-cursor", "the cursor belongs to another question: begin without one");
  const most = Math.min(limit, MOST_EVENTS);
  const ways = waysOf(filters);
  const way =
    cursor === null
      ? await narrowest(ways, filters, index)
      : ways.find(({ facet }) => facet === cursor.facet);
  if (way === undefined) throw permanent("bad-cursor", "the cursor names a filter that is not there");
  const found = await search(way, filters, { index, most, after: cursor?.after });
  return {
    events: found.events,
    read: found.read,
    indexedTo: await indexedTo(index),
    next:
      found.after === null
        ? null
        : signCursor({ question: asked, facet: way.facet, after: found.after }, cursorKey),
  };
}

function filtersInOrder(filters: AuditFilters): readonly unknown[] {
  const { role, application, account, type, actor, action, since, until } = filters;
  return [role, application, account, type, actor, action, since, until].map((value) => value ?? null);
}

/** One way to the entries: partitions whose entries are read side by side. */
interface Way {
  readonly facet: Facet;
  readonly keys: readonly string[];
}

/** The ways that the filters open, those that are narrow as a rule first. */
function waysOf({ role, application, account, type, actor, action }: AuditFilters): readonly Way[] {
  const service = action === undefined ? undefined : serviceOf(action);
  const given: readonly (readonly [Facet, readonly (string | undefined)[]])[] = [
    ["role", [role]],
    // What begins with a wildcard may mean any service.
    ["action", [service, service && EVERY_ACTION]],
    ["actor", [actor]],
    ["application", [application]],
    ["account", [account]],
    ["type", [type]],
  ];
  const ways = given.flatMap(([facet, values]) => {
    const keys = values.filter((value) => value !== undefined).map((value) => facetKey(facet, value));
    return keys.length === 0 ? [] : [{ facet, keys }];
  });
  return ways.length > 0 ? ways : [{ facet: "month", keys: [] }];
}

/** Of several ways the one whose newest entries reach furthest back: it has the fewest in any time. */
async function narrowest(
  ways: readonly Way[],
  filters: AuditFilters,
  index: IndexTable,
): Promise<Way | undefined> {
  if (ways.length < 2) return ways[0];
  const probes = await Promise.all(
    ways.map(async (way) => {
      const { items, more } = await readWay(way, filters, { index, limit: PROBE, after: undefined });
      return { way, reach: more ? (items.at(-1)?.sk ?? "") : "", count: items.length };
    }),
  );
  const [best] = probes.sort((a, b) =>
    a.reach === b.reach ? a.count - b.count : a.reach < b.reach ? -1 : 1,
  );
  return best?.way;
}

async function search(
  way: Way,
  filters: AuditFilters,
  { index, most, after }: { index: IndexTable; most: number; after: string | undefined },
): Promise<{ events: FoundEvent[]; read: number; after: string | null }> {
  const events: FoundEvent[] = [];
  const isOnlyFilter = waysOf(filters).length === 1;
  let read = 0;
  let last = after;
  for (;;) {
    const limit = Math.min(isOnlyFilter ? most : Math.max(most, CHUNK), MOST_READ - read);
    const { items, more } = await readWay(way, filters, { index, limit, after: last });
    for (const item of items) {
      read += 1;
      last = item.sk;
      const found = await matching(item, filters, index);
      if (found === null) continue;
      events.push(found);
      if (events.length < most) continue;
      const isLast = !more && item === items.at(-1);
      return { events, read, after: isLast ? null : last };
    }
    if (!more) return { events, read, after: null };
    if (read >= MOST_READ) return { events, read, after: last ?? null };
  }
}

interface Reading {
  readonly index: IndexTable;
  readonly limit: number;
  readonly after: string | undefined;
}

type Entries = { readonly items: readonly IndexItem[]; readonly more: boolean };

/** The next entries of a way, newest first. */
async function readWay(way: Way, filters: AuditFilters, reading: Reading): Promise<Entries> {
  if (way.facet === "month") return readMonths(filters, reading);
  const pages = await Promise.all(way.keys.map((pk) => readKey(pk, filters, reading)));
  const [only] = pages;
  return pages.length === 1 && only !== undefined ? only : sideBySide(pages, reading.limit);
}

/** Several partitions as one; an event that lies in more than one comes once. */
function sideBySide(pages: readonly Entries[], limit: number): Entries {
  const bySlot = new Map<string, IndexItem>();
  for (const { items } of pages)
    for (const item of items) {
      const other = bySlot.get(item.sk);
      bySlot.set(item.sk, other === undefined ? item : bothActions(other, item));
    }
  // Behind the last entry of a page that has more nothing is known yet.
  const known = pages
    .filter(({ more }) => more)
    .map(({ items }) => items.at(-1)?.sk ?? "")
    .reduce((highest, sk) => (sk > highest ? sk : highest), "");
  const sorted = [...bySlot.values()].filter(({ sk }) => sk >= known).sort((a, b) => (a.sk > b.sk ? -1 : 1));
  return { items: sorted.slice(0, limit), more: pages.some(({ more }) => more) || sorted.length > limit };
}

function bothActions(one: IndexItem, other: IndexItem): IndexItem {
  const [a, b] = [one, other].map(({ x }) => JSON.parse(x) as ActionEntry);
  return { ...one, x: JSON.stringify({ ...a, actions: [...(a?.actions ?? []), ...(b?.actions ?? [])] }) };
}

async function readKey(pk: string, filters: AuditFilters, reading: Reading): Promise<Entries> {
  const { since, until } = filters;
  return reading.index.page(pk, {
    ...(since === undefined ? {} : { from: since }),
    ...(until === undefined ? {} : { to: `${until}$` }),
    ...(reading.after === undefined ? {} : { after: reading.after }),
    reverse: true,
    limit: reading.limit,
  });
}

/** Without a filter: month after month, from the newest. */
async function readMonths(filters: AuditFilters, reading: Reading): Promise<Entries> {
  const months: string[] = [];
  for await (const { sk } of itemsOf(reading.index, monthsKey)) months.push(sk);
  const from = filters.since?.slice(0, 7) ?? "";
  const to = (reading.after ?? filters.until)?.slice(0, 7) ?? "9999";
  const wanted = months.filter((month) => from <= month && month <= to).reverse();
  const items: IndexItem[] = [];
  for (const [at, month] of wanted.entries()) {
    const isFirst = at === 0 && reading.after?.startsWith(month);
    const page = await readKey(facetKey("month", month), filters, {
      ...reading,
      limit: reading.limit - items.length,
      after: isFirst ? reading.after : undefined,
    });
    items.push(...page.items);
    if (items.length >= reading.limit || page.more)
      return { items, more: page.more || at < wanted.length - 1 };
  }
  return { items, more: false };
}

/** The event of an entry where every filter holds, also the one by which it was found: a key may be a hash. */
async function matching(
  { x, sk }: IndexItem,
  filters: AuditFilters,
  index: IndexTable,
): Promise<FoundEvent | null> {
  const entry = JSON.parse(x) as IndexedEvent & Partial<ActionEntry>;
  const { role, application, account, type, actor, action } = filters;
  const same = (wanted: string | undefined, ...values: readonly (string | null)[]) =>
    wanted === undefined || values.some((value) => value?.toLowerCase() === wanted.toLowerCase());
  const isIt =
    same(role, entry.roleArn) &&
    same(application, entry.application) &&
    same(account, entry.accountId) &&
    same(type, entry.type) &&
    same(actor, entry.actor.name, entry.actor.id, ...entry.people);
  if (!isIt || action === undefined) return isIt ? entry : null;
  const actions = entry.actions ?? (await actionsOf(entry, sk, action, index));
  const matched = actions.filter((name) => name === EVERY_ACTION || actionsOverlap(name, action));
  return matched.length > 0 ? { ...entry, actions: matched } : null;
}

/** The actions of an event that was found by something else: its entries of the facet `action` have its slot, too. */
async function actionsOf(
  { services }: IndexedEvent,
  sk: string,
  action: string,
  index: IndexTable,
): Promise<readonly string[]> {
  const asked = [serviceOf(action), EVERY_ACTION].filter((service) => services.includes(service));
  const items = await Promise.all(asked.map((service) => index.get(facetKey("action", service), sk)));
  return items.flatMap((item) => (item === null ? [] : (JSON.parse(item.x) as ActionEntry).actions));
}
