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

/** The Terraform configuration of one application: file name → content. */
export function configurationFiles(application: ApplicationPlan): Map<string, string> {
  return new Map([
    ["main.tf", mainFile(application)],
    ["outputs.tf", outputsConfiguration],
    ["versions.tf", versionsFile],
  ]);
}

const versionsFile = `terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.82"
    }
  }

  # The state lives in GitLab; its address comes from the pipeline.
  backend "http" {}
}
`;

function mainFile(application: ApplicationPlan): string {
  const width = Math.max(...application.environments.map(({ place }) => place.environment.length));
  const environments = application.environments
    .map(({ place, generate }) => {
      return `    ${place.environment.padEnd(width)} = { account_id = "${place.accountId}", region = "${place.region}", generate = ${generate} }`;
    })
    .join("\n");
  const head = `# Deployment roles of ${application.name}: one for each environment, in the account that it deploys to.
# ${application.about}

locals {
  application = "${application.name}"

  environments = {
${environments}
  }

  # observe: the initial policy stays attached. enforce: only the generated one is.
  modes = jsondecode(file("\${path.module}/plp.environments.json"))
}
`;
  return [head, ...application.environments.map(({ place }) => roleConfiguration(place.environment))].join(
    "\n",
  );
}

function roleConfiguration(name: string): string {
  return `# ${name}

provider "aws" {
  alias  = "${name}"
  region = local.environments.${name}.region

  assume_role {
    role_arn = "arn:aws:iam::\${local.environments.${name}.account_id}:role/iam-management"
  }
}

data "aws_iam_policy_document" "trust_${name}" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::\${local.environments.${name}.account_id}:oidc-provider/gitlab.example.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "gitlab.example.com:sub"
      values   = ["project_path:products/\${local.application}:ref_type:branch:ref:main"]
    }
  }
}

resource "aws_iam_role" "${name}" {
  provider           = aws.${name}
  name               = "\${local.application}-${name}"
  path               = "/ci/"
  assume_role_policy = data.aws_iam_policy_document.trust_${name}.json
}

resource "aws_iam_policy" "initial_${name}" {
  provider = aws.${name}
  count    = local.modes["${name}"].mode == "observe" ? 1 : 0
  name     = "\${local.application}-${name}-initial"
  path     = "/ci/"
  policy   = file("\${path.module}/policies/initial/${name}.json")
}

resource "aws_iam_role_policy_attachment" "initial_${name}" {
  provider   = aws.${name}
  count      = length(aws_iam_policy.initial_${name})
  role       = aws_iam_role.${name}.name
  policy_arn = aws_iam_policy.initial_${name}[count.index].arn
}

resource "aws_iam_policy" "generated_${name}" {
  provider = aws.${name}
  for_each = fileset(path.module, "policies/${name}{,.[0-9]}.json")
  name     = "\${local.application}-\${trimsuffix(basename(each.key), ".json")}"
  path     = "/ci/"
  policy   = file("\${path.module}/\${each.key}")
}

resource "aws_iam_role_policy_attachment" "generated_${name}" {
  provider   = aws.${name}
  for_each   = aws_iam_policy.generated_${name}
  role       = aws_iam_role.${name}.name
  policy_arn = each.value.arn
}
`;
}

const outputsConfiguration = `output "plp" {
  description = "What PLP needs to know about each environment."

  value = {
    application = local.application

    environments = {
      for name, environment in local.environments : name => {
        account_id          = environment.account_id
        region              = environment.region
        regions             = [environment.region, "us-east-1"]
        role_arn            = "arn:aws:iam::\${environment.account_id}:role/ci/\${local.application}-\${name}"
        policy_path         = "policies/\${name}.json"
        initial_policy_path = "policies/initial/\${name}.json"
        generate            = environment.generate
        mode                = local.modes[name].mode
      }
    }
  }
}

output "deployment_role_arns" {
  description = "For the CI/CD variables of the application's project."

  value = sort([
    for name, environment in local.environments :
    "arn:aws:iam::\${environment.account_id}:role/ci/\${local.application}-\${name}"
  ])
}
`;

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

1. A merge request changes a folder; the pipeline plans.
2. A maintainer merges it.
3. An operator starts the apply job, which also writes \`plp.outputs.json\`.

Sandboxes keep their initial policy and are left alone (\`generate = false\`).
`;
}
