import { emptyPolicy, mergePolicy, type PolicyDocument, parsePolicy, toDocument } from "@plp/iam-policy";
import type { Grant } from "./call.ts";

/**
 * The generated policy that allows these grants beside people's statements, as PLP itself would have merged it. Throws
 * where PLP would not have written a grant: then the sample is wrong.
 */
export function generatedPolicy(
  grants: readonly Grant[],
  people: readonly Readonly<Record<string, unknown>>[] = [],
): PolicyDocument {
  const old =
    people.length === 0
      ? emptyPolicy
      : parsePolicy({ Version: "2012-10-17", Statement: people }, "people's statements");
  const additions = grants.map((grant) => ({
    ...grant,
    basis: "seen" as const,
    widened: false,
    calls: null,
    firstSeen: null,
    lastSeen: null,
  }));
  const { policy, questions, proof } = mergePolicy({ old, additions });
  if (questions.length > 0 || proof.wider) {
    throw new RangeError(`generatedPolicy: ${questions[0]?.detail ?? "the merge would widen"}`);
  }
  return toDocument(policy);
}

/** A policy as a file: two spaces, LF, a newline at the end. */
export function policyText(policy: PolicyDocument): string {
  return `${JSON.stringify(policy, null, 2)}\n`;
}
