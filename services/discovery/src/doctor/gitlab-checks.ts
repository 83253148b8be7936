import { type GitlabClient, gitlabFiles, orNull } from "@plp/clients";
import { isFault, type Settings } from "@plp/runtime";
import * as z from "zod";
import { check, type Finding } from "./finding.ts";

const DAY = 86_400_000;
const DEVELOPER = 30;
const SOON_DAYS = 30;

const tokenAnswer = z.object({
  expires_at: z.string().nullish(),
  scopes: z.array(z.string()).nullish(),
});
const projectAnswer = z.object({
  permissions: z
    .object({
      project_access: z.object({ access_level: z.number() }).nullish(),
      group_access: z.object({ access_level: z.number() }).nullish(),
    })
    .nullish(),
});
const branchAnswer = z.object({ protected: z.boolean(), can_push: z.boolean() });

interface Place {
  readonly client: GitlabClient;
  readonly project: string;
  readonly branch: string;
  readonly settings: Settings;
  readonly now: Date;
}

/** What PLP needs of one IAM project in GitLab: a token that lasts, the smallest role, a branch that the bot cannot push to. */
export async function checkGitlab({ client, project, branch, settings, now }: Place): Promise<Finding[]> {
  const subject = `GitLab ${project}`;
  const secret = "npx sst secret set GitlabToken --stage <stage>, then npx sst deploy --stage <stage>";
  const ask = async (path: string) => (await orNull(client.requester.get(path)))?.body ?? null;
  const at = `projects/${encodeURIComponent(project)}`;
  return [
    await check({ subject, name: "the token is accepted and lasts", repair: secret }, async () => {
      const body = await ask("personal_access_tokens/self");
      if (body === null) {
        await gitlabFiles(client, project).branch(branch);
        const cause = "this GitLab does not tell when the token ends";
        return { cause, repair: "note the day yourself, and make a new token before it", unknown: true };
      }
      const { expires_at: ends, scopes } = tokenAnswer.parse(body);
      if (scopes?.includes("api") === false)
        return { cause: `the token has the scopes ${scopes.join(", ")} and not api`, repair: secret };
      const left = ends ? Math.floor((Date.parse(ends) - now.getTime()) / DAY) : SOON_DAYS;
      return left < SOON_DAYS
        ? { cause: `the token ends on ${ends}, in ${left} days`, repair: secret }
        : null;
    }),
    await check(
      { subject, name: "the bot is a developer, no more", repair: `make the bot a Developer of ${project}` },
      async () => {
        const body = await ask(at);
        if (body === null)
          return {
            cause: "the bot does not see the project",
            repair: `invite the bot to ${project} as Developer, or correct repositories in plp.config.ts`,
          };
        const { permissions } = projectAnswer.parse(body);
        const levels = [permissions?.project_access, permissions?.group_access];
        const level = Math.max(0, ...levels.map((access) => access?.access_level ?? 0));
        if (level === DEVELOPER) return null;
        const repair = `make the bot a Developer of ${project}`;
        if (level === 0) return { cause: "GitLab does not tell the bot's role", repair, unknown: true };
        const what = level < DEVELOPER ? "may not push branches" : "may do more than it needs";
        return { cause: `the bot's access level is ${level}: it ${what}`, repair };
      },
    ),
    await check(
      { subject, name: `${branch} is protected from the bot`, repair: `protect ${branch}: push No one` },
      async () => {
        const body = await ask(`${at}/repository/branches/${encodeURIComponent(branch)}`);
        const settingsPage = `GitLab, ${project}, Settings, Repository, Protected branches: ${branch}, push No one`;
        if (body === null)
          return { cause: `there is no branch ${branch}`, repair: "correct target_branch in plp.config.ts" };
        const { protected: isProtected, can_push: canPush } = branchAnswer.parse(body);
        if (!isProtected) return { cause: `${branch} is not protected`, repair: settingsPage };
        return canPush ? { cause: `the bot may push to ${branch}`, repair: settingsPage } : null;
      },
    ),
    await check(
      { subject, name: "applications have outputs", repair: "see the terraform output plp in README.md" },
      async () => {
        const files = gitlabFiles(client, project);
        const paths = await files.paths(await files.head(branch));
        if (paths.some((path) => path.endsWith("/plp.outputs.json")) || settings.terraform_state) return null;
        return {
          cause: "no folder holds plp.outputs.json",
          repair:
            "let the apply job commit what terraform output -json prints, as the template of packages/iam-repository does",
        };
      },
    ),
    ...(await Promise.all(settings.assign.map((username) => assignee(client, subject, username)))),
    ...(settings.hooks ? [await hook(client, subject, at)] : []),
  ];
}

function assignee(client: GitlabClient, subject: string, username: string): Promise<Finding> {
  const repair = "correct assign in plp.config.ts";
  return check({ subject, name: `${username} can be assigned`, repair }, async () => {
    const found = await client.Users.all({ username, perPage: 1, maxPages: 1 });
    return found.length > 0 ? null : { cause: `GitLab knows no user ${username}`, repair };
  });
}

function hook(client: GitlabClient, subject: string, at: string): Promise<Finding> {
  const page =
    "GitLab, Settings, Webhooks: add the address that the deployment prints, or hooks: false in plp.config.ts";
  return check({ subject, name: "a web hook tells of requests", repair: page }, async () => {
    try {
      const answer = await orNull(client.requester.get(`${at}/hooks`));
      const hooks = z.array(z.object({ url: z.string() })).safeParse(answer?.body);
      if (!hooks.success) return { cause: "GitLab does not list hooks", repair: page, unknown: true };
      return hooks.data.length > 0 ? null : { cause: "the project has no web hook", repair: page };
    } catch (error) {
      if (!isFault(error, "gitlab-403")) throw error;
      const cause = "only maintainers see hooks, and the bot is none, as it should be";
      return { cause, repair: `look yourself: ${page}`, unknown: true };
    }
  });
}
