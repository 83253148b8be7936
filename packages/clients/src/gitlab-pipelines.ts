import type { GitlabClient } from "./gitlab.ts";
import { orNull } from "./gitlab-files.ts";
import { type GitlabUser, userOf } from "./gitlab-merge-requests.ts";

/** A pipeline as GitLab shows it; `iid`: of the merge request for which it runs. */
export interface GitlabPipeline {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  /** The commit before the push; null where GitLab does not tell, or there was none. */
  readonly before: string | null;
  readonly iid: number | null;
}

/** A job; a manual one's user is who started it. */
export interface GitlabJob {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly url: string;
  readonly user: GitlabUser | null;
  readonly finishedAt: string | null;
}

export interface GitlabPipelines {
  /** Null for one that is not there. */
  pipeline(id: number): Promise<GitlabPipeline | null>;
  /** All of them, those too for which a newer one of the same name was started. */
  jobs(pipeline: number): Promise<readonly GitlabJob[]>;
  /** A file that a job kept, parsed; null where there is none, or it is no JSON. */
  artifact(job: number, path: string): Promise<unknown>;
  /** Pipelines that changed since, newest first; a thousand at most. */
  pipelinesSince(at: string): Promise<readonly number[]>;
}

const REQUEST = /^refs\/merge-requests\/(\d{1,10})\/(?:head|merge|train)$/;
const NOTHING = /^0+$/;

/** Pipelines and jobs of one project by GitLab's API v4, read only. */
export function gitlabPipelines(client: GitlabClient, project: string): GitlabPipelines {
  return {
    async pipeline(id) {
      const found = await orNull(client.Pipelines.show(project, id));
      if (found === null) return null;
      const { ref, sha } = found;
      const before = (found as { readonly before_sha?: unknown }).before_sha;
      const iid = REQUEST.exec(ref)?.[1];
      return {
        ...{ id, ref, sha, iid: iid === undefined ? null : Number(iid) },
        before: typeof before === "string" && !NOTHING.test(before) ? before : null,
      };
    },

    async jobs(pipeline) {
      const all = await client.Jobs.all(project, {
        pipelineId: pipeline,
        includeRetried: true,
        ...{ perPage: 100, maxPages: 5 },
      });
      return all.map(({ id, name, status, web_url, user, finished_at }) => ({
        ...{ id, name, status, url: web_url, user: userOf(user) },
        finishedAt: typeof finished_at === "string" ? new Date(finished_at).toISOString() : null,
      }));
    },

    async artifact(job, path) {
      const found = await orNull(
        client.JobArtifacts.downloadArchive(project, { jobId: job, artifactPath: path }) as Promise<unknown>,
      );
      return parsed(found instanceof Blob ? await found.text() : found);
    },

    async pipelinesSince(at) {
      const all = await client.Pipelines.all(project, {
        ...{ updatedAfter: at, orderBy: "updated_at", sort: "desc", perPage: 100, maxPages: 10 },
      });
      return all.map(({ id }) => id);
    },
  };
}

function parsed(content: unknown): unknown {
  if (typeof content !== "string") return content;
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}
