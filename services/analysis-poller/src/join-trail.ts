import { type Gap, hoursOf, type RequestedAnalysis } from "@plp/domain";
import type { RoleUsage } from "@plp/usage";
import type { AnalysisPorts } from "./ports.ts";
import { boundedWait } from "./waits.ts";

/** Global services (IAM, STS, CloudFront, Route 53) log in this Region. */
const GLOBAL_REGION = "us-east-1";
const DAY = 86_400_000;
const HOUR = 3_600_000;
const POLL = 30;
const LATER_POLL = 300;

export type TrailOfWindow =
  | { readonly kind: "not-read" }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "read"; readonly hours: readonly RoleUsage[]; readonly gaps: readonly Gap[] };

/**
 * The role's usage in the hours of its window, once all of them are marked as read; until then a wait, at most 24
 * hours after the analysis ended. Hours still missing then, and files that could not be read, are gaps.
 */
export async function readTrail(
  requested: RequestedAnalysis,
  analysisEndedAt: string,
  { usage, clock }: Pick<AnalysisPorts, "usage" | "clock">,
): Promise<TrailOfWindow> {
  const hours = hoursOf(requested.window);
  const [first = "", last = ""] = [hours[0], hours.at(-1)];
  const waited = clock.now().getTime() - Date.parse(analysisEndedAt);
  const gaps: Gap[] = [];
  for (const region of new Set([...requested.regions, GLOBAL_REGION])) {
    const marks = new Map(
      (await usage.marks(requested.lane, region, first, last)).map((mark) => [mark.hour, mark]),
    );
    if (waited < DAY && hours.some((hour) => !marks.has(hour))) {
      return { kind: "wait", seconds: boundedWait(waited < HOUR ? POLL : LATER_POLL) };
    }
    for (const hour of hours) {
      const mark = marks.get(hour);
      const reasons =
        mark === undefined
          ? [`the trail of ${region} was not read in time`]
          : mark.bad.map(({ key, reason }) => `${key}: ${reason}`);
      for (const reason of reasons) gaps.push({ ...spanOf(hour), reason });
    }
  }
  const all = await usage.usageOf(requested.role.arn, first, last);
  return {
    kind: "read",
    hours: all.filter(({ accountId }) => accountId === requested.lane),
    gaps: joined(gaps),
  };
}

function spanOf(hour: string): { from: string; to: string } {
  const from = Date.parse(`${hour}:00:00Z`);
  return { from: new Date(from).toISOString(), to: new Date(from + HOUR).toISOString() };
}

/** Neighbouring hours with the same reason are one gap. */
function joined(gaps: readonly Gap[]): Gap[] {
  const result: Gap[] = [];
  for (const gap of [...gaps].sort((a, b) => (`${a.reason}${a.from}` < `${b.reason}${b.from}` ? -1 : 1))) {
    const previous = result.at(-1);
    if (previous?.reason === gap.reason && previous.to === gap.from)
      result[result.length - 1] = { ...previous, to: gap.to };
    else result.push(gap);
  }
  return result.sort((a, b) => (a.from < b.from ? -1 : 1));
}
