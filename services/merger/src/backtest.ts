import type { ProposalBacktest } from "@plp/domain";
import { type BacktestLine, backtest, type Policy } from "@plp/iam-policy";
import { type RecordedCalls, recordedUse } from "./recorded.ts";

/** Lines that an event holds; beyond them only their number is told. */
const MOST_LINES = 50;

/**
 * The policy alone, as it would stand once nothing else is attached, held against the recorded calls. `later`: also
 * those that were delivered after the window of this merge, which is the next one's to take up.
 */
export function backtestOf(
  policy: Policy,
  boundary: Policy | null,
  recorded: RecordedCalls,
  options: { readonly later: boolean },
): ProposalBacktest {
  const result = backtest({ policy, boundary, ...recordedUse(recorded, options) });
  const { calls, allowed, wouldBeDenied, undecided } = result;
  const more = { wouldBeDenied: rest(wouldBeDenied), undecided: rest(undecided) };
  return {
    ...{ window: recorded.window, calls, allowed },
    wouldBeDenied: wouldBeDenied.slice(0, MOST_LINES),
    undecided: undecided.slice(0, MOST_LINES),
    ...(more.wouldBeDenied.lines + more.undecided.lines > 0 ? { more } : {}),
  };
}

function rest(lines: readonly BacktestLine[]): { readonly lines: number; readonly calls: number } {
  const left = lines.slice(MOST_LINES);
  return { lines: left.length, calls: left.reduce((sum, { count }) => sum + count, 0) };
}
