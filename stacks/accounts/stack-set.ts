import type { Settings } from "@plp/runtime";
import { memberTemplate } from "./member.ts";

/**
 * The roles in every account of the named units, and in those that join later. The management account is not among them,
 * because no StackSet reaches it: it gets member.template.json as a stack of its own, with the same parameters, which
 * the deployment prints.
 */
export function memberAccounts({
  settings,
  readerNames,
}: {
  readonly settings: Settings;
  readonly readerNames: readonly string[];
}) {
  const { members } = settings;
  if (members === undefined) return null;
  const { region } = aws.getRegionOutput({});
  const callAs = members.delegated ? "DELEGATED_ADMIN" : "SELF";
  const parameters = memberParameters(settings, readerNames);
  const set = new aws.cloudformation.StackSet(
    "MemberAccounts",
    {
      name: `${$app.name}-${$app.stage}-member`,
      description: "PLP: the roles that it needs in an account",
      permissionModel: "SERVICE_MANAGED",
      callAs,
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      capabilities: ["CAPABILITY_NAMED_IAM"],
      templateBody: JSON.stringify(memberTemplate()),
      parameters,
      managedExecution: { active: true },
    },
    // AWS names an administration role for a StackSet that has none of its own; it is not ours to set.
    { ignoreChanges: ["administrationRoleArn"] },
  );
  new aws.cloudformation.StackSetInstance("MemberAccountsInstances", {
    stackSetName: set.name,
    callAs,
    // IAM is the same in every Region.
    stackSetInstanceRegion: region,
    deploymentTargets: { organizationalUnitIds: members.units },
    operationPreferences: { failureTolerancePercentage: 20, maxConcurrentPercentage: 50 },
  });
  return { set, parameters };
}

/** The parameters of the template, as the settings have them. Roles of PLP need a path of their own, which the policies name. */
function memberParameters(settings: Settings, readerNames: readonly string[]) {
  const { trail, roles, members } = settings;
  const [reader, analyzer] = [placeOf(roles.reader), placeOf(roles.analyzer_service_role)];
  if (reader.path !== analyzer.path || reader.path === "/")
    throw new Error(
      `plp.config.ts: with members, roles.reader and roles.analyzer_service_role need one path of their own, such as "plp/reader" and "plp/analyzer"; they are "${roles.reader}" and "${roles.analyzer_service_role}"`,
    );
  if (trail.organization_id === undefined)
    throw new Error(
      "plp.config.ts: with members, trail.organization_id is needed: nobody else is ever trusted",
    );
  const { partition } = aws.getPartitionOutput({});
  const { accountId } = aws.getCallerIdentityOutput({});
  const hubRoles = readerNames.map((name) => $interpolate`arn:${partition}:iam::${accountId}:role/${name}`);
  return {
    PlpPath: reader.path,
    ReaderName: reader.name,
    AnalyzerName: analyzer.name,
    OrganizationId: trail.organization_id,
    TrailArn: trail.arn,
    TrailBucket: trail.bucket,
    TrailPrefix: `${trail.prefix === undefined ? "" : `${trail.prefix}/`}AWSLogs/${trail.organization_id}/`,
    TrailKeyArn: trail.key_arn ?? "",
    RolePath: roles.deployment_path,
    HubRoleArns: $resolve(hubRoles).apply((arns) => arns.join(",")),
    ApplyRoleArns: members?.apply_roles.join(",") ?? "",
    PlanRoleArns: members?.plan_roles.join(",") ?? "",
    DeployReader: String(members?.reader),
    DeployAnalyzer: String(members?.analyzer),
    DeployManagement: String(members?.management),
  };
}

function placeOf(role: string): { readonly path: string; readonly name: string } {
  const slash = role.lastIndexOf("/");
  return { path: `/${role.slice(0, slash + 1)}`, name: role.slice(slash + 1) };
}
