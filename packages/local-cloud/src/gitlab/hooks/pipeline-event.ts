import { type Context, project, userOf } from "../context.ts";
import { mergeStatus, standingOf } from "../merge-request-view.ts";
import { isOver, type Job, type Pipeline, pipelineStatus } from "../pipelines/pipeline.ts";
import {
  artifactsOf,
  durationOf,
  environmentOf,
  hookRunner,
  isManual,
  pipelineTimes,
  pipelineUrl,
  sourceRef,
} from "../pipelines/view.ts";
import { mergeRequestId, mergeRequestUrl } from "../views.ts";
import { hookCommit, hookProject, hookTime, hookUser } from "./payload.ts";

/** Announces where a pipeline stands. */
export function announcePipeline(context: Context, pipeline: Pipeline): void {
  context.deliveries.announce("pipeline", async () => {
    const status = pipelineStatus(pipeline);
    const commit = await context.repository.commit(pipeline.sha);
    const times = pipelineTimes(pipeline);
    return {
      object_kind: "pipeline",
      object_attributes: {
        id: pipeline.id,
        iid: pipeline.id,
        name: null,
        ref: pipeline.branch,
        tag: false,
        sha: pipeline.sha,
        before_sha: pipeline.before ?? "0".repeat(40),
        source: pipeline.source,
        status,
        detailed_status: status === "success" ? "passed" : status === "manual" ? "blocked" : status,
        stages: pipeline.jobs.some(({ name }) => name === "apply") ? ["plan", "apply"] : ["plan"],
        created_at: hookTime(pipeline.createdAt),
        finished_at: hookTime(isOver(status) ? times.finished : null),
        duration: durationOf(times.started, times.finished),
        queued_duration: durationOf(pipeline.createdAt, times.started),
        protected_ref: pipeline.source === "push",
        variables: [],
        url: pipelineUrl(context, pipeline),
      },
      merge_request: await mergeRequestOf(context, pipeline),
      user: hookUser(userOf(context, pipeline.userId)),
      project: hookProject(context),
      commit: commit === null ? null : hookCommit(context, commit),
      builds: pipeline.jobs.filter(({ retried }) => !retried).map((job) => build(context, job)),
    };
  });
}

async function mergeRequestOf(context: Context, pipeline: Pipeline) {
  const mergeRequest = context.store.mergeRequests.get(pipeline.mergeRequest ?? 0);
  if (mergeRequest === undefined) return null;
  const standing = await standingOf(context, mergeRequest);
  return {
    id: mergeRequestId(mergeRequest),
    iid: mergeRequest.iid,
    title: mergeRequest.title,
    source_branch: mergeRequest.source,
    source_project_id: project.id,
    target_branch: mergeRequest.target,
    target_project_id: project.id,
    state: mergeRequest.state,
    merge_status: standing.conflicts ? "cannot_be_merged" : "can_be_merged",
    detailed_merge_status: mergeStatus(mergeRequest, standing),
    url: mergeRequestUrl(context, mergeRequest.iid),
  };
}

function build(context: Context, job: Job) {
  const [artifact] = artifactsOf(job);
  return {
    id: job.id,
    stage: job.name,
    name: job.name,
    status: job.status,
    created_at: hookTime(job.createdAt),
    started_at: hookTime(job.startedAt),
    finished_at: hookTime(job.finishedAt),
    duration: durationOf(job.startedAt, job.finishedAt),
    queued_duration: durationOf(job.createdAt, job.startedAt),
    failure_reason: job.failureReason,
    when: isManual(job) ? "manual" : "on_success",
    manual: isManual(job),
    allow_failure: false,
    user: hookUser(userOf(context, job.userId)),
    runner: hookRunner(job),
    artifacts_file: { filename: artifact?.name ?? null, size: artifact?.content.length ?? null },
    environment: environmentOf(job),
  };
}

/** Announces where a job stands. */
export function announceJob(context: Context, pipeline: Pipeline, job: Job): void {
  context.deliveries.announce("job", async () => {
    const commit = await context.repository.commit(pipeline.sha);
    const home = hookProject(context);
    const times = pipelineTimes(pipeline);
    const status = pipelineStatus(pipeline);
    return {
      object_kind: "build",
      ref: sourceRef(pipeline),
      tag: false,
      before_sha: pipeline.before ?? "0".repeat(40),
      sha: pipeline.sha,
      retries_count: pipeline.jobs.filter((other) => other.name === job.name && other.retried).length,
      build_id: job.id,
      build_name: job.name,
      build_stage: job.name,
      build_status: job.status,
      build_created_at: hookTime(job.createdAt),
      build_started_at: hookTime(job.startedAt),
      build_finished_at: hookTime(job.finishedAt),
      build_duration: durationOf(job.startedAt, job.finishedAt),
      build_queued_duration: durationOf(job.createdAt, job.startedAt),
      build_allow_failure: false,
      build_failure_reason: job.failureReason ?? "unknown_failure",
      pipeline_id: pipeline.id,
      runner: hookRunner(job),
      project_id: project.id,
      project_name: `${project.group} / ${project.path}`,
      user: hookUser(userOf(context, job.userId)),
      commit: {
        // The pipeline's, as GitLab has it.
        id: pipeline.id,
        name: null,
        sha: pipeline.sha,
        message: commit?.message ?? "",
        author_name: commit?.author.name ?? "",
        author_email: commit?.author.email ?? "",
        author_url: `mailto:${commit?.author.email ?? ""}`,
        status,
        duration: durationOf(times.started, times.finished),
        started_at: hookTime(times.started),
        finished_at: hookTime(isOver(status) ? times.finished : null),
      },
      repository: {
        name: home.name,
        url: home.url,
        description: home.description,
        homepage: home.homepage,
        git_http_url: home.git_http_url,
        git_ssh_url: home.git_ssh_url,
        visibility_level: home.visibility_level,
      },
      project: home,
      environment: environmentOf(job),
    };
  });
}
