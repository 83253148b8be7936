import { createHash } from "node:crypto";
import { canonicalJson } from "./json.ts";
import type { Policy, PolicyDocument, Statement } from "./types.ts";

/** The JSON document of a policy, each statement as it was read or built. */
export function toDocument(policy: Policy): PolicyDocument {
  return {
    ...(policy.version === null ? {} : { Version: policy.version }),
    ...(policy.id === null ? {} : { Id: policy.id }),
    Statement: policy.statements.map((statement) => statement.verbatim),
  };
}

/**
 * The text of a policy file: two spaces, LF, a newline at the end; lists one entry per line. A file that was written
 * so comes back byte for byte.
 */
export function printPolicy(policy: Policy): string {
  return `${JSON.stringify(toDocument(policy), null, 2)}\n`;
}

/** SHA-256 (hex) of what the policy says: the same for any formatting and any order of keys within an object. */
export function policyHash(policy: Policy): string {
  return createHash("sha256")
    .update(canonicalJson(toDocument(policy)))
    .digest("hex");
}

/** What a statement adds to the size of its policy, but for a comma. */
export type SizeOf = (statement: Statement) => number;

/** Counts each statement once. */
export function sizesOf(): SizeOf {
  const known = new Map<unknown, number>();
  return ({ verbatim }) => {
    const size = known.get(verbatim) ?? lengthOf(verbatim);
    known.set(verbatim, size);
    return size;
  };
}

function lengthOf(value: unknown): number {
  const text = JSON.stringify(value);
  return /\s/.test(text) ? text.replace(/\s/g, "").length : text.length;
}

/** The characters that AWS counts towards the 6,144 of a managed policy: all but whitespace. */
export function policySize(policy: Policy): number {
  return lengthOf(toDocument(policy));
}
