import { type Addition, conditionKey, findAction } from "@plp/iam-policy";
import type { RequestView, RoleView } from "../view.ts";
import { environmentsOf, gather } from "./gather.ts";
import { conditionText, type Place, placesOf } from "./place.ts";
import { code } from "./text.ts";
import { date, number } from "./words.ts";

/** A column per environment up to here; beyond, one column names the sum. */
const MOST_COLUMNS = 4;
const MOST_ACTIONS = 30;

export interface Table {
  /** Two lines. */
  readonly head: readonly string[];
  readonly rows: readonly string[];
}

type Item = Addition & { readonly place: Place };
type Found = { readonly role: RoleView; readonly item: Item };

/** By resource: the actions, and how often each environment called them. What changes something is bold. */
export function routineTable(view: RequestView): Table {
  const { roles } = view;
  const columns = roles.length <= MOST_COLUMNS;
  const byAction = gather(roles, itemsOf);
  const rows = new Map<string, (readonly Found[])[]>();
  for (const { found } of byAction) {
    const [first] = found;
    if (first === undefined) continue;
    const { action, place, condition, basis, widened } = first.item;
    const environments = [...new Set(found.map(({ role }) => role.environment))];
    const key = JSON.stringify([
      serviceOf(action),
      place.key,
      conditionKey(condition),
      basis,
      widened,
      environments,
    ]);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, [found]);
    else known.push(found);
  }
  const names = columns ? roles.map(({ environment }) => code(environment, 32)) : ["Calls"];
  return {
    head: [`| On | Actions | ${names.join(" | ")} |`, `|:--|:--|${names.map(() => "--:").join("|")}|`],
    rows: [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, group]) => rowOf(group, columns ? roles : null)),
  };
}

/** Every permission with its evidence. */
export function oneByOne(view: RequestView): Table {
  const groups = gather(view.roles, itemsOf);
  return {
    head: [
      "| Permission | On | Env | Access | Calls | First | Last | Basis |",
      "|:--|:--|:--|:--|--:|:--|:--|:--|",
    ],
    rows: groups.flatMap(({ found }) =>
      found.map(({ role, item }) => {
        const { action, resource, condition, calls, firstSeen, lastSeen, basis, widened } = item;
        const access = findAction(action)?.accessLevel.toLowerCase() ?? "?";
        const cells = [
          code(action, 80),
          `${resource === "*" ? "any resource" : code(resource, 200)}${conditionText(condition)}`,
          code(role.environment, 32),
          access,
          calls === null ? "?" : number(calls),
          firstSeen === null ? "?" : date(firstSeen),
          lastSeen === null ? "?" : date(lastSeen),
          widened ? `${basis}, widened` : basis,
        ];
        return `| ${cells.join(" | ")} |`;
      }),
    ),
  };
}

function itemsOf(role: RoleView): { readonly key: string; readonly item: Item }[] {
  const placeOf = placesOf(role);
  return role.proposal.added.map((addition) => {
    const place = placeOf(addition);
    const { action, condition, basis, widened } = addition;
    return {
      key: JSON.stringify([action.toLowerCase(), place.key, conditionKey(condition), basis, widened]),
      item: { ...addition, place },
    };
  });
}

function rowOf(group: readonly (readonly Found[])[], roles: readonly RoleView[] | null): string {
  const all = group.flat();
  const [first] = all;
  if (first === undefined) return "";
  const { action, place, condition, basis, widened } = first.item;
  const marks = [
    ...(basis === "seen" ? [] : [`*${basis}*`]),
    ...(widened ? ["*widened*: part of the name was not told"] : []),
  ];
  const on = `${serviceText(action)}${place.text}${conditionText(condition)}${marks.length > 0 ? ` (${marks.join(", ")})` : ""}`;
  const cells = roles?.map(({ environment }) =>
    callsOf(all.filter(({ role }) => role.environment === environment)),
  ) ?? [`${callsOf(all)} in ${environmentsOf(all)}`];
  return `| ${on} | ${actionsText(group)} | ${cells.join(" | ")} |`;
}

function serviceText(action: string): string {
  const service = serviceOf(action);
  return /^[a-z0-9-]{1,40}$/.test(service) ? `${service} ` : `${code(service, 40)} `;
}

function actionsText(group: readonly (readonly Found[])[]): string {
  const texts = group.map(([first]) => {
    const action = first?.item.action ?? "";
    const name = code(action.slice(action.indexOf(":") + 1), 64);
    const level = findAction(action)?.accessLevel;
    return level === "List" || level === "Read" ? name : `**${name}**`;
  });
  const rest = texts.length - MOST_ACTIONS;
  return [...texts.slice(0, MOST_ACTIONS), ...(rest > 0 ? [`… ${rest} more`] : [])].join(", ");
}

function callsOf(found: readonly Found[]): string {
  if (found.length === 0) return "–";
  // Nobody has seen it used: it comes from another policy, or an earlier one.
  if (found.every(({ item }) => item.basis === "kept")) return "✔";
  if (found.some(({ item }) => item.calls === null)) return "?";
  return number(found.reduce((sum, { item }) => sum + (item.calls ?? 0), 0));
}

function serviceOf(action: string): string {
  const colon = action.indexOf(":");
  return colon < 0 ? action : action.slice(0, colon).toLowerCase();
}
