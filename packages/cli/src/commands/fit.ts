import { fitPolicy, toDocument } from "@plp/iam-policy";
import { policyIn } from "../input.ts";
import { type Answer, plural, table } from "../output.ts";

/**
 * `plp fit`: the policy in parts of at most `max` characters, its statements joined and divided only where it does not fit
 * otherwise. `exact`: the parts allow just what the policy allows, and AWS takes them. Exit 1 when it does not fit.
 */
export async function splitPolicy(file: string, max: number): Promise<Answer> {
  const { parts, exact, rewritten, questions } = fitPolicy(await policyIn(file), { max, rewrite: "all" });
  return {
    json: {
      parts: parts.map(({ policy, size }) => ({ policy: toDocument(policy), size })),
      ...{ exact, rewritten, questions },
    },
    people: (style) => {
      const rows = parts.map(({ policy, size }, index) => [
        String(index + 1),
        String(size),
        String(policy.statements.length),
      ]);
      return [
        `${plural(parts.length, "part")} of at most ${max} characters.`,
        table(style, ["part", "characters", "statements"], rows, { right: [1, 2] }),
        ...(rewritten ? ["Statements were joined or divided; proved to allow the same."] : []),
        ...questions.map(({ detail }) => style.bad(`It does not fit: ${detail}.`)),
      ].join("\n");
    },
    exit: exact ? 0 : 1,
  };
}
