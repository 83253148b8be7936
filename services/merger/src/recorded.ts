import { type EnvironmentScope, hoursOf, type RoleId, type Window } from "@plp/domain";
import {
  type ConditionBlock,
  type Permission,
  permissionKey,
  type RecordedUse,
  roleContext,
  type UnknownCall,
  usedOf,
} from "@plp/iam-policy";
import { analyzerFor } from "@plp/runtime";
import type { RoleUsage, UsagePermission } from "@plp/usage";
import type { MergePorts } from "./ports.ts";

const HOUR = 3_600_000;
/** Usage is kept so long (`@plp/usage`). */
const MOST_HOURS = 400 * 24;
/** So much is read at once, that a busy role's usage is never in memory as a whole. */
const SLICE = 14 * 24;

/** One permission in one Region, as often as it was asked for in all the hours that were read. */
export interface RecordedPermission {
  readonly action: string;
  readonly resource: string | null;
  readonly patterns?: readonly string[];
  readonly condition: ConditionBlock | null;
  readonly region: string;
  readonly authorized: number;
  readonly denied: number;
  readonly last: string;
  /** In hours of delivery that the merged window does not reach. */
  readonly isLater: boolean;
}

/** What was refused for want of an identity policy, and never allowed since the role is enforced. */
export interface RecordedRefusal extends Permission {
  readonly calls: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

type RecordedUnknown = UnknownCall & { readonly isLater: boolean };

/** Everything that the system knows of a role's calls, as far back as its retention goes. */
export interface RecordedCalls {
  readonly roleArn: string;
  /** Hours of delivery. */
  readonly window: Window;
  readonly permissions: readonly RecordedPermission[];
  readonly unmapped: readonly RecordedUnknown[];
  /** Only of an enforced role. */
  readonly refusals: readonly RecordedRefusal[];
  /** Usage is not kept for as long as the retention goes. */
  readonly isCut: boolean;
}

/**
 * The recorded calls of a role within its retention, up to now; null where PLP does not read the trail of its account.
 * `merged` is the window of this merge: all of it is in, and what was delivered after it is marked as later. Refusals
 * are looked for since the role is enforced.
 */
export async function recordedCalls(
  role: RoleId,
  scope: EnvironmentScope,
  merged: Window,
  enforcedSince: string | null,
  { usage, settings, clock }: Pick<MergePorts, "usage" | "settings" | "clock">,
): Promise<RecordedCalls | null> {
  if (analyzerFor(settings, scope.accountId) === "access-analyzer") return null;
  const wanted = (scope.retentionDays ?? settings.retention_days) * 24;
  const retention = Math.min(wanted, MOST_HOURS);
  const lastMerged = hourOf(hoursOf(merged).at(-1) ?? merged.to);
  const first = Math.min(hourOf(merged.from), hourOf(merged.to) - retention);
  const now = Math.max(Math.floor(clock.now().getTime() / HOUR), lastMerged);
  const permissions = new Map<string, RecordedPermission>();
  const unmapped = new Map<string, RecordedUnknown>();
  const asked = new Map<string, Asked>();
  const read = async (from: number, to: number, isLater: boolean) => {
    for (const hour of await usage.usageOf(role.arn, textOf(from), textOf(to)))
      if (hour.accountId === scope.accountId) {
        addHour(hour, isLater, permissions, unmapped);
        if (enforcedSince !== null) addAsked(hour, enforcedSince, asked);
      }
  };
  for (let from = first; from <= lastMerged; from += SLICE)
    await read(from, Math.min(from + SLICE - 1, lastMerged), false);
  if (now > lastMerged) await read(lastMerged + 1, now, true);
  return {
    roleArn: role.arn,
    window: { from: new Date(first * HOUR).toISOString(), to: new Date((now + 1) * HOUR).toISOString() },
    permissions: sorted(permissions),
    unmapped: sorted(unmapped),
    refusals: sorted(asked).flatMap(refusalOf),
    isCut: wanted > MOST_HOURS,
  };
}

interface Asked extends Pick<UsagePermission, "action" | "resource" | "condition" | "authorized" | "denied"> {
  readonly byIdentity: boolean;
  readonly first: string;
  readonly last: string;
}

function addAsked(hour: RoleUsage, since: string, asked: Map<string, Asked>): void {
  for (const found of hour.permissions) {
    if (Date.parse(found.last) < Date.parse(since)) continue;
    const { action, resource, condition, authorized, denied, deniedBy, first, last } = found;
    const key = permissionOf(found);
    const known = asked.get(key);
    asked.set(key, {
      ...{ action, resource, condition },
      authorized: authorized + (known?.authorized ?? 0),
      denied: denied + (known?.denied ?? 0),
      byIdentity: deniedBy === "identity" || known?.byIdentity === true,
      first: known !== undefined && known.first < first ? known.first : first,
      last: known !== undefined && known.last > last ? known.last : last,
    });
  }
}

/** Of a refusal whose resource nobody tells, nobody knows what to allow: it is told, and not asked for. */
function refusalOf(asked: Asked): readonly RecordedRefusal[] {
  const { action, resource, condition, authorized, denied, byIdentity, first, last } = asked;
  if (authorized > 0 || denied === 0 || !byIdentity || resource === null) return [];
  return [{ action, resource, condition, calls: denied, firstSeen: first, lastSeen: last }];
}

/** What of it was authorized, for a backtest; what was delivered after the merged window only on demand. */
export function recordedUse(
  { roleArn, permissions, unmapped }: RecordedCalls,
  { later }: { readonly later: boolean },
): { readonly used: readonly RecordedUse[]; readonly unmapped: readonly UnknownCall[] } {
  const common = roleContext(roleArn);
  const isIn = ({ isLater }: { readonly isLater: boolean }) => later || !isLater;
  return {
    used: permissions
      .filter(isIn)
      .flatMap((permission) => usedOf(permission, { ...common, "aws:requestedregion": [permission.region] })),
    unmapped: unmapped.filter(isIn),
  };
}

function addHour(
  hour: RoleUsage,
  isLater: boolean,
  permissions: Map<string, RecordedPermission>,
  unmapped: Map<string, RecordedUnknown>,
): void {
  for (const found of hour.permissions) {
    const { action, resource, patterns, condition, authorized, denied, last } = found;
    const key = JSON.stringify([permissionOf(found), patterns, hour.region, isLater]);
    const known = permissions.get(key);
    permissions.set(key, {
      ...{ action, resource, condition, region: hour.region, isLater },
      ...(patterns === undefined ? {} : { patterns }),
      authorized: authorized + (known?.authorized ?? 0),
      denied: denied + (known?.denied ?? 0),
      last: known !== undefined && known.last > last ? known.last : last,
    });
  }
  for (const { eventSource, eventName, count } of hour.unmapped) {
    const key = JSON.stringify([eventSource, eventName, isLater]);
    const sum = count + (unmapped.get(key)?.count ?? 0);
    unmapped.set(key, { eventSource, eventName, count: sum, isLater });
  }
}

function permissionOf({ action, resource, condition }: UsagePermission): string {
  return permissionKey({ action, resource: resource ?? "", condition });
}

function sorted<T>(map: ReadonlyMap<string, T>): readonly T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function hourOf(at: string): number {
  return Math.floor(Date.parse(at.length === 13 ? `${at}:00:00Z` : at) / HOUR);
}

function textOf(hour: number): string {
  return new Date(hour * HOUR).toISOString().slice(0, 13);
}
