import type { HourUsage, UnmappedCall, UsageExample, UsagePermission } from "../types.ts";
import { type Counter, examplesOf } from "./counter.ts";
import { countingInto } from "./counting.ts";
import { rememberRecords } from "./duplicates.ts";
import type { TimedExample } from "./examples.ts";
import { located, pathsIn } from "./iam-paths.ts";
import { iso } from "./iso.ts";
import { type Memory, type Scope, type SharedCall, take, takeShared } from "./take.ts";
import { emptyTally, type RoleTally, type Tally } from "./tally.ts";

export type UsageOptions = Scope;

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

/** A role with its counters by action. Those of one action are in no order. */
export interface CountersOfRole {
  readonly role: RoleTally;
  readonly actions: readonly (readonly Counter[])[];
}

const textOf = (condition: UsagePermission["condition"]) =>
  condition === null ? "" : JSON.stringify(condition);
const compare = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

/** By resource, what is told of it and condition; what nobody could tell apart by these stays as it came. */
export function inOrder({ what: a }: Counter, { what: b }: Counter): number {
  return (
    compare(a.resource ?? "", b.resource ?? "") ||
    (a.resource === null && b.resource === null ? compare(a.patterns.join(" "), b.patterns.join(" ")) : 0) ||
    compare(textOf(a.condition), textOf(b.condition))
  );
}

/** Per role, by ARN, its counters: what tells of them in sum has no need of tens of thousands of permissions. */
export function countersByRole(tally: Tally): readonly CountersOfRole[] {
  const paths = pathsIn(tally);
  return [...tally.roles.values()]
    .sort((a, b) => compare(a.caller.roleArn, b.caller.roleArn))
    .map((role) => {
      const byAction = [...located(role, paths)].sort(([a], [b]) => compare(a, b));
      return { role, actions: byAction.map(([, byKey]) => [...byKey.values()]) };
    });
}

export function exampleOf({
  time,
  denied,
  userAgent,
  eventID,
  sessionName,
  sourceIPAddress,
}: TimedExample): UsageExample {
  const eventTime = iso(time);
  return denied
    ? { eventID, sessionName, sourceIPAddress, userAgent, eventTime, denied }
    : { eventID, sessionName, sourceIPAddress, userAgent, eventTime };
}

function permissionOf(counter: Counter): UsagePermission {
  const { action, resource, patterns, condition, inferred } = counter.what;
  const { authorized, failed, denied, deniedBy } = counter;
  return {
    action,
    resource,
    ...(resource === null && patterns.length > 0 ? { patterns } : null),
    condition,
    inferred,
    authorized,
    failed,
    denied,
    deniedBy,
    first: iso(counter.first),
    last: iso(counter.last),
    examples: examplesOf(counter).map(exampleOf),
  };
}

/** What a role did, all of it told. */
export function useOf({ role, actions }: CountersOfRole): RoleUse {
  return {
    roleArn: role.caller.roleArn,
    accountId: role.caller.accountId,
    roleIds: [...role.ids].sort(compare),
    events: role.events,
    first: iso(role.first),
    last: iso(role.last),
    permissions: actions.flatMap((counters) => counters.toSorted(inOrder)).map(permissionOf),
    unmapped: unmappedOf(role),
  };
}

export function unmappedOf({ unmapped }: RoleTally): readonly UnmappedCall[] {
  return [...unmapped.entries()].sort(([a], [b]) => compare(a, b)).map(([, call]) => ({ ...call }));
}

/** Per role, by ARN, what a tally holds. */
export function rolesOf(tally: Tally): readonly RoleUse[] {
  return countersByRole(tally).map(useOf);
}

/**
 * Counts what each role used, in one pass over any number of records. Nothing in a record can make it throw. Neither
 * the numbers nor the examples (the earliest) depend on the order of the records.
 */
export function createUsage(options: UsageOptions = {}): Usage {
  const counting = countingInto(emptyTally());
  const wanted = options.roles === undefined ? null : new Set(options.roles);
  const duplicates = rememberRecords();
  const shared = new Set<string>();
  let waiting: SharedCall[] = [];
  const memoryOf = (raw: unknown): Memory => ({
    isDuplicate: ({ eventID }) => duplicates.seen(eventID, raw),
    isCounted(roleArn, sharedEventID) {
      const key = `${roleArn} ${sharedEventID}`;
      const counted = shared.has(key);
      shared.add(key);
      return counted;
    },
    later: (call) => waiting.push(call),
  });
  const settled = () => {
    takeShared(waiting, counting, memoryOf(null));
    waiting = [];
    counting.settle();
    return counting.tally;
  };
  return {
    add(records, file) {
      for (const raw of records) {
        take(raw, file?.deliveredAt ?? null, counting, options, wanted, memoryOf(raw));
      }
    },
    ...answersOf(settled),
  };
}

/** What a usage answers, of a tally that is looked at anew each time. */
export function answersOf(settled: () => Tally): Omit<Usage, "add"> {
  const roles = () => rolesOf(settled());
  return {
    counts: () => ({ ...settled().counts }),
    newest() {
      const { newest } = settled();
      return newest === null ? null : iso(newest);
    },
    roles,
    hourUsage: () =>
      roles().map(({ roleArn, permissions, unmapped }) => ({ roleArn, permissions, unmapped })),
  };
}
