import { type FoundRisk, risksOf } from "@plp/iam-policy";
import { checkRoleArn, policyIn } from "../input.ts";
import { type Answer, plural, type Style } from "../output.ts";
import { resourceText } from "../render/permission.ts";
import { severities, severityCounts } from "../render/risks.ts";

/** `plp risks`: what could be misused of what a policy grants, by our table, the worst first. */
export async function risks(file: string, role: string | undefined): Promise<Answer> {
  if (role !== undefined) checkRoleArn(role);
  const policy = await policyIn(file);
  const found = risksOf(policy, role === undefined ? {} : { roleArn: role });
  return {
    json: { risks: found },
    people: (style) =>
      found.length === 0
        ? "No risk of our table."
        : [
            `${plural(found.length, "risk")}: ${severityCounts(found)}.`,
            ...found.map((risk) => text(style, risk)),
          ].join("\n\n"),
  };
}

const MOST_NAMED = 8;

function text(style: Style, risk: FoundRisk): string {
  const { id, title, severity, actions, resources, statements, why, harmless, reference } = risk;
  const blank = " ".repeat(8);
  return [
    `${severities[severity](style)(severity.toUpperCase().padEnd(6))}  ${style.bold(title)} (${id})`,
    `${blank}${named(actions)} on ${named(resources.map(resourceText))} · ${plural(statements.length, "statement")} (${named(statements.map(String))})`,
    `${blank}${why}`,
    `${blank}${harmless}`,
    `${blank}${style.dim(reference)}`,
  ].join("\n");
}

function named(all: readonly string[]): string {
  const more = all.length - MOST_NAMED;
  return `${all.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
