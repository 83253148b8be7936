import { type Context, project, userOf } from "../context.ts";
import { commitView, userView } from "../views.ts";
import { currentJob, isOver, type Job, type Pipeline, pipelineStatus } from "./pipeline.ts";
import { terraformReport } from "./plan.ts";

export function pipelineUrl(context: Context, { id }: Pipeline): string {
  return `${context.origin()}/${project.fullPath}/-/pipelines/${id}`;
}

export function jobUrl(context: Context, { id }: Job): string {
  return `${context.origin()}/${project.fullPath}/-/jobs/${id}`;
}

/** The reference that a pipeline runs for: of a merge request's, the request. */
export function sourceRef({ mergeRequest, branch }: Pipeline): string {
  return mergeRequest === null ? branch : `refs/merge-requests/${mergeRequest}/head`;
}

export const isManual = ({ name }: Job) => name === "apply";

/** Seconds from one moment to another; null while one is missing. */
export function durationOf(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000;
}

/** When a pipeline's first job began and its last one ended. */
export function pipelineTimes({ jobs }: Pipeline): {
  readonly started: string | null;
  readonly finished: string | null;
} {
  const starts = jobs.flatMap(({ startedAt }) => startedAt ?? []);
  const ends = jobs.flatMap(({ finishedAt }) => finishedAt ?? []);
  return { started: starts.sort()[0] ?? null, finished: ends.sort().at(-1) ?? null };
}

/** What a job keeps for download: of a plan the report for the merge request's widget. */
export function artifactsOf(job: Job): readonly { readonly name: string; readonly content: string }[] {
  return job.plan === null ? [] : [{ name: "plan.json", content: JSON.stringify(terraformReport(job.plan)) }];
}

/** Only apply deploys anywhere; which accounts, its trace tells. */
export function environmentOf(job: Job) {
  return isManual(job) ? { name: "aws", action: "start", deployment_tier: "production" } : null;
}

/** The stages are built in; payloads name a runner all the same once a job has begun. */
export function hookRunner(job: Job) {
  if (job.startedAt === null) return null;
  return {
    id: 1,
    description: "built in",
    runner_type: "instance_type",
    active: true,
    is_shared: true,
    tags: [],
  };
}

/** A pipeline as lists show it. */
export function pipelineView(context: Context, pipeline: Pipeline) {
  return {
    id: pipeline.id,
    iid: pipeline.id,
    project_id: project.id,
    sha: pipeline.sha,
    ref: sourceRef(pipeline),
    status: pipelineStatus(pipeline),
    source: pipeline.source,
    created_at: pipeline.createdAt,
    updated_at: pipeline.updatedAt,
    web_url: pipelineUrl(context, pipeline),
    name: null,
  };
}

/** A pipeline by itself. */
export function detailedPipelineView(context: Context, pipeline: Pipeline) {
  const times = pipelineTimes(pipeline);
  const status = pipelineStatus(pipeline);
  const text = { success: "passed", manual: "blocked" }[status as string] ?? status;
  return {
    ...pipelineView(context, pipeline),
    before_sha: pipeline.before ?? "0".repeat(40),
    tag: false,
    yaml_errors: null,
    user: userView(context, userOf(context, pipeline.userId)),
    started_at: times.started,
    finished_at: isOver(status) ? times.finished : null,
    committed_at: null,
    duration: durationOf(times.started, times.finished),
    queued_duration: durationOf(pipeline.createdAt, times.started),
    coverage: null,
    detailed_status: {
      icon: `status_${status}`,
      text,
      label: text,
      group: status,
      tooltip: text,
      has_details: true,
      details_path: `/${project.fullPath}/-/pipelines/${pipeline.id}`,
      illustration: null,
      favicon: null,
    },
  };
}

/** A job by itself or in a list. */
export async function jobView(context: Context, pipeline: Pipeline, job: Job) {
  const commit = await context.repository.commit(pipeline.sha);
  const traced =
    job.finishedAt === null
      ? []
      : [{ file_type: "trace", size: job.trace.length, filename: "job.log", file_format: null }];
  const reports = artifactsOf(job).map(({ name, content }) => ({
    file_type: "terraform",
    size: content.length,
    filename: name,
    file_format: "raw",
  }));
  return {
    id: job.id,
    status: job.status,
    stage: job.name,
    name: job.name,
    ref: sourceRef(pipeline),
    tag: false,
    coverage: null,
    allow_failure: false,
    created_at: job.createdAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    erased_at: null,
    duration: durationOf(job.startedAt, job.finishedAt),
    queued_duration: durationOf(job.createdAt, job.startedAt),
    user: userView(context, userOf(context, job.userId)),
    commit: commit === null ? null : commitView(context, commit),
    pipeline: pipelineView(context, pipeline),
    ...(job.failureReason === null ? {} : { failure_reason: job.failureReason }),
    web_url: jobUrl(context, job),
    project: { ci_job_token_scope_enabled: false },
    artifacts: [...reports, ...traced],
    runner: null,
    runner_manager: null,
    artifacts_expire_at: null,
    archived: false,
    tag_list: [],
    manual: isManual(job),
  };
}

/** A request's newest pipeline for the commit that it stands at. */
export function headPipeline(context: Context, iid: number, head: string): Pipeline | null {
  const own = [...context.store.pipelines.values()].filter((one) => one.mergeRequest === iid);
  return own.findLast(({ sha }) => sha === head) ?? null;
}

/** Can the job be started by hand now: a manual one that waits, or one that is over? */
export function isStartable(pipeline: Pipeline, job: Job): boolean {
  if (job.retried || currentJob(pipeline, job.name)?.id !== job.id) return false;
  return job.status === "manual" || job.status === "failed" || job.status === "success";
}
