import { arn, calls, failed, type Place, roleArn, type TerraformResource, tagsOf } from "../call.ts";

/** A role that the configuration itself owns, such as a function's execution role. */
export function executionRole(place: Place, name: string): TerraformResource {
  const iam = calls(place, "iam");
  const target = roleArn(place, name);
  const apiVersion = "2010-05-08";
  const refresh = [
    iam.read("GetRole", { roleName: name }, target, { apiVersion }),
    iam.read("ListRolePolicies", { roleName: name }, target, { apiVersion }),
    iam.read("ListAttachedRolePolicies", { roleName: name }, target, { apiVersion }),
    iam.read("GetRolePolicy", { roleName: name, policyName: "runtime" }, target, { apiVersion }),
  ];
  return {
    address: `aws_iam_role.${name}`,
    refresh,
    create: [
      iam.read("GetRole", { roleName: name }, target, {
        apiVersion,
        failure: failed("NoSuchEntityException", `The role with name ${name} cannot be found.`),
      }),
      iam.write(
        "CreateRole",
        { roleName: name, path: "/", tags: Object.keys(tagsOf(place)).map((key) => ({ key })) },
        target,
        {
          apiVersion,
          response: { role: { roleName: name, arn: target, path: "/" } },
          also: [{ action: "iam:TagRole", resource: target, condition: null }],
        },
      ),
      iam.write("PutRolePolicy", { roleName: name, policyName: "runtime" }, target, { apiVersion }),
      ...refresh,
    ],
    update: [
      iam.write("PutRolePolicy", { roleName: name, policyName: "runtime" }, target, { apiVersion }),
      ...refresh,
    ],
    destroy: [
      iam.read("ListInstanceProfilesForRole", { roleName: name }, target, { apiVersion }),
      iam.write("DeleteRolePolicy", { roleName: name, policyName: "runtime" }, target, { apiVersion }),
      iam.write("DeleteRole", { roleName: name }, target, { apiVersion }),
    ],
  };
}

/** `name` begins with a slash, as hierarchical parameter names do. */
export function parameter(place: Place, name: string): TerraformResource {
  const ssm = calls(place, "ssm");
  const target = arn(place, "ssm", `parameter${name}`);
  const type = "AWS::SSM::Parameter";
  const refresh = [
    ssm.read("GetParameter", { name, withDecryption: true }, target, { type }),
    ssm.read(
      "DescribeParameters",
      { parameterFilters: [{ key: "Name", option: "Equals", values: [name] }] },
      "*",
    ),
    ssm.read("ListTagsForResource", { resourceType: "Parameter", resourceId: name }, target),
  ];
  const put = ssm.write(
    "PutParameter",
    {
      name,
      value: "HIDDEN_DUE_TO_SECURITY_REASONS",
      type: "SecureString",
      overwrite: true,
      tier: "Standard",
    },
    target,
    { type, response: { version: 4, tier: "Standard" } },
  );
  return {
    address: `aws_ssm_parameter.${name.slice(1).replaceAll("/", "_")}`,
    refresh,
    create: [put, ...refresh],
    update: [put, ...refresh],
    destroy: [ssm.write("DeleteParameter", { name }, target, { type })],
  };
}

export function encryptionKey(place: Place, id: string): TerraformResource {
  const kms = calls(place, "kms");
  const target = arn(place, "kms", `key/${id}`);
  const more = { type: "AWS::KMS::Key" };
  const refresh = [
    kms.read("DescribeKey", { keyId: id }, target, more),
    kms.read("GetKeyPolicy", { keyId: id, policyName: "default" }, target, more),
    kms.read("GetKeyRotationStatus", { keyId: id }, target, more),
    kms.read("ListResourceTags", { keyId: id }, target, more),
  ];
  return {
    address: "aws_kms_key.data",
    refresh,
    create: refresh,
    update: [kms.write("EnableKeyRotation", { keyId: id }, target, more), ...refresh],
    destroy: [kms.write("ScheduleKeyDeletion", { keyId: id, pendingWindowInDays: 30 }, target, more)],
  };
}
