import { Gitlab } from "@gitbeaker/rest";
import { gitlabRequester, type RequesterOptions } from "./gitlab-requester.ts";

export interface GitlabClientOptions extends RequesterOptions {
  /** GitLab's address without `/api/v4`, e.g. `https://gitlab.example.com`. */
  readonly url: string;
  /** Asked before every request, so that a rotated token is taken up without a restart. */
  readonly token: () => Promise<string>;
}

/** gitbeaker's resources by name (`Commits`, `MergeRequests`, …), answers as GitLab writes them (snake_case). */
export type GitlabClient = Gitlab<false>;

/**
 * A GitLab client with our requester. Lists follow all pages; give `maxPages` with `perPage` where the length is not
 * ours to bound. Fails only with Faults (see gitlab-requester.ts), but for what `token` itself throws.
 */
export function gitlabClient({ url, token, ...requester }: GitlabClientOptions): GitlabClient {
  return new Gitlab({
    host: url.replace(/\/+$/, ""),
    token,
    requesterFn: gitlabRequester(requester),
    // Time-outs and limits are the requester's: gitbeaker would start a timer and a limiter of its own per resource.
    queryTimeout: null,
    rateLimits: {},
  });
}
