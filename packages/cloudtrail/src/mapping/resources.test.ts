import { describe, expect, test } from "vitest";
import { callBy } from "../testing.ts";
import { readRecord } from "./evidence.ts";
import { parseRecord } from "./record.ts";

function evidence(source: string, eventName: string, requestParameters: unknown, more: object = {}) {
  const record = parseRecord(
    callBy({ eventSource: `${source}.amazonaws.com`, eventName, requestParameters, ...more }),
  );
  const reading = record && readRecord(record);
  return reading?.kind === "call" ? reading.evidence : [];
}

function resources(source: string, eventName: string, requestParameters: unknown, more: object = {}) {
  return evidence(source, eventName, requestParameters, more).map(
    ({ action, resource }) => `${action} ${resource}`,
  );
}

const here = "eu-central-1:111122223333";

test("a lone name is the name of the thing itself, not also of what holds it", () => {
  expect(resources("s3", "GetObject", { name: "x" })).toEqual(["s3:GetObject null"]);
});

describe("resources", () => {
  test.each([
    ["s3", "PutObject", { bucketName: "shop", key: "a/b.txt" }, "s3:PutObject arn:aws:s3:::shop/a/b.txt"],
    ["s3", "ListObjects", { bucketName: "shop" }, "s3:ListBucket arn:aws:s3:::shop"],
    [
      "sqs",
      "SendMessage",
      { queueUrl: "https://sqs.eu-west-1.amazonaws.com/444455556666/jobs.fifo" },
      "sqs:SendMessage arn:aws:sqs:eu-west-1:444455556666:jobs.fifo",
    ],
    [
      "lambda",
      "GetFunction20150331v2",
      { functionName: "shop" },
      `lambda:GetFunction arn:aws:lambda:${here}:function:shop`,
    ],
    [
      "lambda",
      "GetFunction20150331v2",
      { functionName: `arn:aws:lambda:${here}:function:shop` },
      `lambda:GetFunction arn:aws:lambda:${here}:function:shop`,
    ],
    [
      "dynamodb",
      "DescribeTable",
      { tableName: "orders" },
      `dynamodb:DescribeTable arn:aws:dynamodb:${here}:table/orders`,
    ],
    [
      "iam",
      "CreateRole",
      { roleName: "shop", path: "/ci/" },
      "iam:CreateRole arn:aws:iam::111122223333:role/ci/shop",
    ],
    ["iam", "CreateRole", { roleName: "shop" }, "iam:CreateRole arn:aws:iam::111122223333:role/shop"],
    [
      "kms",
      "Decrypt",
      { keyId: "1234abcd-12ab-34cd-56ef-1234567890ab" },
      `kms:Decrypt arn:aws:kms:${here}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    ],
    [
      "secretsmanager",
      "GetSecretValue",
      { secretId: "db" },
      `secretsmanager:GetSecretValue arn:aws:secretsmanager:${here}:secret:db-??????`,
    ],
    [
      "logs",
      "DeleteLogGroup",
      { logGroupName: "/shop/api" },
      `logs:DeleteLogGroup arn:aws:logs:${here}:log-group:/shop/api:*`,
    ],
    ["ssm", "GetParameter", { name: "/shop/db" }, `ssm:GetParameter arn:aws:ssm:${here}:parameter/shop/db`],
    [
      "ecs",
      "UpdateService",
      { cluster: "prod", service: "web" },
      `ecs:UpdateService arn:aws:ecs:${here}:service/prod/web`,
    ],
    [
      "rds",
      "DeleteDBInstance",
      { dBInstanceIdentifier: "Shop" },
      `rds:DeleteDBInstance arn:aws:rds:${here}:db:shop`,
    ],
    [
      "apigateway",
      "CreateStage",
      { restApiId: "a1" },
      "apigateway:POST arn:aws:apigateway:eu-central-1::/restapis/a1/stages",
    ],
    [
      "apigateway",
      "UpdateMethod",
      { restApiId: "a1", resourceId: "r", httpMethod: "GET" },
      "apigateway:PATCH arn:aws:apigateway:eu-central-1::/restapis/a1/resources/r/methods/GET",
    ],
    [
      "bedrock",
      "InvokeModel",
      { modelId: "anthropic.claude-v2" },
      "bedrock:InvokeModel arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-v2",
    ],
  ])("%s %s with %j", (source, name, parameters, expected) => {
    expect(resources(source, name, parameters)).toContain(expected);
  });

  test.each([
    ["elasticloadbalancing", "CreateLoadBalancer", { name: "web" }, ["loadbalancer/app/web/*"]],
    ["elasticloadbalancing", "CreateTargetGroup", { name: "web" }, ["targetgroup/web/*"]],
    ["ecs", "RegisterTaskDefinition", { family: "web" }, ["task-definition/web:*"]],
    ["cloudformation", "CreateStack", { stackName: "s" }, ["stack/s/*"]],
    [
      "glue",
      "CreateTable",
      { databaseName: "db", tableInput: { name: "t" } },
      ["database/db", "table/db/t", "catalog"],
    ],
    ["kms", "CreateAlias", { aliasName: "alias/a", targetKeyId: "k" }, ["alias/a", "key/k"]],
    ["dynamodb", "Query", { tableName: "t", indexName: "i" }, ["table/t/index/i"]],
    ["sns", "Unsubscribe", { subscriptionArn: `arn:aws:sns:${here}:t:1-2` }, ["t"]],
    [
      "elasticbeanstalk",
      "CreateEnvironment",
      { applicationName: "a", environmentName: "e" },
      ["environment/a/e"],
    ],
  ])("%s %s is checked on what it makes and needs", (source, name, parameters, expected) => {
    const start = new RegExp(`^\\S+ arn:aws:[a-z]+:${here}:`);
    expect(
      resources(source, name, parameters)
        .map((one) => one.replace(start, ""))
        .sort(),
    ).toEqual(expected.sort());
  });

  test("a name does not stand for an id", () => {
    const [stack] = evidence("cloudformation", "DescribeStacks", { stackName: "s" });
    expect(stack).toMatchObject({ resource: null, patterns: [`arn:aws:cloudformation:${here}:stack/s/*`] });
    const [group] = evidence("autoscaling", "UpdateAutoScalingGroup", { autoScalingGroupName: "web" });
    expect(group?.patterns).toEqual([
      `arn:aws:autoscaling:${here}:autoScalingGroup:*:autoScalingGroupName/web`,
    ]);
  });

  test.each([
    ["GetRole", { roleName: "x" }, "role"],
    ["PutRolePolicy", { roleName: "x", policyName: "p" }, "role"],
    ["DeleteUser", { userName: "x" }, "user"],
    ["CreateAccessKey", { userName: "x" }, "user"],
    ["ListMFADevices", { userName: "x" }, "user"],
    ["GetInstanceProfile", { instanceProfileName: "x" }, "instance-profile"],
  ])("%s tells a name, and the thing can lie below any path", (name, parameters, kind) => {
    const responseElements = { accessKey: { userName: "x" } };
    expect(evidence("iam", name, parameters, { responseElements })).toMatchObject([
      {
        resource: null,
        patterns: [`arn:aws:iam::111122223333:${kind}/*/x`, `arn:aws:iam::111122223333:${kind}/x`],
      },
    ]);
  });

  test("the ARN of one thing does not tell another", () => {
    const balancer = `arn:aws:elasticloadbalancing:${here}:loadbalancer/app/web/1a`;
    expect(resources("elasticloadbalancing", "CreateListener", { loadBalancerArn: balancer })).toEqual([
      `elasticloadbalancing:CreateListener ${balancer}`,
    ]);
  });

  test("an action without resource types has the resource *", () => {
    expect(resources("s3", "ListBuckets", null)).toEqual(["s3:ListAllMyBuckets *"]);
  });

  test("what the record does not tell is null, with the parts that it does tell", () => {
    const [found] = evidence("s3", "DeleteObjects", { bucketName: "shop" });
    expect(found).toMatchObject({
      action: "s3:DeleteObject",
      resource: null,
      patterns: ["arn:aws:s3:::shop/*"],
    });
    expect(resources("iam", "CreateUser", null)).toEqual(["iam:CreateUser null"]);
  });

  test("an id that AWS makes is checked before it exists", () => {
    expect(resources("ec2", "CreateSubnet", { vpcId: "vpc-1", cidrBlock: "10.0.0.0/24" })).toEqual([
      `ec2:CreateSubnet arn:aws:ec2:${here}:subnet/*`,
      `ec2:CreateSubnet arn:aws:ec2:${here}:vpc/vpc-1`,
    ]);
    expect(
      resources("ec2", "CreateVpc", { tagSpecificationSet: { items: [{ resourceType: "vpc", tags: [] }] } }),
    ).toEqual([`ec2:CreateVpc arn:aws:ec2:${here}:vpc/*`, `ec2:CreateTags arn:aws:ec2:${here}:vpc/*`]);
  });

  test("EC2's ids tell their types", () => {
    const resourcesSet = { items: [{ resourceId: "ami-1" }, { resourceId: "sg-0a" }] };
    expect(resources("ec2", "CreateTags", { resourcesSet })).toEqual([
      "ec2:CreateTags arn:aws:ec2:eu-central-1::image/ami-1",
      `ec2:CreateTags arn:aws:ec2:${here}:security-group/sg-0a`,
    ]);
  });

  test("a copy reads one object and writes another", () => {
    const parameters = { bucketName: "to", key: "b", "x-amz-copy-source": "/from/a%20b" };
    expect(resources("s3", "CopyObject", parameters)).toEqual([
      "s3:PutObject arn:aws:s3:::to/b",
      "s3:GetObject arn:aws:s3:::from/a b",
    ]);
    expect(resources("kms", "ReEncrypt", { sourceKeyId: "k1", destinationKeyId: "k2" })).toEqual([
      `kms:ReEncryptFrom arn:aws:kms:${here}:key/k1`,
      `kms:ReEncryptTo arn:aws:kms:${here}:key/k2`,
    ]);
  });

  test("each action of a transaction has its own tables", () => {
    const transactItems = [{ put: { tableName: "orders" } }, { delete: { tableName: "carts" } }];
    expect(resources("dynamodb", "TransactWriteItems", { transactItems })).toEqual([
      `dynamodb:PutItem arn:aws:dynamodb:${here}:table/orders`,
      `dynamodb:DeleteItem arn:aws:dynamodb:${here}:table/carts`,
    ]);
    expect(resources("dynamodb", "BatchGetItem", { requestItems: { orders: {}, carts: {} } })).toEqual([
      `dynamodb:BatchGetItem arn:aws:dynamodb:${here}:table/orders`,
      `dynamodb:BatchGetItem arn:aws:dynamodb:${here}:table/carts`,
    ]);
  });

  test("ARNs of resources[] count as they are", () => {
    const more = { resources: [{ ARN: "arn:aws:kms:us-east-1:444455556666:key/k", type: "AWS::KMS::Key" }] };
    expect(resources("kms", "Decrypt", { keyId: "alias/shop" }, more)).toEqual([
      "kms:Decrypt arn:aws:kms:us-east-1:444455556666:key/k",
    ]);
  });

  test("a name never becomes a pattern", () => {
    expect(resources("s3", "GetObject", { bucketName: "shop", key: "*" })).toEqual(["s3:GetObject null"]);
    expect(resources("s3", "GetObject", { bucketName: "shop", key: "a*" })).toEqual([
      "s3:GetObject arn:aws:s3:::shop/a?",
    ]);
    expect(resources("s3", "GetObject", { bucketName: "shop", key: "${aws:username}" })).toEqual([
      "s3:GetObject arn:aws:s3:::shop/?{aws:username}",
    ]);
  });

  test("nothing is taken from an error message", () => {
    const errorMessage =
      "User: x is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::111122223333:user/eve";
    expect(resources("iam", "CreateUser", null, { errorCode: "AccessDenied", errorMessage })).toEqual([
      "iam:CreateUser null",
    ]);
  });

  test("the partition is that of the caller's ARN, else of the Region", () => {
    const record = callBy({ awsRegion: "cn-north-1", userIdentity: { accountId: "111122223333" } });
    const parsed = parseRecord({
      ...record,
      eventName: "GetObject",
      requestParameters: { bucketName: "b", key: "k" },
    });
    const reading = parsed && readRecord(parsed);
    expect(reading?.kind === "call" && reading.evidence[0]?.resource).toBe("arn:aws-cn:s3:::b/k");
  });
});

describe("iam:PassRole", () => {
  const role = "arn:aws:iam::111122223333:role/shop-lambda";
  const passed = (source: string, name: string, parameters: unknown, more: object = {}) =>
    evidence(source, name, parameters, more)
      .filter(({ action }) => action === "iam:PassRole")
      .map(({ resource, condition, inferred, outcome }) => ({ resource, condition, inferred, outcome }));

  test("a role in the request of a call that writes was passed to the service", () => {
    expect(passed("lambda", "CreateFunction20150331", { functionName: "shop", role })).toEqual([
      {
        resource: role,
        condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
        inferred: true,
        outcome: "authorized",
      },
    ]);
  });

  test.each([
    ["ecs", "RegisterTaskDefinition", { taskRoleArn: role }, "ecs-tasks.amazonaws.com"],
    [
      "ec2",
      "CreateFlowLogs",
      { CreateFlowLogsRequest: { DeliverLogsPermissionArn: role } },
      "vpc-flow-logs.amazonaws.com",
    ],
    ["rds", "CreateDBInstance", { monitoringRoleArn: role }, "monitoring.rds.amazonaws.com"],
  ])("%s %s passes it elsewhere", (source, name, parameters, service) => {
    expect(passed(source, name, parameters)).toMatchObject([
      { resource: role, condition: { StringEquals: { "iam:PassedToService": [service] } } },
    ]);
  });

  test("a role that is passed by its name can lie below any path", () => {
    const parameters = { roleName: "shop-lambda", instanceProfileName: "p" };
    expect(evidence("iam", "AddRoleToInstanceProfile", parameters)).toContainEqual(
      expect.objectContaining({
        action: "iam:PassRole",
        inferred: true,
        resource: null,
        patterns: [
          "arn:aws:iam::111122223333:role/*/shop-lambda",
          "arn:aws:iam::111122223333:role/shop-lambda",
        ],
        condition: { StringEquals: { "iam:PassedToService": ["ec2.amazonaws.com"] } },
      }),
    );
  });

  test.each([
    ["a call that reads", "lambda", "GetFunction20150331v2", { functionName: "shop", role }],
    ["assuming", "sts", "AssumeRole", { roleArn: role }],
    ["a profile that is given no role", "iam", "AddRoleToInstanceProfile", { instanceProfileName: "p" }],
    ["a document", "s3", "PutBucketPolicy", { bucketName: "b", bucketPolicy: { Principal: { AWS: role } } }],
    ["a grant", "kms", "CreateGrant", { keyId: "k", granteePrincipal: role }],
    [
      "a service-linked role",
      "autoscaling",
      "CreateAutoScalingGroup",
      {
        serviceLinkedRoleARN:
          "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
      },
    ],
  ])("%s passes no role", (_, source, name, parameters) => {
    expect(passed(source, name, parameters)).toEqual([]);
  });

  test("of a call that was refused or failed nothing is inferred", () => {
    const parameters = { functionName: "shop", role };
    expect(passed("lambda", "CreateFunction20150331", parameters, { errorCode: "AccessDenied" })).toEqual([]);
    expect(
      passed("lambda", "CreateFunction20150331", parameters, { errorCode: "ThrottlingException" }),
    ).toEqual([]);
  });

  test("a refusal that names iam:PassRole is a refusal of that alone", () => {
    const errorMessage = `User: x is not authorized to perform: iam:PassRole on resource: ${role}`;
    const found = evidence(
      "lambda",
      "CreateFunction20150331",
      { functionName: "shop", role },
      { errorCode: "AccessDeniedException", errorMessage },
    );
    expect(found).toMatchObject([{ action: "iam:PassRole", resource: role, outcome: "denied" }]);
  });
});
