import type { Severity } from "@plp/iam-policy";
import type { Style } from "../output.ts";

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
