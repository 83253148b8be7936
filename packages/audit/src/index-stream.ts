import {
  type ApplicationEvent,
  applicationStream,
  foldApplication,
  type ProposedPolicy,
  type Recorded,
  type RoleEvent,
  type RunEvent,
  runExpiry,
} from "@plp/domain";
import { type EventStore, packText, type RecordedEvent } from "@plp/event-store";
import {
  type ApplicationRow,
  advanceApplication,
  type ContentOf,
  emptyApplicationRow,
} from "./application-view.ts";
import { applicationEntries, roleEntries } from "./entry.ts";
import { FORMAT } from "./format.ts";
import {
  growthKey,
  type ListedKind,
  listed,
  monthsKey,
  named,
  newestKey,
  runsKey,
  standingKey,
} from "./keys.ts";
import { applicationRow, roleRow } from "./lists.ts";
import {
  advanceRole,
  emptyRoleView,
  type RoleRow,
  type RoleStanding,
  type RoleView,
  touchesStanding,
} from "./role-view.ts";
import { runRow } from "./run-view.ts";
import type { IndexItem, IndexTable } from "./table.ts";

export interface IndexPorts {
  readonly store: Pick<EventStore, "read" | "load">;
  readonly index: IndexTable;
}

/** Events that are taken up at a time: a rebuild meets streams of any length. */
const CHUNK = 200;
/** Of a packed item: DynamoDB takes 400 KB, keys and names included. */
const MOST_BYTES = 390 * 1024;

/**
 * Brings the index items of a stream from where they end to the stream's end. What is written follows from the events
 * alone, so a second delivery, or two at once, do no harm: entries are the same items again, and what is replaced as
 * the stream grows never gives way to something older. The row in the list is written last: it says how far all else
 * has come. Answers recordedAt of the stream's newest commit, or null for a stream that has no index items.
 */
export async function indexStream(
  stream: string,
  ports: IndexPorts,
  options: { readonly fromStart?: boolean } = {},
): Promise<string | null> {
  const fromStart = options.fromStart ?? false;
  if (stream.startsWith("role#")) return indexRole(stream, ports, fromStart);
  if (stream.startsWith("app#")) return indexApplication(stream, ports, fromStart);
  if (stream.startsWith("run#")) return indexRun(stream, ports);
  return null;
}

/** Says of the whole index that it has taken up what was recorded until then. */
export async function noteNewest(index: IndexTable, recordedAt: string): Promise<void> {
  const v = Date.parse(recordedAt);
  await index.putNewer({ ...newestKey, v, x: JSON.stringify(recordedAt) });
}

/** recordedAt of the newest commit that the index holds; null when it is empty. */
export async function indexedTo(index: IndexTable): Promise<string | null> {
  const item = await index.get(newestKey.pk, newestKey.sk);
  return item === null ? null : (JSON.parse(item.x) as string);
}

async function indexRole(stream: string, ports: IndexPorts, fromStart: boolean): Promise<string | null> {
  const empty = emptyRoleView(stream);
  if (empty === null) return null;
  const known = fromStart ? null : endOf(await roleRow(ports.index, stream));
  let view: RoleView = { ...empty, row: known ?? empty.row };
  let isStandingKnown = view.row.version === 0;
  for await (const events of chunksAfter<RoleEvent>(stream, view.row.version, ports)) {
    if (!isStandingKnown && events.some(touchesStanding)) {
      view = { ...view, standing: await standingAt(view.row, ports) };
      isStandingKnown = true;
    }
    const before = view.standing;
    const items: IndexItem[] = [];
    const proposalOf = await proposalsFor(stream, events, ports);
    for (const event of events) {
      const advanced = advanceRole(view, event, proposalOf);
      view = advanced.view;
      items.push(...roleEntries(view.row, event, advanced.change));
      if (event.version === 1) items.push(namedItem(view.row));
    }
    await ports.index.putAll(withMonths(items));
    if (view.standing !== before)
      for (const item of standingItems(stream, view.standing)) await ports.index.putNewer(item);
    await ports.index.putNewer(rowItem("role", view.row));
  }
  return view.row.recordedAt || null;
}

/**
 * The policies that stood at the row's version. What the index holds may be ahead of the row, after a crash or beside
 * another delivery: then, and where it holds none, they are made of the events.
 */
export async function standingAt(
  row: Pick<RoleRow, "stream" | "version">,
  ports: IndexPorts,
): Promise<RoleStanding> {
  const known = await standingOf(row.stream, ports.index);
  if (known !== null && known.version <= row.version) return known;
  let view = emptyRoleView(row.stream);
  if (view === null) throw new Error(`${row.stream} is no role's stream`);
  for await (const events of chunksAfter<RoleEvent>(row.stream, 0, ports)) {
    const proposalOf = await proposalsFor(row.stream, events, ports);
    for (const event of events)
      if (event.version <= row.version) view = advanceRole(view, event, proposalOf).view;
  }
  return view.standing;
}

