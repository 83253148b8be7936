import { type GitlabClient, gitlabFiles } from "@plp/clients";
import type { IamRepository } from "./ports.ts";

const OUTPUTS = "plp.outputs.json";

export interface RepositoryOptions {
  readonly client: GitlabClient;
  readonly project: string;
  readonly branch: string;
  /** Also read GitLab-managed Terraform state, named like the folder: shows the bot every secret in it. */
  readonly terraformState: boolean;
  readonly readState: (name: string) => Promise<string | null>;
  readonly readTokenEnd: () => Promise<string | null>;
}

/** The IAM repository by GitLab's API. An application is a folder that holds `plp.outputs.json`, or with state a `.tf` file. */
export function gitlabRepository({
  client,
  project,
  branch,
  terraformState,
  readState,
  readTokenEnd,
}: RepositoryOptions): IamRepository {
  const files = gitlabFiles(client, project);
  return {
    project,
    head: () => files.head(branch),
    async folders(commit) {
      const found = new Set<string>();
      for (const path of await files.paths(commit)) {
        const slash = path.lastIndexOf("/");
        const name = path.slice(slash + 1);
        if (slash > 0 && (name === OUTPUTS || (terraformState && name.endsWith(".tf"))))
          found.add(path.slice(0, slash));
      }
      return [...found].sort();
    },
    tokenEnds: readTokenEnd,
    async outputs(folder, commit) {
      const path = `${folder}/${OUTPUTS}`;
      const file = await files.file(path, commit);
      if (file !== null)
        return { text: file.content, source: path, commit: await files.lastCommit(path, commit) };
      const state = terraformState ? await readState(folder) : null;
      if (state === null) return null;
      return {
        text: state,
        source: `Terraform state ${JSON.stringify(folder)}`,
        commit: { sha: commit, author: null },
      };
    },
  };
}
