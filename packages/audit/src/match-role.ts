import type { RoleId } from "@plp/domain";
import { permanent } from "@plp/runtime";

const MOST_NAMED = 8;

/** The role's own name, the last part of its ARN. */
export function roleName(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/**
 * The roles that ROLE means: all those (a role that was made again has another unique id) of the one ARN that it is, names
 * or is a part of. The fault `no-such-role` or `ambiguous-role` when it is none, or several.
 */
export function matchRole<Id extends { readonly roleArn: string; readonly uniqueId: string }>(
  roles: readonly Id[],
  wanted: string,
): readonly Id[] {
  const exact = roles.filter(
    ({ roleArn, uniqueId }) => roleArn === wanted || `${roleArn}#${uniqueId}` === wanted,
  );
  if (exact.length > 0) return exact;
  const named = roles.filter(({ roleArn }) => roleName(roleArn) === wanted);
  const found = arnsOf(named).length === 1 ? named : roles.filter(({ roleArn }) => roleArn.includes(wanted));
  const arns = arnsOf(found);
  if (arns.length === 1) return found;
  if (arns.length === 0)
    throw permanent(
      "no-such-role",
      `ROLE ${JSON.stringify(wanted)}: no role with a history has that in its ARN; there are: ${listed(arnsOf(roles)) || "none"}`,
    );
  throw permanent(
    "ambiguous-role",
    `ROLE ${JSON.stringify(wanted)} may be any of ${arns.length}: ${listed(arns)}; write more of its ARN`,
  );
}

/** The role's id as domain and streams know it. */
export function roleIdOf({ roleArn, uniqueId }: { roleArn: string; uniqueId: string }): RoleId {
  return { arn: roleArn, uniqueId };
}

function arnsOf(roles: readonly { readonly roleArn: string }[]): readonly string[] {
  return [...new Set(roles.map(({ roleArn }) => roleArn))];
}

function listed(all: readonly string[]): string {
  const more = all.length > MOST_NAMED ? [`${all.length - MOST_NAMED} more`] : [];
  return [...all.slice(0, MOST_NAMED), ...more].join(", ");
}
