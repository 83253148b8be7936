import { backtestTotals } from "@plp/domain";
import { type BacktestLine, conditionKey, permissionKey } from "@plp/iam-policy";
import type { RequestView, RoleView } from "../view.ts";
import { environmentsOf, gather, newest } from "./gather.ts";
import { conditionText, placesOf } from "./place.ts";
import { code } from "./text.ts";
import { date, number, plural, times } from "./words.ts";

const WHY: Readonly<Record<BacktestLine["reason"], string>> = {
  "no-allow": "No statement of this policy allows it",
  deny: "A Deny of this policy refuses it",
  boundary: "The permissions boundary does not let it pass: adding it here would change nothing",
  resource: "It hangs on which one it was",
  condition: "It hangs on a condition of which the log tells nothing",
  unmapped: "No IAM action is known for it",
};

/** The row of the checks; none where no backtest was made. */
export function backtestCheck({ roles }: RequestView): string[] {
  const tested = roles.flatMap(({ proposal }) => proposal.backtest ?? []);
  if (tested.length === 0) return [];
  const { calls, denied, undecided } = backtestTotals(tested);
  const since = tested.map(({ window }) => window.from).sort()[0] ?? "";
  const missing = roles.filter(({ proposal }) => proposal.backtest === null && !proposal.withoutTrail);
  const verdict = `${number(denied)} of ${plural(calls, "call")} since ${date(since)} would have been denied`;
  const parts = [
    denied > 0 ? `**${verdict}**` : verdict,
    ...(undecided > 0 ? [`${number(undecided)} cannot be decided`] : []),
    ...(missing.length > 0 ? [`not made for ${environmentsOf(missing.map((role) => ({ role })))}`] : []),
  ];
  return [`| Backtest | ${parts.join("; ")} |`];
}

/** The calls that would be denied, and those that nobody can decide, but for what is told elsewhere in the request. */
export function backtestLines({ roles }: RequestView): string[] {
  return [
    ...linesOf(roles, "wouldBeDenied", "Would be denied"),
    ...linesOf(roles, "undecided", "Cannot be decided"),
  ];
}

function linesOf(
  roles: readonly RoleView[],
  list: "wouldBeDenied" | "undecided",
  title: string,
): readonly string[] {
  const groups = gather(roles, (role) => {
    const placeOf = placesOf(role);
    const { backtest, heldBack, forbidden = [] } = role.proposal;
    const told = new Set([...heldBack, ...forbidden].map(permissionKey));
    return (backtest?.[list] ?? [])
      .filter((line) => line.reason !== "unmapped" && !told.has(keyOf(line)))
      .map((item) => {
        const place = placeOf(item);
        const { action, condition, reason } = item;
        return {
          key: JSON.stringify([action.toLowerCase(), place.key, conditionKey(condition), reason]),
          item: { ...item, place },
        };
      });
  });
  return groups.flatMap(({ found }) => {
    const [first] = found;
    if (first === undefined) return [];
    const { action, place, condition, reason } = first.item;
    const count = found.reduce((sum, { item }) => sum + item.count, 0);
    const last = newest(found.map(({ item }) => item.lastSeen));
    const when = last === null ? times(count) : `${times(count)}, last on ${date(last)}`;
    return [
      `- **${title} · ${environmentsOf(found)}** ${code(action)} on ${place.text}${conditionText(condition)}: ${when}. ${WHY[reason]}.`,
    ];
  });
}

function keyOf({ action, resource, condition }: BacktestLine): string {
  return permissionKey({ action, resource: resource ?? "", condition });
}
