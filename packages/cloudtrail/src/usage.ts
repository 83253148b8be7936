import { rememberRecords } from "./duplicates.ts";
import { type Evidence, readRecord } from "./evidence.ts";
import { parseRecord, type TrailRecord } from "./record.ts";
import type { DeniedBy, HourUsage, UnmappedCall, UsageExample, UsagePermission } from "./types.ts";
import { type Caller, callerOf } from "./who.ts";

export interface UsageOptions {
  /** Only these roles (ARNs with path); every role when absent. */
  readonly roles?: readonly string[];
  /** Milliseconds since 1970, both included. A record without a readable time is outside of any window. */
  readonly since?: number;
  readonly until?: number;
}

export interface UsageCounts {
  /** All records, whoever made them. */
  readonly records: number;
  readonly duplicates: number;
  readonly outsideWindow: number;
  /** Calls of a role in scope, within the window, each once. */
  readonly matched: number;
  /** The same act of a role, recorded in a second account. */
  readonly shared: number;
  /** What stood in a file's list of records and is none. */
  readonly unreadable: number;
}

export interface RoleUse {
  readonly roleArn: string;
  readonly accountId: string;
  /** Unique ids seen: more than one when the role was deleted and made again. */
  readonly roleIds: readonly string[];
  readonly events: number;
  readonly first: string;
  readonly last: string;
  readonly permissions: readonly UsagePermission[];
  readonly unmapped: readonly UnmappedCall[];
}

export interface Usage {
  /** Adds the records of one file. `deliveredAt` (milliseconds) stands in for the time of a record without one. */
  add(records: readonly unknown[], file?: { readonly deliveredAt?: number | null }): void;
  counts(): UsageCounts;
  /** Newest event that is not later than the delivery of its file; null when no file tells its delivery. */
  newest(): string | null;
  /** Per role, by ARN. */
  roles(): readonly RoleUse[];
  /** The same as `@plp/usage` stores it for one hour of delivery. */
  hourUsage(): readonly HourUsage[];
}

const mostExamples = 3;
const mostPatterns = 20;

interface Counter {
  readonly evidence: Evidence;
  authorized: number;
  failed: number;
  denied: number;
  deniedBy: DeniedBy | null;
  first: number;
  last: number;
  readonly examples: UsageExample[];
  readonly patterns: Set<string>;
}

interface RoleCounter {
  readonly caller: Caller;
  readonly ids: Set<string>;
  readonly permissions: Map<string, Counter>;
  readonly unmapped: Map<string, { eventSource: string; eventName: string; count: number }>;
  readonly shared: Set<string>;
  events: number;
  first: number;
  last: number;
}

const iso = (time: number) => new Date(time).toISOString().replace(".000Z", "Z");

/** An identity policy's refusal is the one that a request can change, so it outweighs the others. */
function stronger(old: DeniedBy | null, next: DeniedBy | null): DeniedBy | null {
  return old === null || old === "unknown" || next === "identity" ? (next ?? old) : old;
}

function exampleOf(record: TrailRecord, caller: Caller, time: number): UsageExample {
  const { userAgent, sourceIPAddress } = record;
  return {
    eventID: record.eventID ?? "",
    eventTime: iso(time),
    sessionName: caller.sessionName,
    userAgent: userAgent?.slice(0, 256) ?? null,
    sourceIPAddress,
  };
}

function count(role: RoleCounter, evidence: Evidence, record: TrailRecord, time: number): void {
  const key = JSON.stringify([evidence.action, evidence.resource, evidence.condition, evidence.inferred]);
  const found = role.permissions.get(key);
  const counter: Counter = found ?? {
    evidence,
    authorized: 0,
    failed: 0,
    denied: 0,
    deniedBy: null,
    first: time,
    last: time,
    examples: [],
    patterns: new Set(),
  };
  if (found === undefined) {
    role.permissions.set(key, counter);
  }
  if (evidence.outcome === "denied") {
    counter.denied += 1;
    counter.deniedBy = stronger(counter.deniedBy, evidence.deniedBy);
  } else {
    counter.authorized += 1;
    counter.failed += evidence.outcome === "failed" ? 1 : 0;
  }
  for (const pattern of evidence.outcome === "denied" ? [] : evidence.patterns) {
    // One more than is told: then it is known to be too many.
    if (counter.patterns.size <= mostPatterns) {
      counter.patterns.add(pattern);
    }
  }
  counter.first = Math.min(counter.first, time);
  counter.last = Math.max(counter.last, time);
  if (counter.examples.length < mostExamples && record.eventID !== null) {
    counter.examples.push(exampleOf(record, role.caller, time));
  }
}

