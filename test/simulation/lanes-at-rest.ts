import type { LanesResult } from "./lanes.ts";

/** Access Analyzer's quotas, less what is left to people. */
const MOST_STARTS = 45;
/** A generation is polled a handful of times; waits for quota and for others come beside it. */
const MOST_DELIVERIES_PER_START = 60;
const BEGIN = Date.parse("2026-11-23T04:00:00.000Z");

/** What must hold of lanes whatever went wrong; one sentence for each thing that does not. */
export function lanesAtRest(result: LanesResult): readonly string[] {
  const wrong: string[] = [];
  if (result.mostAtOnce > 1) wrong.push(`${result.mostAtOnce} generations ran in one lane at a time`);
  if (result.mostStartsInADay > MOST_STARTS)
    wrong.push(`${result.mostStartsInADay} starts in one lane in a day`);
  if (result.deadLetters > 0) wrong.push(`${result.deadLetters} dead letters`);
  if (result.forgotten > 0) wrong.push(`${result.forgotten} messages were forgotten by the queue`);
  if (result.deliveries > MOST_DELIVERIES_PER_START * Math.max(1, result.startsOfOurs))
    wrong.push(`${result.deliveries} deliveries for ${result.startsOfOurs} starts: something spins`);
  for (const [role, covered] of result.analyses) {
    for (const [at, { window }] of covered.entries()) {
      const before = covered[at - 1];
      if (before === undefined) continue;
      if (window.from > before.window.to)
        wrong.push(`nothing covers ${role} from ${before.window.to} to ${window.from}`);
      if (window.to <= before.window.to) wrong.push(`${role} was analysed again to ${window.to}`);
    }
  }
  return wrong;
}

/** Milliseconds after the first round until every role had been analysed once; infinity while one was not. */
export function lastFirstAnalysis({ analyses }: LanesResult): number {
  return Math.max(
    ...[...analyses.values()].map(([first]) => (first?.at ?? Number.POSITIVE_INFINITY) - BEGIN),
  );
}
