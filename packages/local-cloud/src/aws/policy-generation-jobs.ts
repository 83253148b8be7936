import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Clock } from "@plp/runtime";
import { messageOf, permanent } from "@plp/runtime";
import * as z from "zod";
import { writeAtomically } from "../files.ts";

const jobSchema = z.object({
  jobId: z.string(),
  accountId: z.string(),
  region: z.string(),
  principalArn: z.string(),
  clientToken: z.string().nullable(),
  /** The request as it came: the same token must bring the same. */
  request: z.string(),
  trails: z.array(
    z.object({
      cloudTrailArn: z.string(),
      regions: z.array(z.string()).optional(),
      allRegions: z.boolean().optional(),
    }),
  ),
  startTime: z.string(),
  endTime: z.string(),
  startedOn: z.string(),
  /** When it ends unless it is cancelled. */
  readyAt: z.string(),
  outcome: z.enum(["SUCCEEDED", "FAILED", "CANCELED"]),
  completedOn: z.string().nullable(),
  jobError: z.object({ code: z.string(), message: z.string() }).nullable(),
});

export type Job = z.infer<typeof jobSchema>;
export type JobStatus = "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "CANCELED";

const fileSchema = z.object({ v: z.literal(1), jobs: z.array(jobSchema) });
const day = 86_400_000;

export interface Jobs {
  status(job: Job): JobStatus;
  /** When the job ended; null while it runs. */
  completedOn(job: Job): string | null;
  get(jobId: string): Job | undefined;
  /** Jobs of the account that were started in the last `hours`, newest first. */
  since(accountId: string, hours: number): readonly Job[];
  add(job: Omit<Job, "jobId" | "startedOn" | "completedOn" | "readyAt">, durationMs: number): Job;
  cancel(job: Job): void;
  anyRunning(): boolean;
  /** A day passes for every job that has ended: the quota is free again. Tells whether anything moved. */
  turnDay(): boolean;
}

function read(file: string): Job[] {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw permanent("state-unreadable", `${file} cannot be read: ${messageOf(error)}`);
  }
  try {
    return fileSchema.parse(JSON.parse(content)).jobs;
  } catch (error) {
    const reason = messageOf(error).slice(0, 200);
    throw permanent("state-damaged", `${file} is damaged, remove it to forget its jobs: ${reason}`);
  }
}

const earlier = (time: string) => new Date(Date.parse(time) - day).toISOString();

/**
 * The policy generations of all accounts, kept in one file that is replaced as a whole, so that a kill between two
 * calls loses neither a job nor a start that counts against the quota.
 */
export function openJobs(file: string, clock: Clock): Jobs {
  const jobs = new Map(read(file).map((job) => [job.jobId, job]));
  const now = () => clock.now().getTime();
  const save = () => writeAtomically(file, JSON.stringify({ v: 1, jobs: [...jobs.values()] }));
  const ended = (job: Job) => job.completedOn ?? (Date.parse(job.readyAt) <= now() ? job.readyAt : null);
  const status = (job: Job): JobStatus => (ended(job) === null ? "IN_PROGRESS" : job.outcome);

  return {
    status,
    completedOn: ended,
    get: (jobId) => jobs.get(jobId),
    since: (accountId, hours) =>
      [...jobs.values()]
        .filter((job) => job.accountId === accountId && Date.parse(job.startedOn) > now() - hours * 3_600_000)
        .reverse()
        .sort((a, b) => Date.parse(b.startedOn) - Date.parse(a.startedOn)),
    add(job, durationMs) {
      const startedOn = clock.now();
      const readyAt = new Date(startedOn.getTime() + durationMs);
      const full: Job = {
        ...job,
        jobId: randomUUID(),
        startedOn: startedOn.toISOString(),
        readyAt: readyAt.toISOString(),
        completedOn: null,
      };
      jobs.set(full.jobId, full);
      save();
      return full;
    },
    cancel(job) {
      jobs.set(job.jobId, { ...job, outcome: "CANCELED", completedOn: clock.now().toISOString() });
      save();
    },
    anyRunning: () => [...jobs.values()].some((job) => ended(job) === null),
    turnDay() {
      let moved = false;
      for (const job of jobs.values()) {
        const end = ended(job);
        if (end === null) continue;
        moved = true;
        const { startedOn, readyAt } = job;
        jobs.set(job.jobId, {
          ...job,
          startedOn: earlier(startedOn),
          readyAt: earlier(readyAt),
          completedOn: earlier(end),
        });
      }
      if (moved) save();
      return moved;
    },
  };
}
