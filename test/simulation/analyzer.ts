import type { Window } from "@plp/domain";
import { type Call, DAY, HOUR, type Organization } from "./organization.ts";
import type { Random } from "./random.ts";

export interface SimulatedJob {
  readonly id: string;
  readonly lane: string;
  readonly principalArn: string;
  readonly window: Window | null;
  readonly token: string;
  readonly startedAt: number;
  /** Ours, or started by people in the console. */
  readonly ours: boolean;
  readonly endsAt: number;
  readonly end: "SUCCEEDED" | { readonly code: string; readonly message: string };
  canceledAt: number | null;
  readonly canceledBy: { people: boolean };
}

/** How long after a start `ListPolicyGenerations` may still not show it. */
export const LIST_LAG = 45_000;

/** Access Analyzer's policy generation: lanes of one job at a time, a quota for the day, jobs that take time and fail. */
export function simulatedAnalyzer(
  organization: Organization,
  random: Random,
  outside: { readonly now: () => number; readonly isCalm: () => boolean },
) {
  const jobs = new Map<string, SimulatedJob>();
  const { now, isCalm } = outside;
  const laneOf = (accountId: string, region: string) => `${accountId}/${region}`;
  const quotaOf = (region: string) => (region === "af-south-1" ? 5 : 50);
  const inLane = (lane: string) => [...jobs.values()].filter((job) => job.lane === lane);

  function statusOf(job: SimulatedJob): "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "CANCELED" {
    if (job.canceledAt !== null) return "CANCELED";
    if (now() < job.endsAt) return "IN_PROGRESS";
    return job.end === "SUCCEEDED" ? "SUCCEEDED" : "FAILED";
  }

  function drawEnd(window: Window | null): { readonly seconds: number; readonly end: SimulatedJob["end"] } {
    // People's jobs last up to a day at times: nobody cancels them.
    const seconds = window === null && random.chance(0.1) ? 20 * 3600 : random.between(5, 1500);
    if (window === null || isCalm() || random.chance(0.72)) return { seconds, end: "SUCCEEDED" };
    if (random.chance(0.07)) return { seconds: 30 * 24 * 3600, end: "SUCCEEDED" };
    const isLong = window !== null && Date.parse(window.to) - Date.parse(window.from) > 13 * HOUR;
    const ends: SimulatedJob["end"][] = [
      { code: "SERVICE_ERROR", message: "an internal error" },
      { code: "SERVICE_ERROR", message: "an internal error" },
      { code: "SERVICE_QUOTA_EXCEEDED_ERROR", message: "Concurrent policy generations" },
      { code: "AUTHORIZATION_ERROR", message: "the service role may not read the trail" },
      ...(isLong
        ? [{ code: "SERVICE_QUOTA_EXCEEDED_ERROR", message: "Number of CloudTrail files processed" }]
        : []),
    ];
    return {
      seconds: random.chance(0.5) ? 2 : Math.ceil(seconds / 10),
      end: random.oneOf(ends) ?? "SUCCEEDED",
    };
  }

  function add(
    given: Pick<SimulatedJob, "lane" | "principalArn" | "window" | "token" | "ours">,
  ): SimulatedJob {
    const { seconds, end } = drawEnd(given.window);
    const id = `job-${jobs.size + 1}`;
    const times = { startedAt: now(), endsAt: now() + seconds * 1000, canceledAt: null };
    const job = { ...given, ...times, id, end, canceledBy: { people: false } };
    jobs.set(id, job);
    return job;
  }

  return {
    jobs,
    statusOf,
    laneOf,
    quotaOf,
    startsIn: (lane: string) => inLane(lane).filter(({ startedAt }) => startedAt > now() - DAY),
    list: (lane: string) =>
      inLane(lane).filter(
        ({ startedAt }) =>
          startedAt > now() - 7 * DAY && (isCalm() || startedAt <= now() - LIST_LAG || random.chance(0.7)),
      ),
    start(given: {
      readonly accountId: string;
      readonly region: string;
      readonly principalArn: string;
      readonly window: Window;
      readonly token: string;
    }): SimulatedJob | "busy" | "quota" {
      const lane = laneOf(given.accountId, given.region);
      const again = inLane(lane).find(({ token }) => token === given.token);
      if (again !== undefined) return again;
      if (inLane(lane).some((job) => statusOf(job) === "IN_PROGRESS")) return "busy";
      if (this.startsIn(lane).length >= quotaOf(given.region)) return "quota";
      const { principalArn, window, token } = given;
      return add({ lane, principalArn, window, token, ours: true });
    },
    /** Somebody uses the console. */
    startByPeople(accountId: string, region: string): boolean {
      const lane = laneOf(accountId, region);
      if (inLane(lane).some((job) => statusOf(job) === "IN_PROGRESS")) return false;
      if (this.startsIn(lane).length >= quotaOf(region)) return false;
      const principalArn = `arn:aws:iam::${accountId}:role/by-hand`;
      add({ lane, principalArn, window: null, token: `people-${jobs.size}`, ours: false });
      return true;
    },
    cancel(id: string, byPeople: boolean): void {
      const job = jobs.get(id);
      if (job === undefined || statusOf(job) !== "IN_PROGRESS") return;
      job.canceledAt = now();
      job.canceledBy.people = byPeople;
    },
    /** The documents of a job that succeeded: actions with templates, denied ones and ones without a record among them. */
    policiesOf: (job: SimulatedJob): string[] =>
      job.window === null ? [] : documents(job, organization.calls),
  };
}

export type SimulatedAnalyzer = ReturnType<typeof simulatedAnalyzer>;

function documents(job: SimulatedJob, calls: readonly Call[]): string[] {
  const [from, to] = [Date.parse(job.window?.from ?? ""), Date.parse(job.window?.to ?? "")];
  const actions = new Map<string, Set<string>>();
  for (const call of calls) {
    if (call.role.arn !== job.principalArn || call.at < from || call.at >= to || call.inferred) continue;
    actions.set(call.template, (actions.get(call.template) ?? new Set()).add(call.action));
  }
  const Statement = [...actions].map(([Resource, Action], i) => ({
    ...{ Sid: `SupportedServiceSid${i}`, Effect: "Allow", Action: [...Action].sort(), Resource },
  }));
  return Statement.length === 0 ? [] : [JSON.stringify({ Version: "2012-10-17", Statement })];
}
