import type { Evidence, Reading } from "./evidence.ts";
import type { TrailRecord } from "./record.ts";
import { remembered } from "./remembered.ts";
import type { DeniedBy, UsageExample } from "./types.ts";
import type { Caller } from "./who.ts";

/** How often one permission was used. */
export interface Counter {
  readonly what: Pick<Evidence, "action" | "resource" | "patterns" | "condition" | "inferred">;
  authorized: number;
  failed: number;
  denied: number;
  deniedBy: DeniedBy | null;
  first: number;
  last: number;
  /** Those of calls that were allowed first; of each kind the earliest, oldest first. Replaced, never changed. */
  examples: readonly TimedExample[];
}

/** An example whose time is still a number. */
export interface TimedExample extends Omit<UsageExample, "eventTime" | "denied" | "userAgent"> {
  readonly time: number;
  readonly denied: boolean;
  /** An object, because the same object is sent to another thread once, and the same text every time. */
  readonly agent: { readonly userAgent: string } | null;
}

const agentOf = remembered((userAgent) => ({ userAgent: userAgent.slice(0, 256) }), 1_000);

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

/** What was counted so far. Plain data: a worker can send it. */
export interface Tally {
  readonly counts: Counts;
  readonly roles: Map<string, RoleTally>;
  newest: number | null;
}

const mostExamples = 3;
const none: readonly never[] = [];

export function emptyTally(): Tally {
  const counts = { records: 0, duplicates: 0, outsideWindow: 0, matched: 0, shared: 0, unreadable: 0 };
  return { counts, roles: new Map(), newest: null };
}

export function noteNewest(tally: Tally, time: number | null, deliveredAt: number | null): void {
  if (time !== null && deliveredAt !== null && time <= deliveredAt && time > (tally.newest ?? -Infinity)) {
    tally.newest = time;
  }
}

/** The caller's counters, with one event more. */
export function countEvent(tally: Tally, caller: Caller, time: number): RoleTally {
  let role = tally.roles.get(caller.roleArn);
  if (role === undefined) {
    const empty = { ids: new Set<string>(), permissions: new Map(), unmapped: new Map(), events: 0 };
    role = { caller, ...empty, first: time, last: time };
    tally.roles.set(caller.roleArn, role);
  }
  tally.counts.matched += 1;
  role.events += 1;
  if (time < role.first) role.first = time;
  if (time > role.last) role.last = time;
  if (caller.roleId !== null) role.ids.add(caller.roleId);
  return role;
}

/** An identity policy's refusal is the one that a request can change, so it outweighs the others. */
const strength: readonly (DeniedBy | null)[] = [
  null,
  "unknown",
  "session",
  "resource",
  "boundary",
  "scp",
  "identity",
];

function stronger(a: DeniedBy | null, b: DeniedBy | null): DeniedBy | null {
  return strength.indexOf(b) > strength.indexOf(a) ? b : a;
}

/**
 * What distinguishes permissions of one role and action: mostly the resource itself, because a text of its own for each
 * would double what is kept. Of a resource that is not told it is what is told of it, so that ten names are never joined
 * to all there are. No resource begins with a bracket, and no telling holds the end of a line.
 */
function keyOf({ resource, patterns, condition, inferred }: Counter["what"]): string {
  const telling = resource ?? `[${patterns.join("\n")}`;
  return condition === null && !inferred ? telling : `[${JSON.stringify([condition, inferred])}${telling}`;
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
  const sum = { ...known };
  mergeCounter(sum, counter);
  byKey.set(key, sum);
}

export function unmappedKeyOf(eventSource: string, eventName: string): string {
  return `${eventSource} ${eventName}`;
}

export function counterOf(role: RoleTally, evidence: Evidence, time: number): Counter {
  const byKey = countersByKey(role, evidence.action);
  const key = keyOf(evidence);
  let counter = byKey.get(key);
  if (counter === undefined) {
    const { action, resource, patterns, condition, inferred } = evidence;
    const what = { action, resource, patterns, condition, inferred };
    counter = {
      what,
      authorized: 0,
      failed: 0,
      denied: 0,
      deniedBy: null,
      first: time,
      last: time,
      examples: none,
    };
    byKey.set(key, counter);
  }
  return counter;
}

