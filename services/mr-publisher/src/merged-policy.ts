import type { EnvironmentScope, OpenProposal } from "@plp/domain";
import {
  collectParts,
  covers,
  type Permission,
  type Policy,
  type PolicyDocument,
  parseParts,
  parsePolicy,
  permissionsOf,
  policyHash,
  toDocument,
} from "@plp/iam-policy";
import type { Gitlab } from "./ports.ts";

/** The generated policy of an environment as it stands at a commit: all its parts, read as one policy. */
export async function readPolicyFiles(gitlab: Gitlab, scope: EnvironmentScope, ref: string): Promise<Policy> {
  const { parts } = await collectParts(`${scope.application.folder}/${scope.policyPath}`, (path) =>
    gitlab.file(path, ref),
  );
  return parseParts(parts.map(({ path, file }) => ({ path, text: file.content }))).policy;
}

/** What people merged, held against what we proposed: what is missing of ours, and what is there of others. */
export function comparePolicies(
  proposed: OpenProposal,
  merged: Policy,
): {
  readonly policy: PolicyDocument;
  readonly policyHash: string;
  readonly struck: readonly Permission[];
  readonly foreign: readonly Permission[];
} {
  const ours = parsePolicy(proposed.policy, "the proposal");
  const struck = proposed.added
    .map(({ action, resource, condition }) => ({ action, resource, condition }))
    .filter((permission) => covers(merged, permission) === "no");
  const foreign = permissionsOf(merged).filter((permission) => covers(ours, permission) === "no");
  return { policy: toDocument(merged), policyHash: policyHash(merged), struck, foreign };
}
