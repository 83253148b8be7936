import type { BaseFile, EnvironmentScope } from "@plp/domain";
import {
  collectParts,
  type FitResult,
  fitPolicy,
  isPlpSid,
  MAX_PARTS,
  MAX_POLICY_SIZE,
  type Policy,
  type PolicyPart,
  parseParts,
  partPath,
  printPolicy,
  type Question,
} from "@plp/iam-policy";
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
  /** Where statements had to be joined, and where files are more, or larger, than they are meant to be. */
  readonly questions: readonly Question[];
  /** Null where AWS takes the files as they are now. */
  readonly refusal: Refusal | null;
}

export interface Refusal {
  /** By how much it does not fit, in numbers. */
  readonly why: string;
  /** What of the policy stands in files that AWS takes. */
  readonly fitting: Policy;
}

/** The files that differ when this policy takes the place of what stands there, and whether AWS would take them. */
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
  const result = { policy, files: changed, questions: [], refusal: null };
  if (changed.length === 0) return result;
  if (fit.exact) return { ...result, questions: fit.rewritten ? [joined()] : [] };
  // What stands there already is no reason to propose nothing.
  const most = Math.max(MOST_ATTACHMENTS, files.parts.length);
  const stood = new Set(files.parts.map((part) => part.policy));
  const taken = parts.filter((part, i) => i < most && (!isOursAndTooLarge(part) || stood.has(part.policy)));
  if (taken.length < parts.length) {
    const statements = taken.flatMap((part) => part.policy.statements);
    return { ...result, refusal: { why: numbersOf(fit), fitting: { ...policy, statements } } };
  }
  return {
    ...result,
    questions: [
      { kind: "too-large", detail: `${numbersOf(fit)}; ${MAX_PARTS} files are meant to be enough` },
    ],
  };
}

/** A file over the limit in which only people's statements stand is theirs to shorten, and no reason to propose nothing. */
function isOursAndTooLarge({ size, policy }: PolicyPart): boolean {
  return size > MAX_POLICY_SIZE && policy.statements.some(({ sid }) => isPlpSid(sid));
}

/** Why lines move that nothing was asked about. */
function joined(): Question {
  const detail = `as it stood, the policy would not fit into ${MAX_PARTS} files of ${MAX_POLICY_SIZE} characters: PLP joined or divided statements of its own, and proved that they allow just what they did`;
  return { kind: "too-large", detail };
}

/** How many files it takes, and which statements are over the limit even alone. */
function numbersOf({ parts, tooLarge }: FitResult): string {
  const names = tooLarge.map(({ sid, size }) => `${JSON.stringify(sid ?? "without a Sid")} ${size}`);
  const largest =
    names.length === 0
      ? ""
      : `; over ${MAX_POLICY_SIZE} characters even alone: ${names.slice(0, 3).join(", ")}`;
  return `the policy takes ${parts.length} files of ${MAX_POLICY_SIZE} characters, and AWS attaches at most ${MOST_ATTACHMENTS} policies to a role by default, others of the role included${largest}`;
}
