import type { ConditionBlock } from "@plp/iam-policy";
import type { RoleView } from "../view.ts";
import { code } from "./text.ts";

/** Where a permission acts, without what differs between environments: rows of several environments meet by `key`. */
export interface Place {
  readonly key: string;
  /** Markdown. */
  readonly text: string;
}

/** Says where the permissions of one role act: only another account, Region or service than the usual one is named. */
export function placesOf({
  accountId,
  proposal,
}: RoleView): (permission: { readonly action: string; readonly resource: string | null }) => Place {
  const { added, removed, heldBack, denied, backtest, forbidden = [] } = proposal;
  const tested = backtest === null ? [] : [...backtest.wouldBeDenied, ...backtest.undecided];
  const home = usualRegion(
    [...added, ...removed, ...heldBack, ...forbidden, ...denied, ...tested].map(({ resource }) => resource),
  );
  return ({ action, resource }) => {
    if (resource === null) return { key: "unknown", text: "a resource that the log does not name" };
    if (resource === "*") return { key: "*", text: "any resource" };
    const [arn, , service = "", region = "", account = "", ...rest] = resource.split(":");
    if (arn !== "arn" || rest.length === 0) return { key: `raw ${resource}`, text: code(resource, 160) };
    const name = rest.join(":");
    const isOwn = action.toLowerCase().startsWith(`${service}:`);
    const text = [
      code(isOwn ? name : `${service}: ${name}`, 120),
      ...(account === "" || account === accountId ? [] : [of("account", account)]),
      ...(region === "" || region === home ? [] : [of("Region", region)]),
    ].join(" in ");
    return { key: JSON.stringify([service, name, text]), text };
  };
}

/** `, only if iam:PassedToService StringEquals lambda.amazonaws.com`; empty without a condition. */
export function conditionText(condition: ConditionBlock | null): string {
  if (condition === null) return "";
  const clauses = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => code(`${key} ${operator} ${values.join(", ")}`, 160)),
  );
  return clauses.length === 0
    ? ""
    : `, only if ${clauses.slice(0, 3).join(" and ")}${clauses.length > 3 ? " and more" : ""}`;
}

function of(what: string, name: string): string {
  return name === "*" ? `any ${what}` : `${what} ${code(name, 40)}`;
}

function usualRegion(resources: readonly (string | null)[]): string {
  const counts = new Map<string, number>();
  for (const resource of resources) {
    const region = resource?.split(":")[3];
    if (region) counts.set(region, (counts.get(region) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0] ?? "";
}
