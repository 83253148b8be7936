import { type GitlabClient, gitlabFiles, gitlabMergeRequests, orNull } from "@plp/clients";
import type { Gitlab } from "./ports.ts";

const NOTHING = /^0+$/;

/** What people do to the merge requests of one project, by GitLab's API v4. */
export function gitlabReviews(client: GitlabClient, project: string, target: string): Gitlab {
  const files = gitlabFiles(client, project);
  return {
    ...gitlabMergeRequests(client, project, target),
    project,
    target,
    file: (path, ref) => files.file(path, ref),
    async changed(before, after) {
      // A branch that was made or deleted: GitLab sends zeros.
      if (NOTHING.test(before) || NOTHING.test(after)) return null;
      const found = await orNull(client.Repositories.compare(project, before, after));
      const diffs = found?.diffs ?? null;
      return diffs && [...new Set(diffs.flatMap(({ old_path, new_path }) => [new_path, old_path]))];
    },
  };
}
