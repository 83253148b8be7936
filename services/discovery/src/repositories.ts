import { gitlabClient, orNull } from "@plp/clients";
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
