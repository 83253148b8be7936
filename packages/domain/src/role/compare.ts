import {
  covers,
  type Permission,
  type Policy,
  type PolicyDocument,
  parsePolicy,
  permissionsOf,
  policyHash,
  toDocument,
} from "@plp/iam-policy";
import type { ProposedPolicy } from "./events.ts";

export interface MergedPolicy {
  readonly policy: PolicyDocument;
  readonly policyHash: string;
  readonly struck: readonly Permission[];
  readonly foreign: readonly Permission[];
  readonly retained?: readonly Permission[];
}

/** What people merged, held against what we proposed: what is missing of ours, what is there of others, what they kept. */
export function comparePolicies(
  proposed: Pick<ProposedPolicy, "policy" | "added" | "removed">,
  merged: Policy,
): MergedPolicy {
  const ours = parsePolicy(proposed.policy, "the proposal");
  const bare = ({ action, resource, condition }: Permission) => ({ action, resource, condition });
  const struck = proposed.added.map(bare).filter((permission) => covers(merged, permission) === "no");
  const retained = proposed.removed
    .map(bare)
    .filter((permission) => covers(ours, permission) === "no" && covers(merged, permission) === "yes");
  const foreign = permissionsOf(merged).filter((permission) => covers(ours, permission) === "no");
  return {
    policy: toDocument(merged),
    policyHash: policyHash(merged),
    struck,
    foreign,
    ...(retained.length > 0 ? { retained } : {}),
  };
}
