import {
  arn,
  type Call,
  calls,
  failed,
  type Grant,
  type Place,
  roleArn,
  type TerraformResource,
  tagsOf,
} from "../call.ts";

export function functionArn(place: Place, name: string): string {
  return arn(place, "lambda", `function:${name}`);
}

/** What handing a role to Lambda needs; CloudTrail records no call for it. */
function passRole(role: string): Grant {
  return {
    action: "iam:PassRole",
    resource: role,
    condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
  };
}

export function lambdaFunction(place: Place, name: string, roleName = name): TerraformResource {
  const lambda = calls(place, "lambda");
  const target = functionArn(place, name);
  const role = roleArn(place, roleName);
  const described = {
    functionName: name,
    functionArn: target,
    runtime: "nodejs22.x",
    role,
    handler: "index.handler",
    codeSize: 184_226,
    timeout: 30,
    memorySize: 256,
    version: "$LATEST",
    packageType: "Zip",
    architectures: ["arm64"],
  };
  const code = { s3Bucket: `deployments-${place.accountId}`, s3Key: `${place.application}/${name}.zip` };
  const refresh: readonly Call[] = [
    lambda.read("GetFunction20150331v2", { functionName: name }, target),
    lambda.read("ListVersionsByFunction20150331", { functionName: name, maxItems: 10_000 }, target),
    lambda.read("GetFunctionCodeSigningConfig", { functionName: name }, target),
  ];
  return {
    address: `aws_lambda_function.${name}`,
    refresh,
    create: [
      lambda.read("GetFunction20150331v2", { functionName: name }, target, {
        failure: failed("ResourceNotFoundException", `Function not found: ${target}`),
      }),
      lambda.write(
        "CreateFunction20150331",
        {
          functionName: name,
          runtime: "nodejs22.x",
          role,
          handler: "index.handler",
          code,
          timeout: 30,
          memorySize: 256,
          publish: false,
          packageType: "Zip",
          architectures: ["arm64"],
          environment: {},
          tags: tagsOf(place),
        },
        target,
        { response: { ...described, state: "Pending", stateReasonCode: "Creating" }, also: [passRole(role)] },
      ),
      ...refresh,
    ],
    update: [
      lambda.write(
        "UpdateFunctionCode20150331v2",
        { functionName: name, ...code, publish: false, dryRun: false, architectures: ["arm64"] },
        target,
        { response: { ...described, state: "Active", lastUpdateStatus: "InProgress" } },
      ),
      ...refresh,
    ],
    destroy: [lambda.write("DeleteFunction20150331", { functionName: name }, target)],
  };
}

/** Reads a queue into a function. Lambda names the mapping by a UUID of its own. */
export function eventSource(place: Place, name: string, queueArn: string, uuid: string): TerraformResource {
  const lambda = calls(place, "lambda");
  const target = arn(place, "lambda", `event-source-mapping:${uuid}`);
  const refresh = [
    lambda.read("GetEventSourceMapping20150331", { uUID: uuid }, target),
    lambda.read("ListTags20170331", { resource: target }, target, { action: "lambda:ListTags" }),
  ];
  return {
    address: `aws_lambda_event_source_mapping.${name}`,
    refresh,
    create: [
      lambda.write(
        "CreateEventSourceMapping20150331",
        { eventSourceArn: queueArn, functionName: functionArn(place, name), enabled: true, batchSize: 10 },
        "*",
        {
          condition: { ArnEquals: { "lambda:FunctionArn": [functionArn(place, name)] } },
          response: {
            uUID: uuid,
            batchSize: 10,
            eventSourceArn: queueArn,
            functionArn: functionArn(place, name),
            state: "Creating",
          },
        },
      ),
      ...refresh,
    ],
    update: [
      lambda.write("UpdateEventSourceMapping20150331", { uUID: uuid, batchSize: 20 }, target),
      ...refresh,
    ],
    destroy: [lambda.write("DeleteEventSourceMapping20150331", { uUID: uuid }, target)],
  };
}

export function logGroup(place: Place, name: string): TerraformResource {
  const logs = calls(place, "logs");
  const target = arn(place, "logs", `log-group:${name}`);
  // All calls but those on tags are checked on the group and what is in it.
  const group = `${target}:*`;
  const apiVersion = "20140328";
  const refresh = [
    logs.read("DescribeLogGroups", { logGroupNamePrefix: name }, "*", {
      apiVersion,
    }),
    logs.read("ListTagsForResource", { resourceArn: target }, target, { apiVersion }),
  ];
  return {
    address: `aws_cloudwatch_log_group.${name.split("/").at(-1)}`,
    refresh,
    create: [
      logs.write("CreateLogGroup", { logGroupName: name, tags: tagsOf(place) }, group, { apiVersion }),
      logs.write("PutRetentionPolicy", { logGroupName: name, retentionInDays: 30 }, group, { apiVersion }),
      ...refresh,
    ],
    update: [
      logs.write("PutRetentionPolicy", { logGroupName: name, retentionInDays: 90 }, group, { apiVersion }),
      ...refresh,
    ],
    destroy: [logs.write("DeleteLogGroup", { logGroupName: name }, group, { apiVersion })],
  };
}

export function containerRepository(place: Place, name: string): TerraformResource {
  const ecr = calls(place, "ecr");
  const target = arn(place, "ecr", `repository/${name}`);
  const repository = { registryId: place.accountId, repositoryName: name };
  const more = { type: "AWS::ECR::Repository", host: `api.ecr.${place.region}.amazonaws.com` };
  const refresh = [
    ecr.read("DescribeRepositories", { registryId: place.accountId, repositoryNames: [name] }, target, more),
    ecr.read("ListTagsForResource", { resourceArn: target }, target, more),
    ecr.read("GetLifecyclePolicy", repository, target, more),
    ecr.read("GetRepositoryPolicy", repository, target, {
      ...more,
      failure: failed(
        "RepositoryPolicyNotFoundException",
        `Repository policy does not exist for the repository with name '${name}' in the registry with id '${place.accountId}'`,
      ),
    }),
  ];
  return {
    address: `aws_ecr_repository.${name.replaceAll("/", "_")}`,
    refresh,
    create: [
      ecr.write(
        "CreateRepository",
        {
          repositoryName: name,
          imageTagMutability: "IMMUTABLE",
          imageScanningConfiguration: { scanOnPush: true },
        },
        target,
        { ...more, response: { repository: { ...repository, repositoryArn: target } } },
      ),
      ...refresh,
    ],
    update: [ecr.write("PutLifecyclePolicy", repository, target, more), ...refresh],
    destroy: [ecr.write("DeleteRepository", { ...repository, force: true }, target, more)],
  };
}
