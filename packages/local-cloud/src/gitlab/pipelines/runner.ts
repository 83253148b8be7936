import { messageOf } from "@plp/runtime";
import type { Deployer } from "../../aws/iam/deployer.ts";
import type { LocalUser } from "../../organization.ts";
import { type Context, userOf } from "../context.ts";
import { announceJob, announcePipeline } from "../hooks/pipeline-event.ts";
import { mergeStatus, standingOf } from "../merge-request-view.ts";
import { merge } from "../merge-requests.ts";
import type { MergeRequest } from "../store.ts";
import { changedFolders } from "./folders.ts";
import { currentJob, type Job, type Pipeline } from "./pipeline.ts";
import type { Pipelines } from "./port.ts";
import { applyStage, type Ended, planStage } from "./stages.ts";

/** Job ids hold the pipeline's, so that they need no counter of their own. */
const jobsPerPipeline = 1000;

/** Where no AWS is: nothing runs. */
export const noPipelines: Pipelines = {
  headChanged: () => undefined,
  runFor: async () => null,
  pushed: () => undefined,
  start: async (_pipeline, job) => job,
  settled: async () => undefined,
  stop: async () => undefined,
};

interface Wish {
  readonly source: Pipeline["source"];
  readonly mergeRequest: number | null;
  readonly branch: string;
  readonly sha: string;
  readonly before: string | null;
}

/**
 * Runs the built-in stages without a runner, one job after the other. A plan that a crash cuts short is made again at the
 * next start, an apply is failed: it may have changed something.
 */
