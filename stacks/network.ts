import type { Settings } from "@plp/runtime";

const certificates = "certificates.pem";

/** The subnets that the functions run in, where the settings name any, and how they reach GitLab from there. */
export function network({ network: placed, egress }: Settings) {
  return {
    ...(placed === undefined
      ? {}
      : { vpc: { privateSubnets: placed.subnets, securityGroups: placed.security_groups } }),
    ...(egress.certificates === undefined
      ? {}
      : { copyFiles: [{ from: egress.certificates, to: certificates }] }),
  };
}

/** Node takes a proxy and certificates only from its environment, before it runs a line of ours. */
export function egressVariables({ egress }: Settings): Record<string, string> {
  const proxied: Record<string, string> =
    egress.proxy === undefined
      ? {}
      : { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: egress.proxy, HTTP_PROXY: egress.proxy };
  const direct = egress.without_proxy.join(",");
  return {
    ...proxied,
    ...(egress.proxy !== undefined && direct !== "" ? { NO_PROXY: direct } : {}),
    ...(egress.certificates === undefined ? {} : { NODE_EXTRA_CA_CERTS: `/var/task/${certificates}` }),
  };
}

/**
 * What Lambda needs to put a function into subnets, as narrow as EC2 allows: only into these, with these groups. The two
 * Describe actions exist on every resource alone, and Lambda asks DeleteNetworkInterface for every one of the account.
 * The last statement takes all of it from the function's own code, which never needs it.
 */
export function networkPermissions(
  { network: placed }: Settings,
  functionArn: $util.Output<string>,
): sst.aws.FunctionPermissionArgs[] {
  if (placed === undefined) return [];
  const { partition } = aws.getPartitionOutput({});
  const { region } = aws.getRegionOutput({});
  const { accountId } = aws.getCallerIdentityOutput({});
  const ec2 = (resource: string) => $interpolate`arn:${partition}:ec2:${region}:${accountId}:${resource}`;
  const create = "ec2:CreateNetworkInterface";
  const change = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
  ];
  const look = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"];
  return [
    {
      actions: [create],
      resources: [
        ...placed.subnets.map((id) => ec2(`subnet/${id}`)),
        ...placed.security_groups.map((id) => ec2(`security-group/${id}`)),
        ec2("network-interface/*"),
      ],
    },
    { actions: change, resources: [ec2("*/*")] },
    { actions: look, resources: ["*"] },
    {
      effect: "deny",
      actions: [create, ...change, ...look],
      resources: ["*"],
      conditions: [{ test: "ArnEquals", variable: "lambda:SourceFunctionArn", values: [functionArn] }],
    },
  ];
}
