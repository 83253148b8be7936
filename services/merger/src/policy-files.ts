import type { BaseFile, EnvironmentScope } from "@plp/domain";
import {
  collectParts,
  type FitResult,
  fitPolicy,
  MAX_PARTS,
  MAX_POLICY_SIZE,
  type Policy,
  parseParts,
  partPath,
  printPolicy,
  type Question,
} from "@plp/iam-policy";
import { permanent } from "@plp/runtime";
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

/** Managed policies that AWS attaches to a role by default (IAM's quotas). */
const MOST_ATTACHMENTS = 10;

export interface ChangedFiles {
  /** What the files say together: the policy as it will be read again. */
  readonly policy: Policy;
  /** Null removes a part. */
  readonly files: readonly { readonly path: string; readonly content: string | null }[];
  /** Where statements had to be joined, and where it takes more files than PLP wants to use and fewer than AWS allows. */
  readonly questions: readonly Question[];
}

/**
 * The files that differ when this policy takes the place of what stands there. Throws the permanent fault
 * "policy-too-large" where AWS would not take them.
 */
export function changedFiles(files: PolicyFiles, next: Policy, scope: EnvironmentScope): ChangedFiles {
  const { protectedSids } = scope;
  const fit = fitPolicy(next, { previous: files.parts.map(({ policy }) => policy), protectedSids });
  const { parts, policy } = fit;
  const contents = new Map<string, string | null>(files.parts.map(({ path }) => [path, null]));
  parts.forEach((part, i) => {
    contents.set(
      `${scope.application.folder}/${partPath(scope.policyPath, i + 1)}`,
      part.policy.statements.length === 0 ? null : printPolicy(part.policy),
    );
  });
  const before = new Map(files.parts.map(({ path, text }) => [path, text]));
  const changed = [...contents]
    .filter(([path, content]) => (before.get(path) ?? null) !== content)
    .map(([path, content]) => ({ path, content }));
  if (changed.length === 0) return { policy, files: changed, questions: [] };
  if (fit.exact) return { policy, files: changed, questions: fit.rewritten ? [joined()] : [] };
  const isRefused = parts.length > MOST_ATTACHMENTS || parts.some(({ size }) => size > MAX_POLICY_SIZE);
  if (isRefused) throw tooLarge(fit, scope);
  const detail = `the policy takes ${parts.length} files of at most ${MAX_POLICY_SIZE} characters, and ${MAX_PARTS} are meant to be enough; AWS attaches at most ${MOST_ATTACHMENTS} policies to a role by default, others of the role included`;
  return { policy, files: changed, questions: [{ kind: "too-large", detail }] };
}

/** Why lines move that nothing was asked about. */
function joined(): Question {
  const detail = `as it stood, the policy would not fit into ${MAX_PARTS} files of ${MAX_POLICY_SIZE} characters: PLP joined or divided statements of its own, and proved that they allow just what they did`;
  return { kind: "too-large", detail };
}

function tooLarge({ parts, tooLarge: statements }: FitResult, { policyPath, application }: EnvironmentScope) {
  const place = `${application.folder}/${policyPath}`;
  const largest = statements.map(({ sid, size }) => `${JSON.stringify(sid ?? "without a Sid")} ${size}`);
  const over = parts.flatMap(({ size }, i) =>
    size > MAX_POLICY_SIZE ? [`${partPath(policyPath, i + 1)} ${size}`] : [],
  );
  const why = [
    ...(parts.length > MOST_ATTACHMENTS
      ? [
          `it would take ${parts.length} files, and AWS attaches ${MOST_ATTACHMENTS} policies to a role by default`,
        ]
      : []),
    ...(largest.length > 0
      ? [`statements over ${MAX_POLICY_SIZE} characters: ${largest.slice(0, 5).join(", ")}`]
      : over.length > 0
        ? [`files over ${MAX_POLICY_SIZE} characters: ${over.slice(0, 5).join(", ")}`]
        : []),
  ];
  return permanent(
    "policy-too-large",
    `the merged policy does not fit into managed policies (${place}): ${why.join("; ")}. Put a pattern in the place of long lists of resources or actions there, or divide the work between two roles; then start a round`,
  );
}
