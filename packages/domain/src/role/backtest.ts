import type { ProposalBacktest } from "./events.ts";

/** Calls, whether the events hold them line by line or not. */
export interface BacktestTotals {
  readonly calls: number;
  readonly allowed: number;
  readonly denied: number;
  readonly undecided: number;
}

/** The backtests of several proposals as one. */
export function backtestTotals(backtests: readonly ProposalBacktest[]): BacktestTotals {
  return backtests.reduce(
    (all, backtest) => ({
      calls: all.calls + backtest.calls,
      allowed: all.allowed + backtest.allowed,
      denied: all.denied + callsOf(backtest, "wouldBeDenied"),
      undecided: all.undecided + callsOf(backtest, "undecided"),
    }),
    { calls: 0, allowed: 0, denied: 0, undecided: 0 },
  );
}

function callsOf(backtest: ProposalBacktest, list: "wouldBeDenied" | "undecided"): number {
  const held = backtest[list].reduce((sum, { count }) => sum + count, 0);
  return held + (backtest.more?.[list].calls ?? 0);
}
