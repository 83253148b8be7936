import { plp, type Serving } from "./support.ts";

/**
 * What a reviewer does with the first requests of the sample: merges that of `shop`, closes that of `catalog`; then a
 * second round, so that the history has approvals and rejections to show.
 */
export async function decideRequests(state: string, { gitlab }: Serving): Promise<void> {
  const reviewer = gitlab.as("reviewer-1");
  for (const { iid, title } of await openRequests(reviewer)) {
    const request = `/merge_requests/${iid}`;
    if (title.startsWith("Draft: catalog:")) await reviewer("PUT", request, { state_event: "close" });
    if (!title.startsWith("Draft: shop:")) continue;
    await reviewer("PUT", request, { title: title.replace(/^Draft: /, "") });
    await reviewer("PUT", `${request}/merge`);
  }
  const round = await plp(["round", "--wait", "--state", state]);
  if (round.code !== 0) throw new Error(`plp round ended with ${round.code}: ${round.err}`);
}

interface OpenRequest {
  readonly iid: number;
  readonly title: string;
  readonly web_url: string;
}

/** As GitLab lists them to that user. */
export async function openRequests(
  user: ReturnType<Serving["gitlab"]["as"]>,
): Promise<readonly OpenRequest[]> {
  return (await user("GET", "/merge_requests?state=opened")).body as unknown as readonly OpenRequest[];
}
