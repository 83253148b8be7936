import { type GitlabClient, gitlabClient, orNull } from "@plp/clients";
import type { Settings } from "@plp/runtime";
import { gitlabRepository } from "./gitlab.ts";
import type { IamRepository } from "./ports.ts";

/** One adapter per IAM repository of the settings. */
export function repositoriesOf(settings: Settings, token: string): IamRepository[] {
  return settings.repositories.map(({ url, project, target_branch }) => {
    const client = gitlabClient({ url, token: async () => token });
    return gitlabRepository({
      client,
      project,
      branch: target_branch,
      terraformState: settings.terraform_state,
      readTokenEnd: () => tokenEnd(client),
      readState: async (name) => {
        const answer = await orNull(client.requester.get(statePath(project, name)));
        if (answer === null) return null;
        return typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
      },
    });
  });
}

function statePath(project: string, name: string): string {
  return `projects/${encodeURIComponent(project)}/terraform/state/${encodeURIComponent(name)}`;
}

/** A token of a user, project or group tells of itself since GitLab 15.5; any other kind of token, or an older GitLab, does not. */
async function tokenEnd(client: GitlabClient): Promise<string | null> {
  const answer = await orNull(client.requester.get("personal_access_tokens/self"));
  const { expires_at: ends } = (answer?.body ?? {}) as { readonly expires_at?: unknown };
  return typeof ends === "string" && !Number.isNaN(Date.parse(ends)) ? ends : null;
}
