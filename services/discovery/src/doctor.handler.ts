import { assumedSessions, gitlabClient } from "@plp/clients";
import { readEnvironment, systemClock, variables } from "@plp/runtime";
import * as z from "zod";
import { checkAccount } from "./doctor/account-checks.ts";
import { accountProbe } from "./doctor/account-probe.ts";
import type { Finding } from "./doctor/finding.ts";
import { checkGitlab } from "./doctor/gitlab-checks.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_GITLAB_TOKEN: variables.PLP_GITLAB_TOKEN,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    AWS_REGION: variables.AWS_REGION,
  }),
);
const question = z.object({ accounts: z.array(z.string().regex(/^\d{12}$/)).max(1_000) });

/** Looks at every prerequisite outside with the identities that the services have, and answers with what it found. */
export async function handler(event: unknown): Promise<{ readonly findings: readonly Finding[] }> {
  const { accounts } = question.parse(event);
  const { PLP_SETTINGS: settings, PLP_GITLAB_TOKEN: token, AWS_REGION: region } = environment;
  const sessions = assumedSessions({ region, readerRole: settings.roles.reader });
  const findings: Finding[] = [];
  for (const { url, project, target_branch: branch } of settings.repositories) {
    const client = gitlabClient({ url, token: async () => token });
    findings.push(...(await checkGitlab({ client, project, branch, settings, now: systemClock.now() })));
  }
  for (const accountId of accounts) {
    const probe = accountProbe({ sessions, settings, region, accountId });
    findings.push(...(await checkAccount(accountId, settings, probe)));
  }
  return { findings };
}
