import { UsageError } from "./errors.ts";
import type { TrailHour } from "./types.ts";

/**
 * Keys of usage in the system's one table.
 *
 * Usage: pk `usage#<role ARN>`, sk `<hour>#<region>#<account>#0`; a role whose hour is too large for one item goes on
 * in `…#0#<generation>#<part>`. The account stands in the key because it is the trail's, and one role can be seen by the trails of several.
 * Marks: pk `trail#<account>#<region>`, sk `<hour>`.
 */
export function usageKey(roleArn: string): string {
  return `usage#${roleArn}`;
}

export function markKey(account: string, region: string): string {
  return `trail#${account}#${region}`;
}

export function usageSlot({ hour, region, accountId }: TrailHour): string {
  return `${hour}#${region}#${accountId}#0`;
}

export function partSlot(hour: TrailHour, generation: string, part: number): string {
  return `${usageSlot(hour)}#${generation}#${String(part).padStart(4, "0")}`;
}

/** First and last key of the hours from..to, both included: `$` is the character after `#`. */
export function slotRange(from: string, to: string): { readonly first: string; readonly last: string } {
  return { first: from, last: `${to}$` };
}

export function parseSlot(slot: string): TrailHour | null {
  const [hour, region, accountId] = slot.split("#");
  if (hour === undefined || region === undefined || accountId === undefined) return null;
  return { hour, region, accountId };
}

export function checkHour(hour: string): void {
  if (/^\d{4}-\d{2}-\d{2}T\d{2}$/.test(hour) && Number.isFinite(Date.parse(`${hour}:00:00Z`))) return;
  throw new UsageError("bad-usage", `An hour is YYYY-MM-DDTHH in UTC, not ${JSON.stringify(hour)}.`);
}

/** Account, Region and role come from logs: nothing that could end up under another key. */
export function checkTrailHour({ accountId, region, hour }: TrailHour): void {
  checkHour(hour);
  if (!/^\d{12}$/.test(accountId))
    throw new UsageError("bad-usage", `An account has 12 digits, not ${JSON.stringify(accountId)}.`);
  if (!/^[a-z0-9-]{1,40}$/.test(region))
    throw new UsageError("bad-usage", `${JSON.stringify(region)} is no AWS Region.`);
}

/** One entry per role: two would be written over each other. */
export function checkRoles(roleArns: readonly string[]): void {
  const seen = new Set<string>();
  for (const roleArn of roleArns) {
    checkRole(roleArn);
    if (seen.has(roleArn))
      throw new UsageError("bad-usage", `${roleArn} comes twice in one hour: join what it did first.`);
    seen.add(roleArn);
  }
}

export function checkRole(roleArn: string): void {
  if (/^arn:[a-z0-9-]+:[a-z]+::\d{12}:.+$/.test(roleArn) && Buffer.byteLength(roleArn) <= 2000) return;
  throw new UsageError("bad-usage", `${JSON.stringify(roleArn.slice(0, 200))} is no role ARN.`);
}
