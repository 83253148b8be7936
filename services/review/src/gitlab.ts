import { type GitlabClient, gitlabFiles, gitlabMergeRequests, gitlabPipelines, orNull } from "@plp/clients";
import type { Gitlab } from "./ports.ts";

const NOTHING = /^0+$/;

/** What people do to the merge requests of one project, by GitLab's API v4. */
export function gitlabReviews(client: GitlabClient, project: string, target: string): Gitlab {
  const files = gitlabFiles(client, project);
  return {
    ...gitlabMergeRequests(client, project, target),
    ...gitlabPipelines(client, project),
    project,
    target,
    file: (path, ref) => files.file(path, ref),
    head: () => files.head(target),
    async changedBy(sha) {
      const diffs = await client.Commits.showDiff(project, sha, { perPage: 100, maxPages: 20 });
      return pathsOf(diffs);
    },
    async changed(before, after) {
      // A branch that was made or deleted: GitLab sends zeros.
      if (NOTHING.test(before) || NOTHING.test(after)) return null;
      const found = await orNull(client.Repositories.compare(project, before, after));
      const diffs = found?.diffs ?? null;
      return diffs && pathsOf(diffs);
    },
  };
}

function pathsOf(diffs: readonly { readonly old_path: string; readonly new_path: string }[]): string[] {
  return [...new Set(diffs.flatMap(({ old_path, new_path }) => [new_path, old_path]))];
}
