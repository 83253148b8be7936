import { createHash } from "node:crypto";

/** A role that waits for a start, or a request that waits to be opened. */
export interface WaitingRole {
  /** The role's stream, or what names the request. */
  readonly role: string;
  /** Up to when it was analysed, or since when it is proposed (ISO 8601 UTC), or `NEVER`: who waits longest is first. */
  readonly since: string;
  /** The run that waits, or the round in which the request came. */
  readonly run: string;
}

/**
 * The roles that wait for a start in one line (of an account and a Region), the longest unanalysed first. It is how the applications of an account,
 * which are looked at apart from each other, agree on who is next; nothing else is decided by it, and no start is
 * counted here. Faults: those of the usage store.
 */
export interface WaitingLine {
  /** Joins for thirty hours, a tick and some; joining again, also for a newer run, keeps the place. */
  join(line: string, waiting: WaitingRole): Promise<void>;
  /** Leaves; nothing happens when it is not there. */
  leave(line: string, waiting: WaitingRole): Promise<void>;
  /** The first so many, strongly consistent. */
  first(line: string, count: number): Promise<readonly WaitingRole[]>;
}

/** Of a role that was never analysed: it is before all others. */
export const NEVER = "0";

/** Longer than a day, so that a tick that is late loses nobody; short, because who is gone for good takes a place until then. */
export const WAITING_MS = 30 * 3_600_000;

/** Keys in the system's one table: pk `lane#<account>/<Region>`, sk `<since>#<hash of the role's stream>`. */
export function laneKey(line: string): string {
  return `lane#${line}`;
}

export function waitingSlot({ since, role }: WaitingRole): string {
  return `${since}#${createHash("sha256").update(role).digest("hex").slice(0, 32)}`;
}
