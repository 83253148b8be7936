import type { Window } from "@plp/domain";
import { transient } from "@plp/runtime";
import { memoryWaitingLine, type WaitingLine } from "@plp/usage";
import type { Analyzer, GenerationResult } from "../../services/analysis-poller/src/ports.ts";
import type { Random } from "./random.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Access Analyzer's quota of a day in most Regions. */
const QUOTA = 50;

/** What goes wrong, each as a probability per start unless it says otherwise. */
export interface LaneFaults {
  /** Generations that people start in each lane a day; they come before ours whenever they can. */
  readonly foreignPerDay?: number;
  readonly conflict?: number;
  readonly quotaRefusal?: number;
  /** The job fails because somebody else's ran. */
  readonly quotaFailure?: number;
  /** Longest window of which Access Analyzer can read all files. */
  readonly mostHours?: number;
  /** The process dies after the start and before it could record it. */
  readonly crash?: number;
}

interface Job {
  readonly job: string;
  readonly principalArn: string;
  readonly window: Window | null;
  readonly token: string;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly error: GenerationResult["error"];
}

/** Lanes of Access Analyzer with their quotas, and what was seen of them. */
export function quotaLane(outside: {
  readonly now: () => number;
  readonly random: Random;
  readonly faults: LaneFaults;
}): {
  readonly analyzer: Analyzer;
  readonly waiting: WaitingLine;
  most(): {
    readonly mostStartsInADay: number;
    readonly mostAtOnce: number;
    readonly startsOfOurs: number;
  };
} {
  const { now, random, faults } = outside;
  const lanes = new Map<string, Job[]>();
  const byId = new Map<string, Job>();
  let [mostStartsInADay, mostAtOnce, startsOfOurs, ids] = [0, 0, 0, 0];
  const jobsOf = (accountId: string) => {
    const known = lanes.get(accountId) ?? [];
    lanes.set(accountId, known);
    return known;
  };
  const runs = (job: Job) => now() < job.endsAt;
  const startedIn = (jobs: readonly Job[]) => jobs.filter(({ startedAt }) => startedAt > now() - DAY);

  function add(jobs: Job[], job: Omit<Job, "job" | "startedAt">): Job {
    const made = { ...job, job: `job-${++ids}`, startedAt: now() };
    jobs.push(made);
    byId.set(made.job, made);
    return made;
  }

  /** People use the console now and then, over the day, whenever the lane is free. */
  function letPeopleStart(accountId: string, jobs: Job[]): void {
    const { foreignPerDay = 0 } = faults;
    const theirs = startedIn(jobs).filter(({ window }) => window === null);
    if (theirs.length >= foreignPerDay || jobs.some(runs) || startedIn(jobs).length >= QUOTA) return;
    const principalArn = `arn:aws:iam::${accountId}:role/by-hand`;
    add(jobs, { principalArn, window: null, token: "", endsAt: now() + 5 * 60_000, error: null });
  }

  const errorOf = (window: Window): GenerationResult["error"] => {
    const hours = (Date.parse(window.to) - Date.parse(window.from)) / HOUR;
    const code = "SERVICE_QUOTA_EXCEEDED_ERROR";
    if (hours > (faults.mostHours ?? Number.POSITIVE_INFINITY))
      return { code, message: "Number of CloudTrail files processed per policy generation" };
    if (random.chance(faults.quotaFailure ?? 0)) return { code, message: "Concurrent policy generations" };
    return null;
  };

  const analyzer: Analyzer = {
    async list({ accountId }) {
      const jobs = jobsOf(accountId);
      letPeopleStart(accountId, jobs);
      return jobs
        .filter(({ startedAt }) => startedAt > now() - 7 * DAY)
        .map((job) => ({
          job: job.job,
          principalArn: job.principalArn,
          status: runs(job) ? "IN_PROGRESS" : job.error === null ? "SUCCEEDED" : "FAILED",
          startedAt: new Date(job.startedAt).toISOString(),
        }));
    },
    async start({ accountId }, { principalArn, window, clientToken }) {
      const jobs = jobsOf(accountId);
      const again = jobs.find(({ token }) => token === clientToken);
      if (again !== undefined) return { kind: "started", job: again.job };
      if (random.chance(faults.conflict ?? 0) || jobs.some(runs)) return { kind: "busy" };
      if (random.chance(faults.quotaRefusal ?? 0) || startedIn(jobs).length >= QUOTA)
        return { kind: "quota" };
      const error = errorOf(window);
      const seconds = error === null ? random.between(60, 600) : 5;
      const made = add(jobs, {
        principalArn,
        window,
        token: clientToken,
        endsAt: now() + seconds * 1000,
        error,
      });
      startsOfOurs += 1;
      mostStartsInADay = Math.max(
        mostStartsInADay,
        startedIn(jobs).filter((job) => job.window !== null).length,
      );
      mostAtOnce = Math.max(mostAtOnce, jobs.filter(runs).length);
      if (random.chance(faults.crash ?? 0)) throw transient("crash", "died before the start was recorded");
      return { kind: "started", job: made.job };
    },
    async get(_, id) {
      const job = byId.get(id);
      if (job === undefined) throw new Error(`no job ${id}`);
      const status = runs(job) ? "IN_PROGRESS" : job.error === null ? "SUCCEEDED" : "FAILED";
      return {
        job: id,
        status,
        startedAt: new Date(job.startedAt).toISOString(),
        endedAt: status === "IN_PROGRESS" ? null : new Date(job.endsAt).toISOString(),
        error: status === "FAILED" ? job.error : null,
        window: job.window,
        complete: true,
        policies: [],
      };
    },
    cancel: async () => undefined,
  };
  return {
    analyzer,
    waiting: memoryWaitingLine({ now: () => new Date(now()) }),
    most: () => ({ mostStartsInADay, mostAtOnce, startsOfOurs }),
  };
}
