import { PolicyError, quoted } from "./errors.ts";
import { emptyPolicy, parsePolicy } from "./parse.ts";
import { statementKey } from "./permission.ts";
import type { Policy } from "./types.ts";

/** Characters without whitespace that AWS allows in a managed policy. */
export const MAX_POLICY_SIZE = 6144;
export const MAX_PARTS = 8;

/** The file of a part: `policies/prod.json` for 1, `policies/prod.2.json` for 2. */
export function partPath(policyPath: string, part: number): string {
  if (part === 1) return policyPath;
  return policyPath.endsWith(".json") ? `${policyPath.slice(0, -5)}.${part}.json` : `${policyPath}.${part}`;
}

export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

export interface PolicyParts {
  /** All statements of all files, in order; what the role may do by them. */
  readonly policy: Policy;
  readonly parts: readonly Policy[];
}

/**
 * Reads the files of one generated policy (`prod.json`, `prod.2.json`, …) in the order given. No files, or an empty
 * file, is the empty policy. Throws `PolicyError`, also when files of different Version use `${…}`, which the two
 * versions read differently.
 */
export function parseParts(files: readonly PolicyFile[]): PolicyParts {
  const parts = files.map(({ path, text }) => (text.trim() === "" ? emptyPolicy : parsePolicy(text, path)));
  const statements = parts.flatMap((part) => part.statements);
  const filled = parts.filter((part) => part.statements.length > 0);
  const versions = new Set(filled.map((part) => part.version));
  const [only] = versions;
  if (versions.size > 1 && statements.some((statement) => statementKey(statement.verbatim).includes("${"))) {
    const paths = files.map(({ path }) => quoted(path)).join(", ");
    throw new PolicyError(
      paths,
      "the files have different Versions and use ${…}; give all of them 2012-10-17",
    );
  }
  const version = versions.size === 1 && only !== undefined ? only : emptyPolicy.version;
  return { policy: { version, id: parts[0]?.id ?? null, statements }, parts };
}