function countOutcome(counter: Counter, outcome: Evidence["outcome"], time: number): void {
  if (outcome === "denied") {
    counter.denied += 1;
  } else {
    counter.authorized += 1;
    if (outcome === "failed") counter.failed += 1;
  }
  if (time < counter.first) counter.first = time;
  if (time > counter.last) counter.last = time;
}

/** Calls up to that time, refused or not, may be among the examples: the earliest are kept, whatever the order of reading. */
export function examplesUntil({ examples }: Counter, denied: boolean): number {
  const last = examples[mostExamples - 1];
  if (last === undefined || (last.denied && !denied)) return Number.POSITIVE_INFINITY;
  return denied && !last.denied ? Number.NEGATIVE_INFINITY : last.time;
}

export function exampleOf(
  { eventID, userAgent, sourceIPAddress }: Pick<TrailRecord, "eventID" | "userAgent" | "sourceIPAddress">,
  { sessionName }: Caller,
  time: number,
  denied: boolean,
): TimedExample | null {
  const agent = userAgent === null ? null : agentOf(userAgent);
  return eventID === null ? null : { time, eventID, sessionName, agent, sourceIPAddress, denied };
}

/** Keeps the example if it is among the first. */
export function addExample(counter: Counter, example: TimedExample | null): void {
  if (example === null || example.time > examplesUntil(counter, example.denied)) return;
  const { examples } = counter;
  // A list that grows keeps room for more, in tens of thousands of counters: each is made as long as it is.
  if (examples.length === 0) {
    counter.examples = [example];
    return;
  }
  if (examples.some(({ eventID }) => eventID === example.eventID)) return;
  const index = examples.findIndex((one) => isBefore(example, one));
  const all = examples.toSpliced(index === -1 ? examples.length : index, 0, example);
  counter.examples = all.length > mostExamples ? all.slice(0, mostExamples) : all;
}

function isBefore(a: TimedExample, b: TimedExample): boolean {
  if (a.denied !== b.denied) return b.denied;
  return a.time < b.time || (a.time === b.time && a.eventID < b.eventID);
}

const day = 86_400_000;
let lastDay = Number.NaN;
let dayText = "";
let lastTime = Number.NaN;
let timeText = "";
const two = (number: number) => (number < 10 ? `0${number}` : String(number));

/** A time as events have it; of what was seen but once, the first, the last and the example's are the same. */
export function iso(time: number): string {
  if (time !== lastTime) {
    timeText = textOf(time);
    lastTime = time;
  }
  return timeText;
}

/** Of tens of thousands of times most are of the same day. */
function textOf(time: number): string {
  const rest = time % day;
  if (rest < 0 || rest % 1_000 !== 0) return new Date(time).toISOString().replace(".000Z", "Z");
  if (time - rest !== lastDay) {
    lastDay = time - rest;
    dayText = new Date(lastDay).toISOString().slice(0, -13);
  }
  const seconds = rest / 1_000;
  const minutes = Math.floor(seconds / 60);
  return `${dayText}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}Z`;
}

/** Counts a call by what it proves. Answers with the counters it moved, in the order of the evidence. */
export function countReading(
  role: RoleTally,
  reading: Reading,
  record: Pick<TrailRecord, "eventSource" | "eventName">,
  time: number,
  example: (denied: boolean) => TimedExample | null,
): readonly Counter[] {
  if (reading.kind === "not-a-call") return [];
  if (reading.kind === "unmapped") {
    countUnmapped(role, record.eventSource ?? "", record.eventName ?? "", 1);
    return [];
  }
  return reading.evidence.map((evidence) => {
    const counter = counterOf(role, evidence, time);
    counter.deniedBy = stronger(counter.deniedBy, evidence.deniedBy);
    countOutcome(counter, evidence.outcome, time);
    const denied = evidence.outcome === "denied";
    if (time <= examplesUntil(counter, denied)) addExample(counter, example(denied));
    return counter;
  });
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
    else mergeCounter(own, their);
  }
}

function mergeCounter(mine: Counter, theirs: Counter): void {
  mine.authorized += theirs.authorized;
  mine.failed += theirs.failed;
  mine.denied += theirs.denied;
  mine.deniedBy = stronger(mine.deniedBy, theirs.deniedBy);
  mine.first = Math.min(mine.first, theirs.first);
  mine.last = Math.max(mine.last, theirs.last);
  for (const example of theirs.examples) addExample(mine, example);
}
