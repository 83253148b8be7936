import { type GitlabClient, gitlabFiles } from "@plp/clients";
import type { PolicyRepository } from "./ports.ts";

/** The policy files by GitLab's API. */
export function gitlabPolicies(client: GitlabClient, project: string, branch: string): PolicyRepository {
  const files = gitlabFiles(client, project);
  return {
    project,
    head: () => files.head(branch),
    file: (path, commit) => files.file(path, commit),
    lastCommit: (path, commit) => files.lastCommit(path, commit),
  };
}
