import {
  allowingStatement,
  type Basis,
  type Permission,
  type Policy,
  patternCovers,
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
  /** Permissions of policies before it that its lines cover in other words: when they are listed again, nothing was granted anew. */
  readonly beneath: readonly ReplayedPermission[];
}

/**
 * The permissions of a policy that takes the place of `before`. What was allowed there keeps its origin, also where it
 * was allowed in other words (`s3:GetObject` where `s3:Get*` stood); for what nobody allowed before, `originOf` tells it.
 */
export function traced(
  policy: Policy,
  before: TracedPolicy | null,
  originOf: (permission: Permission) => PermissionOrigin,
): TracedPolicy {
  const known = [...(before?.permissions ?? []), ...(before?.beneath ?? [])];
  const byKey = new Map(known.map((one) => [permissionKey(one), one]));
  const permissions = permissionsOf(policy).map((permission) => {
    const same = byKey.get(permissionKey(permission)) ?? oldestCovering(permission, before, known);
    return { ...permission, ...(same === null ? originOf(permission) : originIn(same)) };
  });
  const listed = new Set(permissions.map(permissionKey));
  const beneath = known.filter(
    (one) => !listed.has(permissionKey(one)) && allowingStatement(policy, one) !== null,
  );
  return { policy, permissions, beneath };
}

function originIn(permission: ReplayedPermission): PermissionOrigin {
  const { basis, since, sinceVersion, approvedBy, mergeRequest, evidence } = permission;
  return { basis, since, sinceVersion, approvedBy, mergeRequest, evidence };
}

/** Of all that was allowed before and covers it, what was allowed the longest; null where it was not allowed. */
function oldestCovering(
  permission: Permission,
  before: TracedPolicy | null,
  known: readonly ReplayedPermission[],
): ReplayedPermission | null {
  if (before === null || allowingStatement(before.policy, permission) === null) return null;
  return known
    .filter((line) => covers(line, permission))
    .reduce<ReplayedPermission | null>(
      (oldest, line) => (oldest === null || line.sinceVersion < oldest.sinceVersion ? line : oldest),
      null,
    );
}

function covers(line: Permission, permission: Permission): boolean {
  return (
    patternCovers(line.action, permission.action, { foldCase: true }) &&
    patternCovers(line.resource, permission.resource) &&
    allowingStatement(policyOf(line), permission) !== null
  );
}

function policyOf({ action, resource, condition }: Permission): Policy {
  const none = { sid: null, notActions: null, notResources: null, notUnderstood: [], verbatim: {} };
  const statement = { ...none, effect: "Allow" as const, actions: [action], resources: [resource] };
  return { version: "2012-10-17", id: null, statements: [{ ...statement, conditions: condition }] };
}
