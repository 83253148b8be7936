import { arn, calls, failed, type Place, type TerraformResource } from "../call.ts";

interface NetworkIds {
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
  readonly routeTable: string;
}

/** A VPC with subnets, a route table and a security group. EC2's reads take no resource. */
export function network(place: Place, ids: NetworkIds): TerraformResource {
  const ec2 = calls(place, "ec2");
  const set = (id: string, values: readonly string[]) => ({
    items: values.map((value) => ({ [id]: value })),
  });
  const group = arn(place, "ec2", `security-group/${ids.securityGroup}`);
  const vpc = arn(place, "ec2", `vpc/${ids.vpc}`);
  const rule = {
    groupId: ids.securityGroup,
    ipPermissions: {
      items: [
        {
          ipProtocol: "tcp",
          fromPort: 9200,
          toPort: 9200,
          ipRanges: { items: [{ cidrIp: "10.20.0.0/16" }] },
        },
      ],
    },
  };
  const readGroup = [
    ec2.read(
      "DescribeSecurityGroups",
      { securityGroupIdSet: set("groupId", [ids.securityGroup]), filterSet: {} },
      "*",
    ),
    ec2.read("DescribeSecurityGroupRules", { filterSet: {} }, "*"),
  ];
  const refresh = [
    ec2.read("DescribeAvailabilityZones", { availabilityZoneSet: {}, allAvailabilityZones: false }, "*"),
    ec2.read("DescribeVpcs", { vpcSet: set("vpcId", [ids.vpc]), filterSet: {} }, "*"),
    ec2.read("DescribeVpcAttribute", { vpcId: ids.vpc, attribute: "enableDnsHostnames" }, vpc),
    ec2.read("DescribeVpcAttribute", { vpcId: ids.vpc, attribute: "enableDnsSupport" }, vpc),
    ec2.read("DescribeNetworkAcls", { networkAclIdSet: {}, filterSet: {} }, "*"),
    ...ids.subnets.map((subnet) =>
      ec2.read("DescribeSubnets", { subnetSet: set("subnetId", [subnet]), filterSet: {} }, "*"),
    ),
    ec2.read(
      "DescribeRouteTables",
      { routeTableIdSet: set("routeTableId", [ids.routeTable]), filterSet: {} },
      "*",
    ),
    ...readGroup,
  ];
  return {
    address: "aws_vpc.main",
    refresh,
    create: refresh,
    update: [
      ec2.write("AuthorizeSecurityGroupIngress", rule, group, { response: { _return: true } }),
      ...readGroup,
    ],
    destroy: [
      ec2.write("RevokeSecurityGroupIngress", rule, group, {
        failure: failed(
          "Client.InvalidPermission.NotFound",
          "The specified rule does not exist in this security group.",
        ),
      }),
      ...readGroup,
    ],
  };
}
