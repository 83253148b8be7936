import {
  allowingStatement,
  type Basis,
  type Permission,
  type Policy,
  permissionKey,
  permissionsOf,
} from "@plp/iam-policy";
import type { RequestRef } from "./events.ts";

/** The analysis on which a permission rests: its blob, the time of the calls in it, and how many; null = not told. */
export interface EvidenceRef {
  readonly hash: string | null;
  readonly from: string;
  readonly to: string;
  readonly count: number | null;
}

/** Where a permission of a policy comes from. */
export interface PermissionOrigin {
  readonly basis: Basis;
  /** Since when it is allowed without a break, in whichever words the policy says it. */
  readonly since: string;
  /** Version of the event since which that is so. */
  readonly sinceVersion: number;
  readonly approvedBy: string | null;
  readonly mergeRequest: RequestRef | null;
  readonly evidence: EvidenceRef | null;
}

export type ReplayedPermission = Permission & PermissionOrigin;

/** A policy that stood, and where each of its permissions came from. */
export interface TracedPolicy {
  readonly policy: Policy;
  readonly permissions: readonly ReplayedPermission[];
}

/**
 * The permissions of a policy that takes the place of `before`. What stood there keeps its origin, also where it stood
 * in other words (`s3:GetObject` where `s3:Get*` was); for what nobody allowed before, `originOf` tells it.
 */
export function traced(
  policy: Policy,
  before: TracedPolicy | null,
  originOf: (permission: Permission) => PermissionOrigin,
): TracedPolicy {
  const known = new Map(before?.permissions.map((one) => [permissionKey(one), originIn(one)]));
  const permissions = permissionsOf(policy).map((permission) => ({
    ...permission,
    ...(known.get(permissionKey(permission)) ??
      covering(permission, before?.policy ?? null, known) ??
      originOf(permission)),
  }));
  return { policy, permissions };
}

function originIn(permission: ReplayedPermission): PermissionOrigin {
  const { basis, since, sinceVersion, approvedBy, mergeRequest, evidence } = permission;
  return { basis, since, sinceVersion, approvedBy, mergeRequest, evidence };
}

/** What was allowed before in other words keeps its origin: of the line that covered it, the one that stood longest. */
function covering(
  permission: Permission,
  before: Policy | null,
  known: ReadonlyMap<string, PermissionOrigin>,
): PermissionOrigin | null {
  const statement = before === null ? null : allowingStatement(before, permission);
  if (before === null || statement === null) return null;
  const lines = permissionsOf({ ...before, statements: [statement] });
  const covers = (line: Permission) => {
    const one = { ...statement, actions: [line.action], resources: [line.resource] };
    return allowingStatement({ ...before, statements: [one] }, permission) !== null;
  };
  const origins = lines.flatMap((line) => (covers(line) ? (known.get(permissionKey(line)) ?? []) : []));
  return origins.reduce<PermissionOrigin | null>(
    (oldest, origin) => (oldest === null || origin.sinceVersion < oldest.sinceVersion ? origin : oldest),
    null,
  );
}
