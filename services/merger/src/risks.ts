import type { RoleId } from "@plp/domain";
import { type Permission, type Policy, type Risk, risksOf } from "@plp/iam-policy";

/** What could be misused of what is added, together with what stands in the policy; the worst first. */
export function risksOfAdditions(
  policy: Policy,
  added: readonly Permission[],
  role: RoleId,
): readonly Risk[] {
  return risksOf(policy, { added, roleArn: role.arn }).map(({ statements: _, ...risk }) => risk);
}
