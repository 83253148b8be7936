import { applicationFiles } from "@plp/iam-repository";
import { terraformOutput } from "../terraform-output.ts";
import { type ApplicationPlan, type EnvironmentPlan, pipelineRole } from "./applications.ts";

/** An environment as the Terraform output `plp` tells it; paths are relative to the application's folder. */
export function environmentOutput(environment: EnvironmentPlan): Record<string, unknown> {
  const { place, generate, mode } = environment;
  return {
    account_id: place.accountId,
    generate,
    initial_policy_path: `policies/initial/${place.environment}.json`,
    mode,
    policy_path: `policies/${place.environment}.json`,
    region: place.region,
    regions: [place.region, "us-east-1"],
    role_arn: pipelineRole(place),
  };
}

/** `plp.outputs.json`: what `terraform output -json` prints, with one output that is not PLP's. */
export function outputsFile(application: ApplicationPlan): string {
  const environments = Object.fromEntries(
    [...application.environments]
      .sort((a, b) => (a.place.environment < b.place.environment ? -1 : 1))
      .map((environment) => [environment.place.environment, environmentOutput(environment)]),
  );
  return terraformOutput({
    deployment_role_arns: application.environments.map(({ place }) => pipelineRole(place)).sort(),
    plp: { application: application.name, environments },
  });
}

/** `plp.environments.json`: who still has the initial policy. PLP changes only `mode`, only in a request. */
export function modesFile(application: ApplicationPlan): string {
  const modes = Object.fromEntries(
    application.environments.map(({ place, mode }) => [place.environment, { mode }] as const),
  );
  return `${JSON.stringify(modes, null, 2)}\n`;
}

/** The Terraform configuration of one application, by the template: file name → content. */
export function configurationFiles({ name, environments }: ApplicationPlan): Map<string, string> {
  return applicationFiles(
    name,
    environments.map(({ place, generate }) => ({
      name: place.environment,
      accountId: place.accountId,
      region: place.region,
      generate,
    })),
  );
}

/** The README of the IAM repository. */
export function readmeFile(applications: readonly ApplicationPlan[]): string {
  const shown = applications.slice(0, 50);
  const rows = shown.map(({ name, about, environments }) => {
    return `| [${name}](${name}) | ${environments.map((it) => it.place.environment).join(", ")} | ${about} |`;
  });
  const rest = applications.length - shown.length;
  return `# Deployment roles

The IAM roles with which our pipelines deploy, as Terraform. One folder is one application; each of its
environments has one role in the account that it deploys to.

| Application | Environments | What it is |
|:--|:--|:--|
${rows.join("\n")}
${rest > 0 ? `\n… and ${rest} more folders.\n` : ""}
## Policies

- \`policies/initial/<environment>.json\` is what a role started with. It is broad, and people write it.
- \`policies/<environment>.json\` is what the role has been seen to need. PLP proposes changes to it in draft merge
  requests; a maintainer reviews and merges them. Statements whose Sid does not begin with \`Plp\` are ours.
- \`plp.environments.json\` says for each environment whether the initial policy is still attached (\`observe\`) or
  the generated one stands alone (\`enforce\`).

## How a change reaches AWS

1. A merge request changes a folder; the pipeline plans (\`.gitlab-ci.yml\`, \`ci/\`).
2. A maintainer merges it; the pipeline plans again and keeps that plan.
3. An operator starts the job apply, which carries out that plan and commits \`plp.outputs.json\`.

Sandboxes keep their initial policy and are left alone (\`generate = false\`).
`;
}
