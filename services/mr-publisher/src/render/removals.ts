import { conditionKey, findAction, type Permission } from "@plp/iam-policy";
import type { RequestView } from "../view.ts";
import { environmentsOf, gather } from "./gather.ts";
import { conditionText, placesOf } from "./place.ts";
import type { Table } from "./routine.ts";
import { code } from "./text.ts";

/** A row per resource: the actions that go, and where. */
export function removalTable(view: RequestView): Table {
  const groups = gather(view.roles, (role) => {
    const placeOf = placesOf(role);
    return role.proposal.removed.map((permission) => {
      const place = placeOf(permission);
      const { action, condition } = permission;
      return {
        key: JSON.stringify([serviceOf(action), place.key, conditionKey(condition), role.environment]),
        item: { ...permission, place },
      };
    });
  });
  const rows = new Map<
    string,
    { on: string; actions: string; where: Set<(typeof groups)[number]["found"][number]> }
  >();
  for (const { key, found } of groups) {
    const [first] = found;
    if (first === undefined) continue;
    const actions = actionsText(found.map(({ item }) => item));
    const [service, place, condition] = JSON.parse(key) as string[];
    const same = JSON.stringify([service, place, condition, actions]);
    const { item } = first;
    const on = `${serviceText(item.action)}${item.place.text}${conditionText(item.condition)}`;
    const row = rows.get(same) ?? { on, actions, where: new Set() };
    row.where.add(first);
    rows.set(same, row);
  }
  return {
    head: ["| On | Actions that go | Env |", "|:--|:--|:--|"],
    rows: [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { on, actions, where }]) => `| ${on} | ${actions} | ${environmentsOf([...where])} |`),
  };
}

const MOST_ACTIONS = 30;

function actionsText(permissions: readonly Permission[]): string {
  const names = [...new Set(permissions.map(({ action }) => action))].sort();
  const texts = names.slice(0, MOST_ACTIONS).map((action) => {
    const name = code(action.slice(action.indexOf(":") + 1), 64);
    const level = findAction(action)?.accessLevel;
    return level === "List" || level === "Read" ? name : `**${name}**`;
  });
  const rest = names.length - texts.length;
  return [...texts, ...(rest > 0 ? [`… ${rest} more`] : [])].join(", ");
}

function serviceOf(action: string): string {
  const colon = action.indexOf(":");
  return colon < 0 ? action : action.slice(0, colon).toLowerCase();
}

function serviceText(action: string): string {
  const service = serviceOf(action);
  return /^[a-z0-9-]{1,40}$/.test(service) ? `${service} ` : `${code(service, 40)} `;
}
