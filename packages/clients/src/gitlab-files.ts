import { isFault, permanent } from "@plp/runtime";
import type { GitlabClient } from "./gitlab.ts";

export interface GitlabFile {
  readonly content: string;
  /** Its id in Git. */
  readonly blob: string;
}

/** Reading one project's repository. Faults: see gitlab-requester.ts; what does not exist is null, not a fault. */
export interface GitlabFiles {
  /** The newest commit of a branch. */
  head(branch: string): Promise<string>;
  /** The newest commit of a branch, or null. */
  branch(branch: string): Promise<string | null>;
  /** Every file of a commit. */
  paths(commit: string): Promise<readonly string[]>;
  file(path: string, ref: string): Promise<GitlabFile | null>;
  /** The last commit that touched a path, and the name of its author. */
  lastCommit(path: string, ref: string): Promise<{ readonly sha: string; readonly author: string | null }>;
}

export function gitlabFiles(client: GitlabClient, project: string): GitlabFiles {
  const branch = async (name: string) => {
    const found = await orNull(client.Branches.show(project, name));
    return found === null ? null : text(found.commit?.id, `branch ${name}`);
  };
  return {
    branch,
    async head(name) {
      const commit = await branch(name);
      if (commit !== null) return commit;
      throw permanent(
        "gitlab-no-branch",
        `project ${project} has no branch ${JSON.stringify(name)}; check repositories in plp.config.ts`,
      );
    },
    async paths(commit) {
      const tree = await client.Repositories.allRepositoryTrees(project, {
        ref: commit,
        recursive: true,
        perPage: 100,
      });
      return tree.filter(({ type }) => type === "blob").map(({ path }) => path);
    },
    async file(path, ref) {
      const found = await orNull(client.RepositoryFiles.show(project, path, ref));
      if (found === null) return null;
      return { content: Buffer.from(found.content, "base64").toString("utf8"), blob: found.blob_id };
    },
    async lastCommit(path, ref) {
      const [last] = await client.Commits.all(project, { refName: ref, path, perPage: 1, maxPages: 1 });
      return last === undefined ? { sha: ref, author: null } : { sha: last.id, author: last.author_name };
    },
  };
}

/** GitLab's 404 as null. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isFault(error, "gitlab-404")) return null;
    throw error;
  }
}

function text(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw permanent("gitlab-answer", `GitLab's answer for ${what} has no commit id`);
}
