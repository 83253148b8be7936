import { backtestTotals, type ProposalBacktest } from "@plp/domain";
import type { BacktestLine, BacktestReason } from "@plp/iam-policy";
import { plural, type Style } from "../output.ts";
import { conditionText, resourceText } from "./permission.ts";

/** Why a call would be denied, or cannot be decided. */
export const REASONS: Readonly<Record<BacktestReason, string>> = {
  "no-allow": "no statement allows it",
  deny: "a Deny refuses it",
  boundary: "the permissions boundary stops it",
  resource: "it hangs on a resource that no record tells",
  condition: "it hangs on a condition that no record tells",
  unmapped: "no IAM action is known for the call",
};

interface Tested {
  readonly backtest: ProposalBacktest | null;
}

/** `0 of 11,004`, with what cannot be decided; `·` where no backtest was made. */
export function backtestCell(proposals: readonly Tested[]): string {
  const tested = proposals.flatMap(({ backtest }) => backtest ?? []);
  if (tested.length === 0) return "·";
  const { calls, denied, undecided } = backtestTotals(tested);
  const open = undecided > 0 ? `, ${undecided.toLocaleString("en-US")} open` : "";
  return `${denied.toLocaleString("en-US")} of ${calls.toLocaleString("en-US")}${open}`;
}

const MOST_LINES = 5;

/** What the proposed policies would have denied, by environment. */
export function backtests(
  roles: readonly { readonly environment: string; readonly proposal: Tested }[],
  wide: number,
  style: Style,
): readonly string[] {
  const lines = roles.flatMap(({ environment, proposal: { backtest } }) => {
    if (backtest === null) return [];
    const { calls, denied, undecided } = backtestTotals([backtest]);
    const verdict = `${denied.toLocaleString("en-US")} of ${plural(calls, "call")} would have been denied`;
    const open = undecided > 0 ? `, ${undecided.toLocaleString("en-US")} cannot be decided` : "";
    const named = [...backtest.wouldBeDenied, ...backtest.undecided].map(lineText);
    const left = named.length - MOST_LINES;
    const below = [...named.slice(0, MOST_LINES), ...(left > 0 ? [`… ${left} more: --json`] : [])];
    return [
      `${environment.padEnd(wide)}  ${denied > 0 ? style.bad(verdict) : verdict}${open}`,
      ...below.map((line) => `${" ".repeat(wide)}    ${line}`),
    ];
  });
  if (lines.length === 0) return [];
  return ["", ...lines.map((line, index) => `  ${(index === 0 ? "TESTED" : "").padEnd(8)}${line}`)];
}

function lineText({ action, resource, condition, count, reason }: BacktestLine): string {
  const on = resource === null ? [] : [`on ${resourceText(resource)}`];
  const only = condition === null ? [] : [conditionText(condition)];
  return `${[action, ...on, ...only, `${count}×`].join(" ")}: ${REASONS[reason]}`;
}
