import { byOwner, inFileOrder } from "./file-order.ts";
import { foldAscii } from "./match.ts";
import { conditionKey, normaliseCondition } from "./permission.ts";
import { familyOf, sidFor, sidsOf } from "./sid.ts";
import { compareText } from "./text.ts";
import type { ConditionBlock, Permission, Policy, Statement } from "./types.ts";

interface Group {
  readonly family: string;
  readonly resource: string;
  readonly condition: ConditionBlock | null;
  readonly actions: string[];
}

/**
 * Writes permissions into PLP's own statements: one statement per family, resource and condition, its actions sorted.
 * A statement that lives keeps its Sid; people's statements come first and are not touched. Adds exactly what it is
 * given: what may be added is decided by the caller. Protected statements do not grow. Without permissions the policy comes
 * back as it is.
 */
export function growPolicy(
  old: Policy,
  permissions: readonly Permission[],
  protectedSids: readonly string[] = [],
): Policy {
  if (permissions.length === 0) return old;
  const { people, own } = byOwner(old.statements);
  const groups = groupPermissions(permissions);
  const homes = new Map<string, Statement>();
  for (const statement of own) {
    const key = homeKey(statement);
    if (key === null || homes.has(key) || protectedSids.includes(statement.sid ?? "")) continue;
    homes.set(key, statement);
  }
  const grown = new Map<Statement, Statement>();
  const fresh: Statement[] = [];
  const taken = sidsOf(old);
  for (const [key, group] of [...groups].sort(([a], [b]) => compareText(a, b))) {
    const home = homes.get(key);
    if (home) {
      grown.set(home, withActions(home, group.actions));
    } else {
      const sid = sidFor(group.family, group.resource, key, taken);
      taken.add(sid);
      fresh.push(buildStatement(sid, group));
    }
  }
  const plp = [...own.map((statement) => grown.get(statement) ?? statement), ...fresh];
  const version = old.statements.length === 0 ? "2012-10-17" : old.version;
  return { version, id: old.id, statements: inFileOrder(plp, people) };
}

function groupPermissions(permissions: readonly Permission[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  const families = new Map<string, string>();
  let last: { readonly of: Permission; readonly family: string; readonly group: Group } | undefined;
  for (const permission of permissions) {
    const { action, resource, condition } = permission;
    const family = families.get(action) ?? familyOf(action);
    families.set(action, family);
    // Permissions come in order, mostly: many of one group behind one another.
    if (last?.family === family && last.of.resource === resource && last.of.condition === condition) {
      last.group.actions.push(action);
      continue;
    }
    const key = groupKey(family, resource, condition);
    const known = groups.get(key);
    const group = known ?? { family, resource, condition: normaliseCondition(condition), actions: [] };
    group.actions.push(action);
    groups.set(key, group);
    last = { of: permission, family, group };
  }
  return groups;
}

function groupKey(family: string, resource: string, condition: ConditionBlock | null): string {
  return JSON.stringify([family, resource, conditionKey(condition)]);
}

/** The group whose permissions this statement may take up, or null when its form is not one that PLP writes. */
function homeKey(statement: Statement): string | null {
  const { actions, resources, conditions, effect, notUnderstood } = statement;
  if (effect !== "Allow" || notUnderstood.length > 0 || actions === null) return null;
  const [resource, ...others] = resources ?? [];
  const families = new Set(actions.map(familyOf));
  const [family] = families;
  if (resource === undefined || others.length > 0 || family === undefined || families.size > 1) return null;
  return groupKey(family, resource, conditions);
}

function withActions(statement: Statement, more: readonly string[]): Statement {
  const actions = sortedActions([...(statement.actions ?? []), ...more]);
  return { ...statement, actions, verbatim: { ...statement.verbatim, Action: actions } };
}

function sortedActions(actions: readonly string[]): readonly string[] {
  const unique = new Map(actions.toReversed().map((action) => [foldAscii(action), action]));
  return [...unique.values()].sort(compareText);
}

function buildStatement(sid: string, group: Group): Statement {
  const actions = sortedActions(group.actions);
  const verbatim = {
    ...{ Sid: sid, Effect: "Allow", Action: actions, Resource: group.resource },
    ...(group.condition === null ? {} : { Condition: printable(group.condition) }),
  };
  return {
    ...{ sid, effect: "Allow", actions, notActions: null, resources: [group.resource], notResources: null },
    conditions: group.condition,
    notUnderstood: [],
    verbatim,
  };
}

/** A single value stands as a string, several as a list. */
function printable(block: ConditionBlock): Record<string, unknown> {
  const keys = (operator: Readonly<Record<string, readonly string[]>>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(operator).map(([key, values]) => [key, values.length === 1 ? values[0] : values]),
    );
  return Object.fromEntries(Object.entries(block).map(([operator, block]) => [operator, keys(block)]));
}