function permissionOf({ evidence, first, last, patterns, ...counted }: Counter): UsagePermission {
  const { action, resource, condition, inferred } = evidence;
  const asked =
    patterns.size === 0 ? {} : { patterns: patterns.size > mostPatterns ? ["*"] : [...patterns].sort() };
  return { action, resource, ...asked, condition, inferred, ...counted, first: iso(first), last: iso(last) };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function sorted(permissions: readonly UsagePermission[]): UsagePermission[] {
  const key = (p: UsagePermission) => `${p.action} ${p.resource ?? ""} ${JSON.stringify(p.condition)}`;
  return [...permissions].sort((a, b) => compare(key(a), key(b)));
}

/**
 * Counts what each role used, in one pass over any number of records. Nothing in a record can make it throw. The
 * numbers do not depend on the order of the records; the examples are the first that came.
 */
export function createUsage(options: UsageOptions = {}): Usage {
  const wanted = options.roles === undefined ? null : new Set(options.roles);
  const duplicates = rememberRecords();
  const byRole = new Map<string, RoleCounter>();
  const counts = { records: 0, duplicates: 0, outsideWindow: 0, matched: 0, shared: 0, unreadable: 0 };
  let newest: number | null = null;

  const inWindow = (time: number | null) =>
    (options.since === undefined || (time !== null && time >= options.since)) &&
    (options.until === undefined || (time !== null && time <= options.until));

  const roleOf = (caller: Caller, time: number): RoleCounter => {
    const known = byRole.get(caller.roleArn);
    if (known !== undefined) {
      return known;
    }
    const empty = {
      ids: new Set<string>(),
      permissions: new Map(),
      unmapped: new Map(),
      shared: new Set<string>(),
    };
    const role: RoleCounter = { caller, ...empty, events: 0, first: time, last: time };
    byRole.set(caller.roleArn, role);
    return role;
  };

  const take = (record: TrailRecord, caller: Caller, time: number) => {
    const role = roleOf(caller, time);
    const { sharedEventID } = record;
    if (sharedEventID !== null && role.shared.has(sharedEventID)) {
      counts.shared += 1;
      return;
    }
    if (sharedEventID !== null) {
      role.shared.add(sharedEventID);
    }
    counts.matched += 1;
    role.events += 1;
    role.first = Math.min(role.first, time);
    role.last = Math.max(role.last, time);
    if (caller.roleId !== null) {
      role.ids.add(caller.roleId);
    }
    const reading = readRecord(record);
    if (reading.kind === "call") {
      for (const evidence of reading.evidence) {
        count(role, evidence, record, time);
      }
    } else if (reading.kind === "unmapped") {
      const eventSource = record.eventSource ?? "";
      const eventName = record.eventName ?? "";
      const key = `${eventSource} ${eventName}`;
      const unmapped = role.unmapped.get(key) ?? { eventSource, eventName, count: 0 };
      unmapped.count += 1;
      role.unmapped.set(key, unmapped);
    }
  };

  const addOne = (raw: unknown, deliveredAt: number | null) => {
    const record = parseRecord(raw);
    if (record === null) {
      counts.unreadable += 1;
      return;
    }
    counts.records += 1;
    if (duplicates.seen(record.eventID, raw)) {
      counts.duplicates += 1;
      return;
    }
    if (record.time !== null && deliveredAt !== null && record.time <= deliveredAt) {
      newest = Math.max(newest ?? record.time, record.time);
    }
    if (!inWindow(record.time)) {
      counts.outsideWindow += 1;
      return;
    }
    const caller = callerOf(record);
    if (caller !== null && (wanted === null || wanted.has(caller.roleArn))) {
      take(record, caller, record.time ?? deliveredAt ?? 0);
    }
  };

  const roles = () =>
    [...byRole.values()]
      .map((role) => ({
        roleArn: role.caller.roleArn,
        accountId: role.caller.accountId,
        roleIds: [...role.ids].sort(compare),
        events: role.events,
        first: iso(role.first),
        last: iso(role.last),
        permissions: sorted([...role.permissions.values()].map(permissionOf)),
        unmapped: [...role.unmapped.entries()].sort(([a], [b]) => compare(a, b)).map(([, call]) => call),
      }))
      .sort((a, b) => compare(a.roleArn, b.roleArn));

  return {
    add(records, file) {
      for (const raw of records) {
        addOne(raw, file?.deliveredAt ?? null);
      }
    },
    counts: () => ({ ...counts }),
    newest: () => (newest === null ? null : iso(newest)),
    roles,
    hourUsage: () =>
      roles().map(({ roleArn, permissions, unmapped }) => ({ roleArn, permissions, unmapped })),
  };
}
