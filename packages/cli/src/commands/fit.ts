import { splitParts, toDocument } from "@plp/iam-policy";
import { policyIn } from "../input.ts";
import { type Answer, plural, table } from "../output.ts";

/** `plp fit`: the policy in parts of at most `max` characters. `exact`: they hold it all, within AWS's limits. */
export async function splitPolicy(file: string, max: number): Promise<Answer> {
  const { parts, exact, tooLarge } = splitParts(await policyIn(file), { max });
  const json = { parts: parts.map(({ policy, size }) => ({ policy: toDocument(policy), size })), exact };
  return {
    json,
    people: (style) => {
      const rows = parts.map(({ policy, size }, index) => [
        String(index + 1),
        String(size),
        String(policy.statements.length),
      ]);
      const lines = [
        `${plural(parts.length, "part")} of at most ${max} characters.`,
        table(style, ["part", "characters", "statements"], rows, { right: [1, 2] }),
        ...tooLarge.map(({ sid, size }) =>
          style.bad(`Statement ${sid ?? "without Sid"} has ${size} characters: too large even alone.`),
        ),
      ];
      if (!exact && tooLarge.length === 0) lines.push(style.bad("More parts than a role may have."));
      return lines.join("\n");
    },
  };
}
