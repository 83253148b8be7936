import type { BaseFile, EnvironmentScope } from "@plp/domain";
import { collectParts, type Policy, parseParts, partPath, printPolicy, splitParts } from "@plp/iam-policy";
import type { PolicyRepository } from "./ports.ts";

/** The generated policy as it stands in Git: its parts, and the ids that say which content they were. */
export interface PolicyFiles {
  readonly commit: string;
  /** All parts as one policy; empty when there is no file. */
  readonly policy: Policy;
  readonly parts: readonly { readonly path: string; readonly text: string; readonly policy: Policy }[];
  /** The parts, and the first that does not exist: a file that appears there changes the base, too. */
  readonly base: readonly BaseFile[];
}

/** Reads all parts at the newest commit. Throws iam-policy's `PolicyError`, which names file, statement and key. */
export async function readPolicyFiles(
  repository: PolicyRepository,
  scope: EnvironmentScope,
): Promise<PolicyFiles> {
  const commit = await repository.head();
  const { folder } = scope.application;
  const { parts, missing } = await collectParts(`${folder}/${scope.policyPath}`, (path) =>
    repository.file(path, commit),
  );
  const parsed = parseParts(parts.map(({ path, file }) => ({ path, text: file.content })));
  return {
    commit,
    policy: parsed.policy,
    parts: parts.map(({ path, file }, i) => ({
      path,
      text: file.content,
      policy: parsed.parts[i] ?? parsed.policy,
    })),
    base: [...parts.map(({ path, file }) => ({ path, blob: file.blob })), { path: missing, blob: null }],
  };
}

/** The files that differ when this policy takes the place of what stands there; null removes a part. */
export function changedFiles(
  files: PolicyFiles,
  next: Policy,
  scope: EnvironmentScope,
): { readonly path: string; readonly content: string | null }[] {
  const { parts } = splitParts(next, { previous: files.parts.map(({ policy }) => policy) });
  const contents = new Map<string, string | null>(files.parts.map(({ path }) => [path, null]));
  parts.forEach((part, i) => {
    contents.set(
      `${scope.application.folder}/${partPath(scope.policyPath, i + 1)}`,
      printPolicy(part.policy),
    );
  });
  const before = new Map(files.parts.map(({ path, text }) => [path, text]));
  return [...contents]
    .filter(([path, content]) => (before.get(path) ?? null) !== content)
    .map(([path, content]) => ({ path, content }));
}