async function indexApplication(
  stream: string,
  ports: IndexPorts,
  fromStart: boolean,
): Promise<string | null> {
  const empty = emptyApplicationRow(stream);
  if (empty === null) return null;
  const known = fromStart ? null : endOf(await applicationRow(ports.index, stream));
  let row: ApplicationRow = known ?? empty;
  for await (const events of chunksAfter<ApplicationEvent>(stream, row.version, ports)) {
    const contentOf = await contentsFor(row, events, ports);
    const items: IndexItem[] = [];
    for (const event of events) {
      row = advanceApplication(row, event, contentOf);
      items.push(...applicationEntries(row, event));
    }
    await ports.index.putAll(withMonths(items));
    await ports.index.putNewer(rowItem("application", row));
  }
  return row.recordedAt || null;
}

/** A run is short and is forgotten after a while: its row is made of all of it. */
async function indexRun(stream: string, { store, index }: IndexPorts): Promise<string | null> {
  const row = runRow(stream, await store.read<RunEvent>(stream, { consistent: true }));
  if (row === null) return null;
  await index.putNewer({
    pk: runsKey(row.requestedAt.slice(0, 10)),
    sk: row.run,
    v: row.version,
    x: JSON.stringify(row),
    ttl: runExpiry(new Date(row.requestedAt)),
  });
  return row.recordedAt;
}

/** Where the items of a stream end, by its row; null: they are made from its beginning, as those of another form are. */
function endOf<Row extends RoleRow | ApplicationRow>(row: Row | null): Row | null {
  return row?.format === FORMAT ? row : null;
}

async function* chunksAfter<E extends RoleEvent | ApplicationEvent>(
  stream: string,
  version: number,
  { store }: IndexPorts,
): AsyncIterable<readonly RecordedEvent<E>[]> {
  let after = version;
  for (;;) {
    const events = await store.read<E>(stream, { from: after + 1, limit: CHUNK, consistent: true });
    if (events.length > 0) yield events;
    if (events.length < CHUNK) return;
    after = events.at(-1)?.version ?? after;
  }
}

/** The role's policies as the index holds them; null where it holds none, or in another form. */
async function standingOf(stream: string, index: IndexTable): Promise<RoleStanding | null> {
  const { pk, sk } = standingKey(stream);
  const item = await index.get(pk, sk);
  const standing = item === null ? null : (JSON.parse(item.x) as RoleStanding | null);
  return standing?.format === FORMAT ? standing : null;
}

/** The proposals that the approvals among the events name; an approval may come long after its proposal. */
async function proposalsFor(
  stream: string,
  events: readonly Recorded<RoleEvent>[],
  { store }: IndexPorts,
): Promise<(version: number) => ProposedPolicy | undefined> {
  const found = new Map<number, ProposedPolicy>();
  const note = (event: Recorded<RoleEvent> | undefined) => {
    if (event?.type === "PolicyProposed") found.set(event.version, event.data);
  };
  for (const event of events) note(event);
  for (const event of events) {
    if (event.type !== "ProposalApproved" || found.has(event.data.proposal)) continue;
    const { proposal } = event.data;
    const [proposed] = await store.read<RoleEvent>(stream, {
      from: proposal,
      to: proposal,
      consistent: true,
    });
    note(proposed);
  }
  return (version) => found.get(version);
}

/** Of requests that are reopened: what their stream last said of them. */
async function contentsFor(
  { stream, project, folder }: ApplicationRow,
  events: readonly Recorded<ApplicationEvent>[],
  { store }: IndexPorts,
): Promise<ContentOf> {
  if (!events.some(({ type }) => type === "RequestReopened")) return () => undefined;
  if (stream !== applicationStream({ project, folder })) return () => undefined;
  const { requests } = foldApplication((await store.load<ApplicationEvent>(stream)).events);
  return (iid) => requests.get(iid);
}

function namedItem({ stream, roleArn, uniqueId }: RoleRow): IndexItem {
  return { ...named(roleArn, stream), x: JSON.stringify({ stream, roleArn, uniqueId }) };
}

function rowItem(kind: ListedKind, row: RoleRow | ApplicationRow): IndexItem & { readonly v: number } {
  return { ...listed(kind, row.stream), v: row.version, x: JSON.stringify(row) };
}

function standingItems(
  stream: string,
  standing: RoleStanding,
): readonly (IndexItem & { readonly v: number })[] {
  const v = standing.version;
  const { pk, sk } = listed("role", stream);
  const text = JSON.stringify(standing);
  // What does not fit into an item is made of the events again where it is needed.
  const x = packText(text).length > MOST_BYTES ? "null" : text;
  return [
    { ...standingKey(stream), v, x },
    { pk: growthKey(pk), sk, v, x: JSON.stringify(standing.growth) },
  ];
}

/** Each item once, and the months that the entries are of. */
function withMonths(items: readonly IndexItem[]): readonly IndexItem[] {
  const prefix = "index#month#";
  const months = new Set(
    items.filter(({ pk }) => pk.startsWith(prefix)).map(({ pk }) => pk.slice(prefix.length)),
  );
  const all = [...items, ...[...months].map((sk) => ({ pk: monthsKey, sk, x: "null" }))];
  return [...new Map(all.map((item) => [`${item.pk}\n${item.sk}`, item])).values()];
}
