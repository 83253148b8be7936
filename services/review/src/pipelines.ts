import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  applyPolicy,
  commitId,
  digest,
  foldApplication,
  type PipelineJob,
  type RecordedApply,
  type RoleState,
  recordApply,
  recordPlan,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { policyHash, toDocument } from "@plp/iam-policy";
import * as z from "zod";
import {
  type CausedLook,
  causeBy,
  causedLook,
  changeRole,
  type Look,
  loadRole,
  rolesOf,
} from "./caused-look.ts";
import { folderOfRequest, foldersAbove } from "./find-application.ts";
import { readPolicyAt } from "./merged-policy.ts";
import { observe, type Soon } from "./observe.ts";
import type { Gitlab, ReviewPorts } from "./ports.ts";

type Pipeline = NonNullable<Awaited<ReturnType<Gitlab["pipeline"]>>>;
type Job = Awaited<ReturnType<Gitlab["jobs"]>>[number];

/** The names of the jobs in the template of an IAM repository. */
const [PLAN, APPLY] = ["plan", "apply"];
const RESULTS: Readonly<Record<string, PipelineJob["result"]>> = {
  success: "succeeded",
  failed: "failed",
  canceled: "canceled",
};
const count = z.int().nonnegative();
/** What Terraform's report in GitLab's form says. */
const report = z.object({ create: count, update: count, delete: count });

/**
 * Records what has ended in a pipeline: the plan of a request of ours, or applies of the default branch, with what they
 * came to for each application that the push changed. Answers when to look again, where AWS needs a moment.
 */
export async function seePipeline(id: number, gitlab: Gitlab, ports: ReviewPorts): Promise<Soon> {
  const pipeline = await gitlab.pipeline(id);
  if (pipeline === null) return null;
  if (pipeline.iid !== null) return seePlan(pipeline, pipeline.iid, gitlab, ports);
  if (pipeline.ref !== gitlab.target) return null;
  const jobs = (await gitlab.jobs(id)).filter((job) => job.name === APPLY && endOf(job) !== null);
  if (jobs.length === 0) return null;
  let soon: Soon = null;
  for (const folder of await foldersAbove(await pathsOf(pipeline, gitlab), gitlab.project, ports)) {
    const look = { place: { project: gitlab.project, folder }, gitlab, ports };
    for (const job of jobs.sort((a, b) => a.id - b.id)) soon = (await seeApply(pipeline, job, look)) ?? soon;
    await ports.send.publish({ v: 1, type: "publish", ...look.place }, look.place);
  }
  return soon;
}

async function seePlan(pipeline: Pipeline, iid: number, gitlab: Gitlab, ports: ReviewPorts): Promise<null> {
  const folder = await folderOfRequest(iid, gitlab, ports);
  if (folder === null) return null;
  const look = { place: { project: gitlab.project, folder }, gitlab, ports };
  for (const job of await gitlab.jobs(pipeline.id)) {
    const ended = job.name === PLAN ? endOf(job) : null;
    if (ended === null) continue;
    const counts = report.safeParse(await gitlab.artifact(job.id, "plan.json"));
    await record(await causedLook(look), `plan ${job.id}`, (state, cause) => {
      const kind = state.requests.get(iid)?.kind;
      if (kind === undefined) return [];
      const changes = counts.success ? counts.data : null;
      return recordPlan(state, { kind, iid, ...jobOf(pipeline, job, ended), changes }, cause);
    });
  }
  return null;
}

async function seeApply(pipeline: Pipeline, job: Job, look: Look): Promise<Soon> {
  const ended = endOf(job);
  if (ended === null) return null;
  const apply: RecordedApply = { ...jobOf(pipeline, job, ended), startedBy: job.user };
  const application = await record(await causedLook(look), `apply ${job.id}`, (state, cause) =>
    recordApply(state, apply, cause),
  );
  const caused = await causedLook(look);
  const by = { ...caused, cause: causeBy(apply.startedBy, apply.finishedAt, caused) };
  let soon: Soon = null;
  for (const role of rolesOf(application)) {
    const state = await loadRole(role, look);
    if (state.scope === null) continue;
    const brought = await readPolicyAt(look.gitlab, state.scope, apply.commit);
    if ("unreadable" in brought) {
      look.ports.log.warn("what was applied cannot be read", { role: role.arn, reason: brought.unreadable });
      continue;
    }
    const applied = {
      ...{ commit: apply.commit, pipeline: apply.pipeline, job: apply.job, url: apply.url },
      ...{ policy: toDocument(brought.policy), policyHash: policyHash(brought.policy) },
      startedBy: apply.startedBy,
    };
    const decide = (current: RoleState) => applyPolicy(current, applied, by.cause);
    if (apply.result === "succeeded") await changeRole(role, ["apply", String(job.id)], by, decide);
    const reading = { after: { kind: "apply" as const, job: job.id }, brought, endedAt: apply.finishedAt };
    soon = (await observe(role, reading, caused)) ?? soon;
  }
  return soon;
}

function endOf({ status, finishedAt }: Job): { result: PipelineJob["result"]; finishedAt: string } | null {
  const result = RESULTS[status];
  return result === undefined || finishedAt === null ? null : { result, finishedAt };
}

function jobOf(
  { id: pipeline, sha }: Pipeline,
  { id: job, url }: Job,
  ended: Pick<PipelineJob, "result" | "finishedAt">,
): PipelineJob {
  return { pipeline, job, url, commit: sha, ...ended };
}

/** What the push of the pipeline changed. */
async function pathsOf({ before, sha }: Pipeline, gitlab: Gitlab): Promise<readonly string[]> {
  const changed = before === null ? null : await gitlab.changed(before, sha);
  return changed ?? gitlab.changedBy(sha);
}

async function record(
  { place, cause, ports }: CausedLook,
  step: string,
  decide: (state: ApplicationState, cause: CausedLook["cause"]) => ApplicationEvent[],
): Promise<ApplicationState> {
  const stream = applicationStream(place);
  const { state } = await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide: (current) => decide(current, cause),
    commitId: commitId(cause.causationId, stream, digest("pipeline", step)),
  });
  return state;
}
