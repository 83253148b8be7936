import type { Severity } from "./views.ts";

/** `1 high, 2 medium`; empty for none. */
export function severityText(counts: Readonly<Record<Severity, number>>): string {
  return (["high", "medium", "low"] as const)
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}`)
    .join(", ");
}
