import { randomBytes } from "node:crypto";
import { gitlabClient } from "@plp/clients";
import type { LocalGitlab } from "@plp/local-cloud";

/** Of the web hook. */
export const ROUTE = "/hooks/gitlab";

/** A secret for the hooks of this start. */
export function freshSecret(): string {
  return randomBytes(24).toString("base64url");
}

/**
 * Has the local GitLab call PLP's web hook, as a maintainer of the IAM repository would once: merge requests, notes,
 * pushes, pipelines and jobs. The address of an earlier start is replaced.
 */
export async function registerHook(
  gitlab: LocalGitlab,
  hook: { readonly maintainer: string; readonly url: string; readonly secret: string },
): Promise<void> {
  const token = gitlab.tokens.get(hook.maintainer) ?? "";
  const { ProjectHooks } = gitlabClient({ url: gitlab.url, token: async () => token });
  const project = gitlab.project.path;
  for (const { id, url } of await ProjectHooks.all(project))
    if (url.endsWith(ROUTE)) await ProjectHooks.remove(project, id);
  await ProjectHooks.add(project, hook.url, {
    ...{ token: hook.secret, mergeRequestsEvents: true, noteEvents: true, pushEvents: true },
    ...{ pipelineEvents: true, jobEvents: true },
  });
}
