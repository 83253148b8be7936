import * as z from "zod";

const time = z.iso.datetime();
const sha = z.string().regex(/^[0-9a-f]{40}$/);

/** One step of a plan; `path` is the file that holds the document. */
const stepSchema = z.object({
  do: z.enum(["create", "update", "attach", "detach", "remove"]),
  roleArn: z.string(),
  policyArn: z.string(),
  path: z.string().nullable(),
});

export type Step = z.infer<typeof stepSchema>;

const folderPlanSchema = z.object({
  folder: z.string(),
  /** How many applies of the folder had begun when it was planned: after another one the plan is stale. */
  serial: z.int(),
  steps: z.array(stepSchema),
});

export type FolderPlan = z.infer<typeof folderPlanSchema>;

const jobSchema = z.object({
  id: z.int(),
  name: z.enum(["plan", "apply"]),
  status: z.enum(["created", "pending", "running", "success", "failed", "manual", "skipped"]),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  /** Who started it. */
  userId: z.int(),
  trace: z.string(),
  failureReason: z.enum(["script_failure", "runner_system_failure"]).nullable(),
  /** A newer job of the same name stands for it. */
  retried: z.boolean(),
  /** Of a plan that succeeded: what apply will do. */
  plan: z.array(folderPlanSchema).nullable(),
  /** Folders in which an apply has begun to change something. */
  touched: z.array(z.string()),
});

export type Job = z.infer<typeof jobSchema>;

/** A pipeline with its jobs as it lies on disk. */
export const pipelineSchema = z.object({
  id: z.int(),
  source: z.enum(["merge_request_event", "push"]),
  mergeRequest: z.int().nullable(),
  branch: z.string(),
  sha,
  /** What the commit is compared with, to see which folders changed. */
  before: sha.nullable(),
  createdAt: time,
  updatedAt: time,
  userId: z.int(),
  folders: z.array(z.string()),
  /** None: the commit's message says `[skip ci]`. */
  jobs: z.array(jobSchema),
});

export type Pipeline = z.infer<typeof pipelineSchema>;
export type Status = Job["status"];

/** GitLab's status of a pipeline from its jobs that count. A manual job that was not started blocks it. */
export function pipelineStatus({ jobs }: Pipeline): Status {
  const statuses = jobs.filter(({ retried }) => !retried).map(({ status }) => status);
  if (statuses.length === 0) return "skipped";
  for (const first of ["running", "failed", "pending", "manual"] as const) {
    if (statuses.includes(first)) return first;
  }
  if (statuses.every((status) => status === "created")) return "created";
  return statuses.includes("created") ? "running" : "success";
}

/** The job that counts under a name. */
export function currentJob(pipeline: Pipeline, name: Job["name"]): Job | undefined {
  return pipeline.jobs.findLast((job) => job.name === name && !job.retried);
}

export const isOver = (status: Status) => ["success", "failed", "skipped"].includes(status);
