import { isRequestBranch } from "@plp/domain";
import type { PushMessage, RequestMessage, ReviewsMessage } from "@plp/messaging";
import { causedLook } from "./caused-look.ts";
import { folderOfRequest, foldersAbove } from "./find-application.ts";
import { lookAt } from "./look.ts";
import { observeRound, type Soon } from "./observe.ts";
import { seePipeline } from "./pipelines.ts";
import type { Gitlab, ReviewPorts } from "./ports.ts";
import { isUntold } from "./untold.ts";

/**
 * Something may have happened in GitLab: reads there what is so, and decides from that alone. A message that comes
 * twice, late, before another or by somebody's forgery is a look too many; one that never came is made up for by the
 * poll and by the daily look. Answers in how many seconds it is to come again, where AWS needs a moment.
 */
export async function handleReview(message: ReviewsMessage, ports: ReviewPorts): Promise<Soon> {
  const { project } = message;
  const gitlab = ports.gitlabs.find((candidate) => candidate.project === project);
  if (gitlab === undefined) {
    ports.log.warn("something of a project that the settings do not name", { project });
    return null;
  }
  switch (message.type) {
    case "look":
      await lookAt({ place: { project, folder: message.folder }, gitlab, ports }, message.iid ?? null);
      return null;
    case "request":
      await seeRequest(message, gitlab, ports);
      return null;
    case "push":
      await seePush(message, gitlab, ports);
      return null;
    case "pipeline":
      return seePipeline(message.pipeline, gitlab, ports);
    case "observe": {
      const look = { place: { project, folder: message.folder }, gitlab, ports };
      await observeRound(message.round, await causedLook(look));
      return null;
    }
    case "poll":
      await poll(message.at, gitlab, ports);
      return null;
  }
}

async function seeRequest(
  { iid, foundBy }: Pick<RequestMessage, "iid" | "foundBy">,
  gitlab: Gitlab,
  ports: ReviewPorts,
): Promise<void> {
  const folder = await folderOfRequest(iid, gitlab, ports);
  if (folder === null) return;
  const found = await lookAt({ place: { project: gitlab.project, folder }, gitlab, ports }, iid);
  if (foundBy === "poll" && ports.settings.hooks && isUntold(found, ports.clock.now()))
    ports.metrics.put("ChangesWithoutHook", 1);
}

/** On the default branch: requests of the folders that it changed stand on another base now. Elsewhere: on a request's branch. */
async function seePush(message: PushMessage, gitlab: Gitlab, ports: ReviewPorts): Promise<void> {
  const { project, branch, before, after } = message;
  if (branch !== gitlab.target) {
    const request = await gitlab.find(branch);
    return request === null ? undefined : seeRequest(request, gitlab, ports);
  }
  const paths = await gitlab.changed(before, after);
  if (paths === null)
    return ports.log.warn("what a push changed cannot be seen; the daily look finds it", {
      project,
      before,
      after,
    });
  for (const folder of await foldersAbove(paths, project, ports))
    await ports.send.publish({ v: 1, type: "publish", project, folder }, { project, folder });
}

/** Longer than an hour, so that nothing falls between two polls. */
const POLLED_HOURS = 3;

/** What changed lately, whether or not a hook told. */
async function poll(at: string, gitlab: Gitlab, ports: ReviewPorts): Promise<void> {
  const since = new Date(Date.parse(at) - POLLED_HOURS * 3_600_000).toISOString();
  const { project } = gitlab;
  const changed = await gitlab.changedSince(since);
  const ours = changed.filter(({ sourceBranch }) => isRequestBranch(sourceBranch));
  const pipelines = await gitlab.pipelinesSince(since);
  await ports.send.reviews([
    ...ours.map(({ iid }): ReviewsMessage => ({ v: 1, type: "request", project, iid, foundBy: "poll" })),
    ...pipelines.map((pipeline): ReviewsMessage => ({ v: 1, type: "pipeline", project, pipeline })),
  ]);
}
