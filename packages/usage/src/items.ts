import { UsageError } from "./errors.ts";
import { parseSlot, partSlot, usageKey, usageSlot } from "./keys.ts";
import { generationOf, listOf, pack, partsOf, unpack } from "./parts.ts";
import type { HourMark, HourUsage, RoleUsage, TrailHour, UnmappedCall, UsagePermission } from "./types.ts";

const TTL_SECONDS = 400 * 24 * 3600;

/** DynamoDB removes usage and marks 400 days after the hour was read: longer than the longest retention. */
export function expiryOf(readAt: string): number {
  const time = Date.parse(readAt);
  if (!Number.isFinite(time))
    throw new UsageError("bad-usage", `readAt is ${JSON.stringify(readAt)}, no time.`);
  return Math.floor(time / 1000) + TTL_SECONDS;
}

/** One usage item. `g` and `p` only on the first of several parts: generation and number of parts. */
export interface UsageItem {
  readonly pk: string;
  readonly sk: string;
  readonly u: Uint8Array;
  readonly g?: string;
  readonly p?: number;
}

/**
 * The items of a role's hour, in the order in which they must be written: the parts first, and last the item that
 * names them, which thereby replaces the whole hour of that role at once.
 */
export function itemsOf(hour: TrailHour, usage: HourUsage): readonly UsageItem[] {
  const pk = usageKey(usage.roleArn);
  const parts = partsOf(usage).map(pack);
  const [first] = parts;
  if (first === undefined) return [];
  if (parts.length === 1) return [{ pk, sk: usageSlot(hour), u: first }];
  const g = generationOf(parts);
  const rest = parts.slice(1).map((u, index) => ({ pk, sk: partSlot(hour, g, index + 1), u }));
  return [...rest, { pk, sk: usageSlot(hour), u: first, g, p: parts.length }];
}

/** How the mark remembers an item: enough to find it again. */
export function writtenName({ pk, sk }: Pick<UsageItem, "pk" | "sk">, hour: TrailHour): string {
  return `${sk.slice(usageSlot(hour).length)} ${pk}`;
}

export function writtenItem(name: string, hour: TrailHour): Pick<UsageItem, "pk" | "sk"> {
  const space = name.indexOf(" ");
  return { pk: name.slice(space + 1), sk: `${usageSlot(hour)}${name.slice(0, space)}` };
}

/** Parts that do not fit together were read while they were being replaced: read again. */
export const TORN = "torn";

/** Joins the items of one role, as a query returns them, into its hours; TORN when a part is missing. */
export function roleUsageOf(
  roleArn: string,
  items: readonly UsageItem[],
): readonly RoleUsage[] | typeof TORN {
  const bySlot = new Map(items.map((item) => [item.sk, item]));
  const usages: RoleUsage[] = [];
  for (const item of items) {
    const hour = parseSlot(item.sk);
    if (hour === null)
      throw new UsageError("usage-damaged", `The item ${item.pk} ${item.sk} has no key of usage: remove it.`);
    if (item.sk !== usageSlot(hour)) continue;
    const permissions: UsagePermission[] = [];
    const unmapped: UnmappedCall[] = [];
    for (let part = 0; part < (item.p ?? 1); part += 1) {
      const held = part === 0 ? item : bySlot.get(partSlot(hour, item.g ?? "", part));
      if (held === undefined) return TORN;
      const what = `The usage of ${roleArn} at ${held.sk}`;
      const content = unpack(held.u, what);
      permissions.push(...listOf<UsagePermission>(content, "permissions", what));
      unmapped.push(...listOf<UnmappedCall>(content, "unmapped", what));
    }
    usages.push({ ...hour, roleArn, permissions, unmapped });
  }
  return usages;
}

export function packMark({ files, bad }: HourMark): Uint8Array {
  return pack({ files, bad });
}

export function markOf(hour: TrailHour, readAt: string, content: Uint8Array | undefined): HourMark {
  const what = `The mark of ${hour.accountId} ${hour.region} ${hour.hour}`;
  const record = unpack(content, what);
  return { ...hour, readAt, files: listOf(record, "files", what), bad: listOf(record, "bad", what) };
}
