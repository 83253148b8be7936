import type { Actor, ApplicationEvent, Recorded, RoleEvent } from "@plp/domain";
import type { ApplicationRow } from "./application-view.ts";
import { concernedActions, type PolicyChange } from "./concerned.ts";
import { eventText } from "./event-text.ts";
import { entrySlot, type Facet, facetKey } from "./keys.ts";
import type { RoleRow } from "./role-view.ts";
import type { IndexItem } from "./table.ts";

/** An event as an audit finds it; its data stands in its stream, at its version. */
export interface IndexedEvent {
  readonly stream: string;
  /** Of an event of a role. */
  readonly roleArn: string | null;
  readonly application: string | null;
  readonly environment: string | null;
  readonly accountId: string | null;
  readonly version: number;
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly actor: Actor;
  /** People whom the event names as those who decided or wrote it. */
  readonly people: readonly string[];
  readonly correlationId: string;
  readonly hash: string;
  /** Services of whose actions it speaks; `*`: of any. Which actions, its entries of the facet `action` say. */
  readonly services: readonly string[];
  /** What it says, in half a sentence. */
  readonly text: string;
}

/** What an entry of the facet `action` holds beside the event: its actions of that service. */
export interface ActionEntry extends IndexedEvent {
  readonly actions: readonly string[];
}

/** The entries of an event of a role, one for each way to find it. */
export function roleEntries(
  row: RoleRow,
  event: Recorded<RoleEvent>,
  change: PolicyChange | null,
): readonly IndexItem[] {
  const { stream, roleArn, application, environment, accountId } = row;
  const actions = concernedActions(event, change);
  const place = { roleArn, application, environment, accountId, services: [...actions.keys()].sort() };
  const entry = entryOf(stream, event, place);
  const ofActions = [...actions].map(([service, names]) =>
    itemOf("action", service, { ...entry, actions: names }),
  );
  return [...entriesOf(entry), ...ofActions];
}

/** The entries of an event of an application. */
export function applicationEntries(
  row: ApplicationRow,
  event: Recorded<ApplicationEvent>,
): readonly IndexItem[] {
  const place = { roleArn: null, application: row.name, environment: null, accountId: null, services: [] };
  return entriesOf(entryOf(row.stream, event, place));
}

function entryOf(
  stream: string,
  event: Recorded<RoleEvent | ApplicationEvent>,
  place: Pick<IndexedEvent, "roleArn" | "application" | "environment" | "accountId" | "services">,
): IndexedEvent {
  const { version, type, recordedAt, actor, correlationId, hash } = event;
  return {
    ...{ stream, ...place, version, type },
    ...{ occurredAt: moment(event.occurredAt) ?? recordedAt, recordedAt },
    ...{ actor, people: peopleIn(event), correlationId, hash, text: cut(eventText(event)) },
  };
}

/** Others said when it happened: what is no time must not become a place in an order of times. */
function moment(text: string): string | null {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return null;
  const iso = new Date(at).toISOString();
  return /^\d{4}-/.test(iso) ? iso : null;
}

/** Under each way to find it, once. */
function entriesOf(entry: IndexedEvent): readonly IndexItem[] {
  const { roleArn, application, accountId, actor, people, type, occurredAt } = entry;
  const facets: readonly (readonly [Facet, string | null])[] = [
    ["month", occurredAt.slice(0, 7)],
    ["type", type],
    ["role", roleArn],
    ["application", application],
    ["account", accountId],
    ...[...new Set([actor.name || actor.id, ...people])].map((name) => ["actor", name] as const),
  ];
  const items = facets.flatMap(([facet, value]) => (value ? [itemOf(facet, value, entry)] : []));
  return [...new Map(items.map((item) => [item.pk, item])).values()];
}

function itemOf(facet: Facet, value: string, entry: IndexedEvent | ActionEntry): IndexItem {
  const { occurredAt, version, stream } = entry;
  return {
    pk: facetKey(facet, value),
    sk: entrySlot(occurredAt, version, stream),
    x: JSON.stringify(entry),
  };
}

/** The people of an event's data: who merged, closed, committed or marked as ready. */
function peopleIn({ data }: Recorded<RoleEvent | ApplicationEvent>): readonly string[] {
  const { mergedBy, closedBy, startedBy, by, commit } = data as {
    readonly mergedBy?: unknown;
    readonly closedBy?: unknown;
    readonly startedBy?: unknown;
    readonly by?: unknown;
    readonly commit?: unknown;
  };
  const names = [mergedBy, closedBy, startedBy, by].map((person) =>
    typeof person === "string" ? person : memberOf(person, "username"),
  );
  return [...new Set([...names, memberOf(commit, "author")])].filter((name) => name !== null).map(cut);
}

/** Names and reasons are others' words, of any length. */
const MOST_CHARACTERS = 300;

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}

function memberOf(value: unknown, name: string): string | null {
  if (typeof value !== "object" || value === null) return null;
  const member = (value as Readonly<Record<string, unknown>>)[name];
  return typeof member === "string" && member !== "" ? member : null;
}
