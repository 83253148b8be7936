import { allowingStatement } from "./covers.ts";
import { parsePolicy } from "./parse.ts";
import { permissionKey, permissionsOf } from "./permission.ts";
import { prove } from "./prove.ts";
import type { Permission, Policy } from "./types.ts";

export interface PolicyDiff {
  /** What the second policy is, compared with the first; "different" = wider here, narrower there. */
  readonly verdict: "equal" | "narrower" | "wider" | "different";
  readonly added: readonly Permission[];
  readonly removed: readonly Permission[];
}

/**
 * Compares two policies by what they allow. The verdict is the proof's, in both directions, and fails closed: what
 * cannot be shown to be granted by the other side counts as a difference. `added` and `removed` are the permissions as
 * they are written, and, where the difference stands in no Allow line (a Deny, a NotAction), requests that show it.
 */
export function diffPolicies(old: Policy, next: Policy): PolicyDiff {
  const added = difference(old, next);
  const removed = difference(next, old);
  const verdict =
    added.length > 0
      ? removed.length > 0
        ? "different"
        : "wider"
      : removed.length > 0
        ? "narrower"
        : "equal";
  return { verdict, added, removed };
}

/** What `to` grants and `from` does not. */
function difference(from: Policy, to: Policy): readonly Permission[] {
  const { outside } = prove({ old: from, next: to, additions: [] });
  if (outside.length === 0) return [];
  const standing = new Set(permissionsOf(from).map(permissionKey));
  const written = permissionsOf(to).filter(
    (permission) => !standing.has(permissionKey(permission)) && allowingStatement(from, permission) === null,
  );
  const said = asPolicy(written);
  return [...written, ...outside.filter((request) => allowingStatement(said, request) === null)];
}

function asPolicy(permissions: readonly Permission[]): Policy {
  const statements = permissions.map(({ action, resource, condition }) => ({
    ...{ Effect: "Allow", Action: action, Resource: resource },
    ...(condition === null ? {} : { Condition: condition }),
  }));
  return parsePolicy({ Version: "2012-10-17", Statement: statements }, "a difference");
}
