import { literalPattern, type Permission, patternCovers, permissionKey, unobservable } from "@plp/iam-policy";
import type { AccessedService } from "../analysis/analysis.ts";
import type { ReplayedPermission } from "./origins.ts";
import { coveredSince } from "./quiet.ts";
import type { RoleState } from "./state.ts";

const DAY = 86_400_000;
/** IAM tells the last access of a service some hours late (facts about last-accessed). */
const LAG = DAY;

/** A permission of which some call is recorded, authorized or not. */
export interface RecordedAsk {
  readonly action: string;
  /** Null: no record tells which. */
  readonly resource: string | null;
  readonly patterns?: readonly string[];
  readonly last: string;
}

export interface RetentionInput {
  readonly state: RoleState;
  /** Of the policy as it stands, with their origin. */
  readonly permissions: readonly ReplayedPermission[];
  /** Every call within the retention, up to now. */
  readonly recorded: readonly RecordedAsk[];
  /** Calls without a known action: who made them may have used anything of the service. */
  readonly unmapped: readonly { readonly eventSource: string }[];
  /** The second witness; null: IAM was not asked, and nothing is removed on the trail's word alone. */
  readonly lastAccessed: readonly AccessedService[] | null;
  readonly retentionDays: number;
  readonly dataEvents: readonly string[];
  readonly rejectionDays: number | null;
  readonly now: Date;
}

/** Is the whole retention covered by windows without a hole? Else nothing can be said to be unused. */
export function coversRetention(state: RoleState, retentionDays: number): boolean {
  const covered = coveredSince(state);
  return (
    covered !== null &&
    state.closedTo !== null &&
    Date.parse(covered) <= Date.parse(state.closedTo) - retentionDays * DAY
  );
}

/**
 * What nobody used within its retention: it stood there all that time, was seen in the trail once (so the trail would
 * have shown it), no call since can have needed it, and IAM's last-accessed does not contradict. People's refusals to
 * let it go last as long as others.
 */
export function unusedPermissions(input: RetentionInput): readonly Permission[] {
  const { state, permissions, retentionDays, dataEvents } = input;
  if (!coversRetention(state, retentionDays) || state.closedTo === null) return [];
  const since = Date.parse(state.closedTo) - retentionDays * DAY;
  return permissions
    .filter(
      (permission) =>
        (permission.basis === "seen" || permission.basis === "asked") &&
        Date.parse(permission.since) <= since &&
        unobservable(permission.action, dataEvents) === null &&
        !isRetained(permission, input) &&
        !input.recorded.some((call) => mayNeed(call, permission)) &&
        isConfirmed(permission, since, input),
    )
    .map(({ action, resource, condition }) => ({ action, resource, condition }));
}

/** Could the call have needed the permission? What is not told could be anything. */
function mayNeed(call: RecordedAsk, permission: Permission): boolean {
  if (call.action.toLowerCase() !== permission.action.toLowerCase()) return false;
  // A variable could be anything, too.
  if (call.resource === null || permission.resource.includes("${")) return true;
  return patternCovers(permission.resource, literalPattern(call.resource));
}

/** IAM's word: the service was not used within the retention, or the trail shows the use that IAM means. */
function isConfirmed(
  { action }: Permission,
  since: number,
  { recorded, unmapped, lastAccessed }: RetentionInput,
): boolean {
  if (lastAccessed === null) return false;
  const service = action.slice(0, action.indexOf(":")).toLowerCase();
  if (unmapped.some(({ eventSource }) => eventSource.toLowerCase().startsWith(`${service}.`))) return false;
  const last = lastAccessed.find((one) => one.service.toLowerCase() === service)?.lastAuthenticated ?? null;
  if (last === null || Date.parse(last) < since) return true;
  return recorded.some(
    (call) =>
      call.action.toLowerCase().startsWith(`${service}:`) && Date.parse(call.last) >= Date.parse(last) - LAG,
  );
}

function isRetained(permission: Permission, { state, rejectionDays, now }: RetentionInput): boolean {
  const refusal = state.retained.get(permissionKey(permission));
  if (refusal === undefined) return false;
  return rejectionDays === null || now.getTime() < Date.parse(refusal.at) + rejectionDays * DAY;
}