export function startPipelines(context: Context, deployer: Deployer): Pipelines {
  const { store, clock, repository } = context;
  let line: Promise<void> = Promise.resolve();
  let waiting = 0;
  let ended = false;

  function enqueue(work: () => Promise<void>): void {
    waiting += 1;
    line = line
      .then(() => (ended ? undefined : work()))
      .catch((error) => context.log.error("A pipeline failed", { reason: messageOf(error) }))
      .finally(() => {
        waiting -= 1;
      });
  }

  /** `keep`: on disk, else only in memory, for what a crash may forget. */
  async function save(pipeline: Pipeline, keep: boolean): Promise<Pipeline> {
    const next = { ...pipeline, updatedAt: clock.now().toISOString() };
    store.holdPipeline(next);
    if (keep) await store.keepPipeline(next.id);
    announcePipeline(context, next);
    return next;
  }

  async function saveJob(pipeline: Pipeline, job: Job, keep: boolean): Promise<Pipeline> {
    const known = store.pipelines.get(pipeline.id) ?? pipeline;
    const jobs = known.jobs.map((other) => (other.id === job.id ? job : other));
    const saved = await save({ ...known, jobs }, keep);
    announceJob(context, saved, job);
    return saved;
  }

  function newJob(id: number, name: Job["name"], status: Job["status"], by: LocalUser): Job {
    return {
      id,
      name,
      status,
      createdAt: clock.now().toISOString(),
      startedAt: null,
      finishedAt: null,
      userId: by.id,
      trace: "",
      failureReason: null,
      retried: false,
      plan: null,
      touched: [],
    };
  }

  async function create(wish: Wish, by: LocalUser): Promise<Pipeline | null> {
    const commit = await repository.commit(wish.sha);
    const skipped = /\[(skip ci|ci skip)\]/i.test(commit?.message ?? "");
    const folders = await changedFolders(repository, wish.before, wish.sha);
    if (commit === null || (folders.length === 0 && !skipped)) return null;
    const id = Math.max(0, ...store.pipelines.keys()) + 1;
    const plan = newJob(id * jobsPerPipeline + 1, "plan", "pending", by);
    const apply = newJob(id * jobsPerPipeline + 2, "apply", "created", by);
    const at = clock.now().toISOString();
    const pipeline: Pipeline = {
      ...wish,
      id,
      createdAt: at,
      updatedAt: at,
      userId: by.id,
      folders: skipped ? [] : [...folders],
      jobs: skipped ? [] : wish.source === "push" ? [plan, apply] : [plan],
    };
    const saved = await save(pipeline, skipped);
    if (!skipped) enqueue(() => run(id, plan.id));
    return saved;
  }

  async function run(pipelineId: number, jobId: number): Promise<void> {
    const pipeline = store.pipelines.get(pipelineId);
    const job = pipeline?.jobs.find(({ id }) => id === jobId);
    if (pipeline === undefined || job === undefined) return;
    const began: Job = { ...job, status: "running", startedAt: clock.now().toISOString() };
    // An apply that has begun must not be forgotten: what it changed is there.
    const running = await saveJob(pipeline, began, job.name === "apply");
    const result = await outcome(running, began);
    const over: Job = {
      ...began,
      status: result.status,
      finishedAt: clock.now().toISOString(),
      trace: result.trace,
      failureReason: result.status === "failed" ? "script_failure" : null,
      plan: result.plan === undefined ? null : [...result.plan],
      touched: [...(result.touched ?? [])],
    };
    await afterJob(await saveJob(running, over, true), over);
  }

  async function outcome(pipeline: Pipeline, job: Job): Promise<Ended> {
    try {
      if (job.name === "plan") return await planStage(context, deployer, pipeline);
      const plan = currentJob(pipeline, "plan")?.plan ?? null;
      if (plan !== null) return await applyStage(context, deployer, pipeline, job, plan);
      return { status: "failed", trace: "Error: there is no saved plan: run the job plan first.\n" };
    } catch (error) {
      context.log.error("A job failed", { job: job.id, reason: messageOf(error) });
      return { status: "failed", trace: `Error: ${messageOf(error)}\n` };
    }
  }

  async function afterJob(pipeline: Pipeline, job: Job): Promise<void> {
    const apply = currentJob(pipeline, "apply");
    if (job.name === "plan" && apply?.status === "created") {
      const status = job.status === "success" ? "manual" : "skipped";
      await saveJob(pipeline, { ...apply, status }, true);
    }
    if (pipeline.mergeRequest !== null && job.status === "success") await mergeIfSet(pipeline);
  }

  /** A request that was set to merge once its pipeline succeeds. */
  async function mergeIfSet({ mergeRequest: iid, sha }: Pipeline): Promise<void> {
    await context.exclusive(async () => {
      const mergeRequest = store.mergeRequests.get(iid ?? 0);
      const wish = mergeRequest?.autoMerge ?? null;
      if (mergeRequest?.state !== "opened" || wish?.head !== sha) return;
      if (mergeStatus(mergeRequest, await standingOf(context, mergeRequest)) !== "mergeable") return;
      const { squash, removeSource } = mergeRequest;
      const texts = { message: undefined, squashMessage: undefined };
      await merge(context, mergeRequest, userOf(context, wish.by), { ...texts, squash, removeSource });
    });
  }

  async function wishOf({ iid, source }: MergeRequest): Promise<Wish | null> {
    const mergeRequest = store.mergeRequests.get(iid);
    if (mergeRequest?.state !== "opened") return null;
    const { refs } = await standingOf(context, mergeRequest);
    if (refs === null) return null;
    const of = { source: "merge_request_event", mergeRequest: iid } as const;
    return { ...of, branch: source, sha: refs.head, before: refs.base };
  }

  const pipelines: Pipelines = {
    headChanged: (mergeRequest, by) =>
      enqueue(async () => {
        const wish = await wishOf(mergeRequest);
        const known = [...store.pipelines.values()].some(
          (one) => one.mergeRequest === mergeRequest.iid && one.sha === wish?.sha,
        );
        if (wish !== null && !known) await create(wish, by);
      }),
    runFor: async (mergeRequest, by) => {
      const wish = await wishOf(mergeRequest);
      return wish === null ? null : create(wish, by);
    },
    pushed: ({ branch, before, after }, by) => {
      if (branch !== context.defaultBranch || after === null) return;
      enqueue(async () => {
        await create({ source: "push", mergeRequest: null, branch, sha: after, before }, by);
      });
    },
    start: async (pipeline, job, by) => {
      const known = store.pipelines.get(pipeline.id) ?? pipeline;
      const played: Job = { ...job, status: "pending", userId: by.id };
      if (job.status === "manual") {
        await saveJob(known, played, true);
        enqueue(() => run(pipeline.id, job.id));
        return played;
      }
      const id = Math.max(...known.jobs.map((one) => one.id)) + 1;
      const again = newJob(id, job.name, "pending", by);
      const jobs = known.jobs.map((one) => (one.id === job.id ? { ...one, retried: true } : one));
      // A new plan is a new offer to apply.
      const apply = currentJob(known, "apply");
      const renewed = job.name === "plan" && apply !== undefined && apply.status !== "manual";
      const offered = renewed
        ? [...jobs.map((one) => (one.id === apply.id ? { ...one, retried: true } : one)), again]
        : [...jobs, again];
      const next = renewed ? [...offered, newJob(id + 1, "apply", "created", by)] : offered;
      announceJob(context, await save({ ...known, jobs: next }, true), again);
      enqueue(() => run(pipeline.id, again.id));
      return again;
    },
    async settled() {
      while (waiting > 0) await line;
    },
    async stop() {
      ended = true;
      await line;
    },
  };

  enqueue(recover);
  return pipelines;

  /** What an earlier process left: an apply under way may have changed something, so it failed; the rest runs. */
  async function recover(): Promise<void> {
    for (const pipeline of [...store.pipelines.values()]) {
      for (const job of pipeline.jobs) {
        if (job.status === "running") {
          const over = { finishedAt: clock.now().toISOString(), touched: pipeline.folders };
          const trace = `${job.trace}Error: the runner was stopped. What it had done by then stands.\n`;
          const lost = { status: "failed", failureReason: "runner_system_failure" } as const;
          await saveJob(pipeline, { ...job, ...over, ...lost, trace }, true);
        } else if (job.status === "pending") enqueue(() => run(pipeline.id, job.id));
      }
    }
    for (const mergeRequest of [...store.mergeRequests.values()]) {
      const by = userOf(context, mergeRequest.merged?.by ?? mergeRequest.authorId);
      if (mergeRequest.state === "opened") pipelines.headChanged(mergeRequest, by);
      const { merged, refs, target } = mergeRequest;
      if (merged === null || refs === null || target !== context.defaultBranch) continue;
      const known = [...store.pipelines.values()].some(({ sha }) => sha === merged.commit);
      if (!known) pipelines.pushed({ branch: target, before: refs.start, after: merged.commit }, by);
    }
  }
}
