import { setTimeout as pause } from "node:timers/promises";
import { type GitlabCall, plp, type Serving } from "./support.ts";

/**
 * What people do with the first requests of the sample: a reviewer merges that of `shop` and closes that of `catalog`, an
 * operator starts the apply of shop; then a second round, so that the history has decisions of every kind to show.
 */
export async function decideRequests(state: string, { gitlab }: Serving): Promise<void> {
  const reviewer = gitlab.as("reviewer-1");
  for (const { iid, title } of await openRequests(reviewer)) {
    const request = `/merge_requests/${iid}`;
    if (title.startsWith("Draft: catalog:")) await reviewer("PUT", request, { state_event: "close" });
    if (!title.startsWith("Draft: shop:")) continue;
    await reviewer("PUT", request, { title: title.replace(/^Draft: /, "") });
    const merged = await reviewer("PUT", `${request}/merge`);
    await apply(String(merged.body.merge_commit_sha), gitlab.as("operator-1"));
  }
  const round = await plp(["round", "--wait", "--state", state]);
  if (round.code !== 0) throw new Error(`plp round ended with ${round.code}: ${round.err}`);
}

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly status: string;
}

/** Starts the job that waits for a person once the merge has been planned, and waits for its end. */
async function apply(commit: string, operator: GitlabCall): Promise<void> {
  const listed = async (path: string) => (await operator("GET", path)).body as unknown as readonly Listed[];
  for (;;) {
    const [pipeline] = await listed(`/pipelines?sha=${commit}`);
    const jobs = pipeline === undefined ? [] : await listed(`/pipelines/${pipeline.id}/jobs`);
    const job = jobs.find(({ name }) => name === "apply");
    if (job?.status === "success") return;
    if (job?.status === "failed") throw new Error(`apply of ${commit} failed: job ${job.id}`);
    if (job?.status === "manual") await operator("POST", `/jobs/${job.id}/play`);
    await pause(100);
  }
}

/** The version of the first event of that type in a role's history, as the API tells it; 0: there is none. */
export async function versionOf(type: string, roleArn: string, { endpoints }: Serving): Promise<number> {
  const answer = await fetch(`${endpoints.web}/api/roles/${encodeURIComponent(roleArn)}/events`);
  const events = (await answer.json()) as readonly { version: number; type: string }[];
  return events.find((event) => event.type === type)?.version ?? 0;
}

interface OpenRequest {
  readonly iid: number;
  readonly title: string;
  readonly web_url: string;
  readonly source_branch: string;
  readonly description: string;
}

/** As GitLab lists them to that user. */
export async function openRequests(
  user: ReturnType<Serving["gitlab"]["as"]>,
): Promise<readonly OpenRequest[]> {
  return (await user("GET", "/merge_requests?state=opened")).body as unknown as readonly OpenRequest[];
}
