import type { Risk, Severity } from "@plp/iam-policy";
import type { Style } from "../output.ts";
import { resourceText } from "./permission.ts";

type Paint = (style: Style) => (text: string) => string;

/** The colour of each severity, the worst first. */
export const severities: Readonly<Record<Severity, Paint>> = {
  high: ({ bad }) => bad,
  medium: ({ warn }) => warn,
  low: ({ dim }) => dim,
};

/** `1 high, 2 medium`; empty for none. */
export function severityCounts(risks: readonly { readonly severity: Severity }[], separator = ", "): string {
  return (Object.keys(severities) as Severity[])
    .map((severity) => ({ severity, count: risks.filter((risk) => risk.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
    .join(separator);
}

interface Risky {
  readonly risks: readonly Risk[];
}

/** The risks of several environments: the same in more than one of them counts once, by its worst. */
export function distinctRisks(proposals: readonly Risky[]): readonly Risk[] {
  const rank = ({ severity }: Risk) => Object.keys(severities).indexOf(severity);
  const worst = new Map<string, Risk>();
  for (const risk of proposals.flatMap(({ risks }) => risks)) {
    const known = worst.get(risk.id);
    if (known === undefined || rank(risk) < rank(known)) worst.set(risk.id, risk);
  }
  return [...worst.values()].sort((a, b) => rank(a) - rank(b));
}

const MOST_RISKS = 8;
const MOST_ACTIONS = 4;
const MOST_PLACES = 2;

/** The risks of what is added, the worst first; the same of several environments once. */
export function risksText(
  roles: readonly { readonly environment: string; readonly proposal: Risky }[],
  style: Style,
): readonly string[] {
  const rows = Object.keys(severities).flatMap((severity) => [...rowsOf(roles, severity).values()]);
  const lines = rows.slice(0, MOST_RISKS).flatMap(({ environments, risk, where }) => {
    const { severity, actions, title, id } = risk;
    const label = severities[severity](style)(severity.toUpperCase().padEnd(6));
    const named = `${actions.slice(0, MOST_ACTIONS).join(" + ")}${actions.length > MOST_ACTIONS ? " …" : ""}`;
    return [`  ${label}  ${environments.join(" ")}  ${named} on ${where}`, `          ${title} (${id})`];
  });
  if (lines.length === 0) return [];
  const left = rows.length - MOST_RISKS;
  return ["", ...lines, ...(left > 0 ? [`          … ${left} more: --json`] : [])];
}

interface Row {
  readonly environments: string[];
  readonly risk: Risk;
  readonly where: string;
}

function rowsOf(
  roles: readonly { readonly environment: string; readonly proposal: Risky }[],
  severity: string,
): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const { environment, proposal } of roles) {
    for (const risk of proposal.risks.filter((one) => one.severity === severity)) {
      const where = risk.resources.slice(0, MOST_PLACES).map(resourceText).join(", ");
      const key = JSON.stringify([risk.id, risk.actions, where]);
      const known = rows.get(key);
      if (known === undefined) rows.set(key, { environments: [environment], risk, where });
      else known.environments.push(environment);
    }
  }
  return rows;
}
