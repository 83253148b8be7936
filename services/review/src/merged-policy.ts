import type { EnvironmentScope } from "@plp/domain";
import { collectParts, isPolicyError, type Policy, parseParts } from "@plp/iam-policy";
import type { Gitlab } from "./ports.ts";

/** The generated policy at a commit, all its parts as one; people may have merged something that is none. */
export type PolicyAt =
  | { readonly policy: Policy; readonly parts: readonly Policy[] }
  | { readonly unreadable: string };

/** Reads the generated policy of an environment as it stands at a commit. */
export async function readPolicyAt(gitlab: Gitlab, scope: EnvironmentScope, ref: string): Promise<PolicyAt> {
  try {
    const { parts } = await collectParts(`${scope.application.folder}/${scope.policyPath}`, (path) =>
      gitlab.file(path, ref),
    );
    return parseParts(parts.map(({ path, file }) => ({ path, text: file.content })));
  } catch (error) {
    if (!isPolicyError(error)) throw error;
    return { unreadable: error.message };
  }
}
