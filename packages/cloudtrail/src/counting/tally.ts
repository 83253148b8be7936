import type { Caller } from "../mapping/who.ts";
import { type Counter, keyOf, sumOf } from "./counter.ts";

export interface RoleTally {
  readonly caller: Caller;
  readonly ids: Set<string>;
  /** By action, then by what `keyOf` tells. */
  readonly permissions: Map<string, Map<string, Counter>>;
  readonly unmapped: Map<string, { readonly eventSource: string; readonly eventName: string; count: number }>;
  events: number;
  first: number;
  last: number;
}

export interface Counts {
  records: number;
  duplicates: number;
  outsideWindow: number;
  matched: number;
  shared: number;
  unreadable: number;
}

/** What was counted so far. */
export interface Tally {
  readonly counts: Counts;
  readonly roles: Map<string, RoleTally>;
  newest: number | null;
}

export function emptyTally(): Tally {
  const counts = { records: 0, duplicates: 0, outsideWindow: 0, matched: 0, shared: 0, unreadable: 0 };
  return { counts, roles: new Map(), newest: null };
}

export function noteNewest(tally: Tally, time: number | null, deliveredAt: number | null): void {
  if (time !== null && deliveredAt !== null && time <= deliveredAt && time > (tally.newest ?? -Infinity)) {
    tally.newest = time;
  }
}

/** The caller's counters; of a role that was not met before none, as of that time. */
export function roleOf(tally: Tally, caller: Caller, time: number): RoleTally {
  let role = tally.roles.get(caller.roleArn);
  if (role === undefined) {
    const empty = { ids: new Set<string>(), permissions: new Map(), unmapped: new Map(), events: 0 };
    role = { caller, ...empty, first: time, last: time };
    tally.roles.set(caller.roleArn, role);
  }
  if (caller.roleId !== null) role.ids.add(caller.roleId);
  return role;
}

/** Every counter of a role. */
export function countersOf({ permissions }: Pick<RoleTally, "permissions">): Counter[] {
  return [...permissions.values()].flatMap((byKey) => [...byKey.values()]);
}

function countersByKey(
  { permissions }: Pick<RoleTally, "permissions">,
  action: string,
): Map<string, Counter> {
  let byKey = permissions.get(action);
  if (byKey === undefined) {
    byKey = new Map();
    permissions.set(action, byKey);
  }
  return byKey;
}

/** Adds a counter; one of the same permission is replaced by the sum of the two. */
export function addCounter(role: Pick<RoleTally, "permissions">, counter: Counter): void {
  const byKey = countersByKey(role, counter.what.action);
  const key = keyOf(counter.what);
  const known = byKey.get(key);
  if (known === undefined) {
    byKey.set(key, counter);
    return;
  }
  byKey.set(key, sumOf(known, counter));
}

export function unmappedKeyOf(eventSource: string, eventName: string): string {
  return `${eventSource} ${eventName}`;
}

export function countUnmapped(role: RoleTally, eventSource: string, eventName: string, count: number): void {
  const key = unmappedKeyOf(eventSource, eventName);
  const known = role.unmapped.get(key) ?? { eventSource, eventName, count: 0 };
  known.count += count;
  role.unmapped.set(key, known);
}

/** Adds what another worker counted. The sum does not depend on who counted what. */
export function mergeTally(into: Tally, from: Tally): void {
  for (const name of Object.keys(into.counts) as (keyof Counts)[]) into.counts[name] += from.counts[name];
  if (from.newest !== null) into.newest = Math.max(into.newest ?? from.newest, from.newest);
  for (const [arn, other] of from.roles) {
    const role = into.roles.get(arn);
    if (role === undefined) into.roles.set(arn, other);
    else mergeRole(role, other);
  }
}

function mergeRole(role: RoleTally, other: RoleTally): void {
  role.events += other.events;
  role.first = Math.min(role.first, other.first);
  role.last = Math.max(role.last, other.last);
  for (const id of other.ids) role.ids.add(id);
  for (const call of other.unmapped.values())
    countUnmapped(role, call.eventSource, call.eventName, call.count);
  for (const [action, theirs] of other.permissions) {
    const mine = role.permissions.get(action);
    if (mine === undefined) role.permissions.set(action, theirs);
    else mergeCounters(mine, theirs);
  }
}

function mergeCounters(mine: Map<string, Counter>, theirs: ReadonlyMap<string, Counter>): void {
  for (const [key, their] of theirs) {
    const own = mine.get(key);
    if (own === undefined) mine.set(key, their);
    else mine.set(key, sumOf(own, their));
  }
}
