import * as z from "zod";
import type { LocalUser } from "../../organization.ts";
import { type Context, developer, mayPush, requireLevel, requireProject } from "../context.ts";
import { flag, parseFields, words } from "../fields.ts";
import { type ApiAnswer, type ApiRequest, forbidden, notFound, ok, type Routes, refuse } from "../http.ts";
import { paged } from "../paging.ts";
import { type Job, type Pipeline, pipelineStatus } from "../pipelines/pipeline.ts";
import {
  artifactsOf,
  detailedPipelineView,
  isStartable,
  jobView,
  pipelineView,
  sourceRef,
} from "../pipelines/view.ts";
import { mergeRequestOf } from "./merge-requests.ts";

const filterSchema = z
  .object({
    ref: z.string(),
    sha: z.string(),
    status: z.string(),
    source: z.string(),
    scope: z.string(),
    updated_after: z.coerce.date(),
    updated_before: z.coerce.date(),
    sort: z.enum(["asc", "desc"]),
  })
  .partial();

const jobFilterSchema = z.object({ scope: words, include_retried: flag }).partial();

/** May the user start the pipeline's jobs: on a protected branch whoever may push or merge there, else developers. */
export function mayStart(context: Context, user: LocalUser, pipeline: Pipeline): boolean {
  return (
    user.accessLevel >= developer && (pipeline.source !== "push" || mayPush(context, user, pipeline.branch))
  );
}

/** Pipelines and jobs: listed, shown, started by hand, run again; traces and artifacts. */
export function pipelineRoutes(context: Context): Routes {
  const { store } = context;

  function pipelineOf({ params }: ApiRequest): Pipeline {
    requireProject(params.id);
    const pipeline = store.pipelines.get(Number(params.pipeline));
    if (pipeline === undefined) throw notFound();
    return pipeline;
  }

  function jobOf({ params }: ApiRequest): { pipeline: Pipeline; job: Job } {
    requireProject(params.id);
    for (const pipeline of store.pipelines.values()) {
      const job = pipeline.jobs.find(({ id }) => String(id) === params.job);
      if (job !== undefined) return { pipeline, job };
    }
    throw notFound();
  }

  function list(request: ApiRequest): Promise<ApiAnswer> {
    requireProject(request.params.id);
    const wish = parseFields(filterSchema, request.fields);
    const found = [...store.pipelines.values()].filter(
      (one) =>
        (wish.ref === undefined || sourceRef(one) === wish.ref || one.branch === wish.ref) &&
        (wish.sha === undefined || one.sha === wish.sha) &&
        (wish.status === undefined || pipelineStatus(one) === wish.status) &&
        (wish.source === undefined || one.source === wish.source) &&
        (wish.updated_after === undefined || Date.parse(one.updatedAt) >= wish.updated_after.getTime()) &&
        (wish.updated_before === undefined || Date.parse(one.updatedAt) <= wish.updated_before.getTime()),
    );
    const sorted = wish.sort === "asc" ? found : found.toReversed();
    return paged(request, context.origin(), sorted, (one) => pipelineView(context, one));
  }

  function jobs(request: ApiRequest, of: readonly Pipeline[]): Promise<ApiAnswer> {
    const wish = parseFields(jobFilterSchema, request.fields);
    const found = of.flatMap((pipeline) =>
      pipeline.jobs
        .filter(({ retried }) => !retried || wish.include_retried === true)
        .filter(({ status }) => wish.scope === undefined || wish.scope.includes(status))
        .map((job) => ({ pipeline, job })),
    );
    const newest = found.sort((a, b) => b.job.id - a.job.id);
    return paged(request, context.origin(), newest, ({ pipeline, job }) => jobView(context, pipeline, job));
  }

  const start =
    (manual: boolean) =>
    async (request: ApiRequest): Promise<ApiAnswer> => {
      const { pipeline, job } = jobOf(request);
      if (!mayStart(context, request.user, pipeline)) throw forbidden();
      if (!isStartable(pipeline, job) || (job.status === "manual") !== manual) {
        throw manual ? refuse(400, "400 Bad request - Unplayable Job") : forbidden("Job is not retryable");
      }
      const started = await context.pipelines.start(pipeline, job, request.user);
      const shown = await jobView(context, store.pipelines.get(pipeline.id) ?? pipeline, started);
      return ok(shown, manual ? 200 : 201);
    };

  async function retryFailed(request: ApiRequest): Promise<ApiAnswer> {
    const pipeline = pipelineOf(request);
    if (!mayStart(context, request.user, pipeline)) throw forbidden();
    const failed = pipeline.jobs.find(({ status, retried }) => status === "failed" && !retried);
    if (failed !== undefined) await context.pipelines.start(pipeline, failed, request.user);
    return ok(detailedPipelineView(context, store.pipelines.get(pipeline.id) ?? pipeline), 201);
  }

  function artifact(request: ApiRequest): ApiAnswer {
    const { job } = jobOf(request);
    requireLevel(request.user, developer);
    const found = artifactsOf(job).find(({ name }) => name === request.params.file);
    if (found === undefined) throw notFound();
    return { status: 200, raw: { type: "application/octet-stream", content: found.content } };
  }

  const all = "/projects/:id/pipelines";
  const one = "/projects/:id/jobs/:job";
  const ofRequest = "/projects/:id/merge_requests/:iid/pipelines";
  return {
    [`GET ${all}`]: list,
    [`GET ${all}/latest`]: (request) => {
      requireProject(request.params.id);
      const ref = request.fields.ref === undefined ? context.defaultBranch : String(request.fields.ref);
      const latest = [...store.pipelines.values()].findLast((pipeline) => sourceRef(pipeline) === ref);
      if (latest === undefined) throw forbidden();
      return ok(detailedPipelineView(context, latest));
    },
    [`GET ${all}/:pipeline`]: (request) => ok(detailedPipelineView(context, pipelineOf(request))),
    [`GET ${all}/:pipeline/jobs`]: (request) => jobs(request, [pipelineOf(request)]),
    [`POST ${all}/:pipeline/retry`]: retryFailed,
    [`GET ${ofRequest}`]: (request) => {
      const { iid } = mergeRequestOf(context, request);
      const own = [...store.pipelines.values()].filter((pipeline) => pipeline.mergeRequest === iid);
      return paged(request, context.origin(), own.toReversed(), (pipeline) =>
        pipelineView(context, pipeline),
      );
    },
    [`POST ${ofRequest}`]: async (request) => {
      const mergeRequest = mergeRequestOf(context, request);
      requireLevel(request.user, developer);
      const pipeline = await context.pipelines.runFor(mergeRequest, request.user);
      if (pipeline === null) throw refuse(400, "400 Bad request - No stages / jobs for this pipeline.");
      return ok(detailedPipelineView(context, pipeline), 201);
    },
    "GET /projects/:id/jobs": (request) => {
      requireProject(request.params.id);
      return jobs(request, [...store.pipelines.values()]);
    },
    [`GET ${one}`]: async (request) => {
      const { pipeline, job } = jobOf(request);
      return ok(await jobView(context, pipeline, job));
    },
    [`GET ${one}/trace`]: (request) => {
      const { job } = jobOf(request);
      return { status: 200, raw: { type: "text/plain; charset=utf-8", content: job.trace } };
    },
    [`GET ${one}/artifacts/:file`]: artifact,
    [`POST ${one}/play`]: start(true),
    [`POST ${one}/retry`]: start(false),
  };
}
