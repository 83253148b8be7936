import { canonicalJson } from "./json.ts";
import { foldAscii } from "./match.ts";
import { compareText } from "./text.ts";
import type { ConditionBlock, Permission, Policy } from "./types.ts";

/** One line of a condition: every clause of a condition must hold. The key is lower-cased, the values sorted. */
export interface Clause {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** The clauses of a condition in one order; an absent or empty condition has none. */
export function clausesOf(block: ConditionBlock | null): readonly Clause[] {
  if (block === null) return [];
  const clauses = Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      operator,
      key: key.toLowerCase(),
      values: [...new Set(values)].sort(compareText),
    })),
  );
  return clauses.sort((a, b) => compareText(clauseKey(a), clauseKey(b)));
}

export function clauseKey(clause: Clause): string {
  return JSON.stringify([clause.operator, clause.key, clause.values]);
}

/** Equal for conditions that say the same whatever their order; the empty text for none. */
export function conditionKey(block: ConditionBlock | null): string {
  return block === null ? "" : clausesOf(block).map(clauseKey).join();
}

/** The condition with operators, keys and values in one order and values once; null when it says nothing. */
export function normaliseCondition(block: ConditionBlock | null): ConditionBlock | null {
  if (block === null) return null;
  const operators = Object.entries(block)
    .filter(([, keys]) => Object.keys(keys).length > 0)
    .sort(([a], [b]) => compareText(a, b))
    .map(([operator, keys]) => {
      const sorted = Object.entries(keys).sort(([a], [b]) => compareText(a, b));
      const unique = sorted.map(([key, values]) => [key, [...new Set(values)].sort(compareText)]);
      return [operator, Object.fromEntries(unique)];
    });
  return operators.length > 0 ? Object.fromEntries(operators) : null;
}

/** The identity of a permission: action without regard to case, resource, and what its condition says. */
export function permissionKey(permission: Permission): string {
  return JSON.stringify([
    foldAscii(permission.action),
    permission.resource,
    conditionKey(permission.condition),
  ]);
}

/** By resource, then condition, then action: an order for lists that people read. */
export function comparePermissions(a: Permission, b: Permission): number {
  return (
    compareText(a.resource, b.resource) ||
    (a.condition === b.condition ? 0 : compareText(conditionKey(a.condition), conditionKey(b.condition))) ||
    (a.action === b.action ? 0 : compareText(foldAscii(a.action), foldAscii(b.action)))
  );
}

/**
 * What the Allow statements say, one permission per action, resource pattern and condition, each once, in the
 * policy's order. For showing and counting: Denies are not subtracted, and what only NotAction, NotResource or a
 * statement not understood grants cannot be written as a permission and is not in the list.
 */
export function permissionsOf(policy: Policy): readonly Permission[] {
  const found = new Map<string, Permission>();
  for (const statement of policy.statements) {
    if (statement.effect === "Deny" || statement.notUnderstood.length > 0) continue;
    const condition = normaliseCondition(statement.conditions);
    for (const resource of statement.resources ?? []) {
      for (const action of statement.actions ?? []) {
        const permission = { action, resource, condition };
        const key = permissionKey(permission);
        if (!found.has(key)) found.set(key, permission);
      }
    }
  }
  return [...found.values()];
}

/** The identity of a statement: everything it says, whatever the order of its keys. */
export function statementKey(verbatim: unknown): string {
  return canonicalJson(verbatim);
}
