import type { Policy, Statement } from "./types.ts";

/** Equal statements mean the same; with `${…}` only under the same version. */
export function membership(policy: Policy): (statement: Statement, version: string | null) => boolean {
  const same = new Set<unknown>(policy.statements.map(({ verbatim }) => verbatim));
  let byShape: ReadonlyMap<string, readonly Statement[]> | undefined;
  const keys = new Map<string, ReadonlySet<string>>();
  return (statement, version) => {
    if (same.has(statement.verbatim) && version === policy.version) return true;
    byShape ??= Map.groupBy(policy.statements, shapeOf);
    const shape = shapeOf(statement);
    const alike = byShape.get(shape);
    if (alike === undefined) return false;
    const known = keys.get(shape) ?? new Set(alike.map((one) => identity(one, policy.version)));
    keys.set(shape, known);
    return known.has(identity(statement, version));
  };
}

/** What is quickly compared, and the same for equal statements. */
function shapeOf({ sid, effect, actions, resources }: Statement): string {
  return `${effect} ${actions?.length} ${resources?.length} ${sid}`;
}

function identity(statement: Statement, version: string | null): string {
  const text = sortedJson(statement.verbatim);
  return text.includes("${") ? `${version}${text}` : text;
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
