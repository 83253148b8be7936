import { readRecord } from "../mapping/evidence.ts";
import { parseRecord, type TrailRecord } from "../mapping/record.ts";
import { type Caller, callerOf } from "../mapping/who.ts";
import type { Counting } from "./counting.ts";
import { noteNewest } from "./tally.ts";

export interface Scope {
  /** Only these roles (ARNs with path); every role when absent. */
  readonly roles?: readonly string[];
  /** Milliseconds since 1970, both included. A record without a readable time is outside of any window. */
  readonly since?: number;
  readonly until?: number;
}

export function inWindow({ since, until }: Scope, time: number | null): boolean {
  return (
    (since === undefined || (time !== null && time >= since)) &&
    (until === undefined || (time !== null && time <= until))
  );
}

/**
 * When a call happened: as its record says, but no later than its file was delivered, so that a record dated 2099 makes
 * nothing look used until then.
 */
export function countedAt(time: number | null, deliveredAt: number | null): number {
  return Math.min(time ?? deliveredAt ?? 0, deliveredAt ?? Number.POSITIVE_INFINITY);
}

/** A call that another account's trail recorded too. */
export interface SharedCall {
  readonly record: TrailRecord;
  readonly caller: Caller;
  readonly time: number;
}

/** What only the one who counts knows: which records there were, here or elsewhere. */
export interface Memory {
  isDuplicate(record: TrailRecord): boolean;
  /** Was this act of the role counted already? Remembers it either way. */
  isCounted(roleArn: string, sharedEventID: string): boolean;
  /** Counted at the end, if the caller's own account recorded it nowhere. */
  later(call: SharedCall): void;
}

/** Counts one record as it was parsed from a file. Nothing in it can make this throw. */
export function take(
  raw: unknown,
  deliveredAt: number | null,
  counting: Counting,
  scope: Scope,
  wanted: ReadonlySet<string> | null,
  memory: Memory,
): void {
  const { tally } = counting;
  const { counts } = tally;
  const record = parseRecord(raw);
  if (record === null) {
    counts.unreadable += 1;
    return;
  }
  counts.records += 1;
  noteNewest(tally, record.time, deliveredAt);
  if (memory.isDuplicate(record)) {
    counts.duplicates += 1;
    return;
  }
  if (!inWindow(scope, record.time)) {
    counts.outsideWindow += 1;
    return;
  }
  const caller = callerOf(record);
  if (caller === null || (wanted !== null && !wanted.has(caller.roleArn))) {
    return;
  }
  countCall(record, caller, countedAt(record.time, deliveredAt), counting, memory);
}

/** Counts a call of a role in scope, unless the same act was recorded elsewhere. */
export function countCall(
  record: TrailRecord,
  caller: Caller,
  time: number,
  counting: Counting,
  memory: Pick<Memory, "isCounted" | "later">,
): void {
  const { sharedEventID, recipientAccountId } = record;
  if (sharedEventID !== null) {
    if (recipientAccountId !== null && recipientAccountId !== caller.accountId) {
      memory.later({ record, caller, time });
      return;
    }
    if (memory.isCounted(caller.roleArn, sharedEventID)) {
      counting.tally.counts.shared += 1;
      return;
    }
  }
  countNew(record, caller, time, counting);
}

/** Nobody reads more of an agent or an address. */
export const longestText = 256;

function countNew(record: TrailRecord, caller: Caller, time: number, counting: Counting): void {
  const move = counting.moveOf(counting.roleOf(caller, time), readRecord(record), record, time);
  counting.count(move, 1, time, time);
  const { eventID, userAgent, sourceIPAddress } = record;
  if (eventID === null) return;
  counting.offer(move, {
    ...{ time, id: eventID, idFrom: 0, sessionName: caller.sessionName },
    userAgent: userAgent?.slice(0, longestText) ?? null,
    sourceIPAddress: sourceIPAddress?.slice(0, longestText) ?? null,
  });
}

/** Counts what only other accounts recorded; of several records of one act the earliest. */
export function takeShared(
  calls: readonly SharedCall[],
  counting: Counting,
  memory: Pick<Memory, "isCounted">,
): void {
  const key = ({ time, record }: SharedCall) => `${String(time).padStart(16, "0")} ${record.eventID}`;
  for (const { record, caller, time } of [...calls].sort((a, b) => (key(a) < key(b) ? -1 : 1))) {
    if (record.sharedEventID !== null && memory.isCounted(caller.roleArn, record.sharedEventID)) {
      counting.tally.counts.shared += 1;
    } else {
      countNew(record, caller, time, counting);
    }
  }
}
