import { matchesGlob, permanent } from "@plp/runtime";
import type { LocalOrganization, LocalRole } from "../organization.ts";
import { localUsers } from "../sample/index.ts";
import { terraformOutput } from "../terraform-output.ts";
import { applicationNames, derivedUniqueId, parseRoleArn, type RoleName } from "./names.ts";

/** A role as the logs show it; the archive's activity gives these. */
export interface RoleInLogs {
  readonly arn: string;
  readonly uniqueId: string | null;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Busiest first. */
  readonly regions: readonly { readonly region: string; readonly lastSeen: string }[];
}

export interface LogsOptions {
  readonly roles: readonly RoleInLogs[];
  /** Narrows the roles: fits the ARN, the name with its path, or the name. */
  readonly glob?: string | undefined;
  readonly title: string;
}

export interface OrganizationFromLogs extends LocalOrganization {
  /** Principals that the logs call roles and IAM could not hold, and why they got no application. */
  readonly leftOut: readonly { readonly arn: string; readonly reason: string }[];
}

/**
 * An IAM repository for logs that came without one: one application with one environment, `prod`, in mode `observe`
 * and without a policy yet, for each role that the logs show. Service-linked roles are there with `generate = false`.
 * The same roles give the same bytes, in whatever order they come. Throws `no-roles` when there is none, also after
 * the glob.
 */
export function organizationFromLogs({ roles, glob, title }: LogsOptions): OrganizationFromLogs {
  const sorted = [...roles].sort((a, b) => (a.arn < b.arn ? -1 : 1));
  const usable: { readonly seen: RoleInLogs; readonly role: RoleName }[] = [];
  const leftOut: { arn: string; reason: string }[] = [];
  for (const seen of sorted) {
    const role = parseRoleArn(seen.arn);
    if (role === null) leftOut.push({ arn: seen.arn, reason: "not the ARN of a role that IAM could hold" });
    else if (glob === undefined || fits(glob, role)) usable.push({ seen, role });
  }
  if (usable.length === 0) throw permanent("no-roles", noRoles(sorted, glob));
  const names = applicationNames(usable.map(({ role }) => role));
  const files = new Map<string, string>();
  for (const { seen, role } of usable) {
    const folder = names.get(role.arn) ?? role.name;
    files.set(
      `${folder}/plp.environments.json`,
      `${JSON.stringify({ prod: { mode: "observe" } }, null, 2)}\n`,
    );
    files.set(`${folder}/plp.outputs.json`, outputs(folder, seen, role));
  }
  files.set(
    "README.md",
    readme(
      title,
      usable.map(({ role }) => [names.get(role.arn) ?? "", role.arn]),
    ),
  );
  return {
    title,
    files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
    roles: usable.map(({ seen }) => localRole(seen)),
    users: localUsers,
    leftOut,
  };
}

function fits(glob: string, role: RoleName): boolean {
  return [role.arn, role.path, role.name].some((text) => matchesGlob(glob, text));
}

function noRoles(roles: readonly RoleInLogs[], glob: string | undefined): string {
  if (roles.length === 0 || glob === undefined) {
    return "the logs show no call of an assumed role; PLP needs CloudTrail files of an account in which pipelines deploy";
  }
  const examples = roles.slice(0, 3).map((role) => JSON.stringify(role.arn));
  return `--role ${JSON.stringify(glob)} fits none of the ${roles.length} roles in the logs, such as ${examples.join(", ")}`;
}

/** The role in the local IAM. What is attached to it the logs do not tell. */
function localRole(seen: RoleInLogs): LocalRole {
  const region = seen.regions.find((it) => it.lastSeen === seen.lastSeen) ?? seen.regions[0];
  return {
    arn: seen.arn,
    uniqueId: seen.uniqueId ?? derivedUniqueId(seen.arn),
    createdAt: seen.firstSeen,
    lastUsed: { at: seen.lastSeen, region: region?.region ?? "us-east-1" },
    policies: [],
  };
}

function outputs(application: string, seen: RoleInLogs, role: RoleName): string {
  const regions = regionsOf(seen, role.partition);
  const prod = {
    account_id: role.accountId,
    generate: !role.path.startsWith("aws-service-role/"),
    mode: "observe",
    policy_path: "policies/prod.json",
    region: regions[0],
    regions,
    role_arn: role.arn,
  };
  return terraformOutput({ plp: { application, environments: { prod } } });
}

const firstRegion: Readonly<Record<string, string>> = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
  "aws-iso": "us-iso-east-1",
  "aws-iso-b": "us-isob-east-1",
};

function partitionOf(region: string): string {
  const prefix = /^(cn|us-gov|us-isob|us-iso)-/.exec(region)?.[1];
  return (
    { cn: "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-iso", "us-isob": "aws-iso-b" }[prefix ?? ""] ??
    "aws"
  );
}

/** The Regions of the role's partition in which it worked, busiest first; never empty. */
function regionsOf(seen: RoleInLogs, partition: string): string[] {
  const usable = seen.regions
    .map(({ region }) => region)
    .filter(
      (region) => /^[a-z]{2,4}(-[a-z]{1,10}){1,2}-\d{1,2}$/.test(region) && partitionOf(region) === partition,
    )
    .slice(0, 50);
  return usable.length > 0 ? usable : [firstRegion[partition] ?? "us-east-1"];
}

function readme(title: string, rows: readonly (readonly [string, string])[]): string {
  const shown = rows.slice(0, 200).map(([name, arn]) => `| [${name}](${name}) | \`${arn}\` |`);
  const rest = rows.length > 200 ? `\n… and ${rows.length - 200} more folders.\n` : "";
  return `# Roles seen in CloudTrail logs

One folder for each role of the ${title.replaceAll(/[^\w .,:()-]/g, "").trim() || "logs"}. No role has a generated policy yet.

| Folder | Role |
|:--|:--|
${shown.join("\n")}
${rest}`;
}
