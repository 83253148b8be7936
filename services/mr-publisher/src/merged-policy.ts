import type { EnvironmentScope } from "@plp/domain";
import { collectParts, type Policy, parseParts } from "@plp/iam-policy";
import type { Gitlab } from "./ports.ts";

/** The generated policy of an environment as it stands at a commit: all its parts, read as one policy. */
export async function readPolicyFiles(gitlab: Gitlab, scope: EnvironmentScope, ref: string): Promise<Policy> {
  const { parts } = await collectParts(`${scope.application.folder}/${scope.policyPath}`, (path) =>
    gitlab.file(path, ref),
  );
  return parseParts(parts.map(({ path, file }) => ({ path, text: file.content }))).policy;
}
