import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export interface LogsOptions {
  readonly dir: string;
  readonly files: number;
  readonly recordsPerFile: number;
  /** Half of the events are theirs, the others are users', services' and other roles'. */
  readonly roles: number;
  readonly seed: number;
}

const account = "111122223333";
const regions = ["eu-central-1", "us-east-1"];
const agents = [
  "APN/1.0 HashiCorp/1.0 Terraform/1.9.0 (+https://www.terraform.io) terraform-provider-aws/5.60.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64",
  "aws-cli/2.17.20 md/awscrt#0.20.11 ua/2.0 os/linux#6.1.94 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard",
  "cloudformation.amazonaws.com",
];

/** Marsaglia's xorshift: the same numbers for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

type Next = (below: number) => number;

function hex(next: Next, length: number): string {
  let text = "";
  while (text.length < length) text += (next(0x10000) + 0x10000).toString(16).slice(1);
  return text.slice(0, length);
}

function uuid(next: Next): string {
  const h = hex(next, 32);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
}

export function roleArn(index: number): string {
  return `arn:aws:iam::${account}:role/ci/deploy-${index}`;
}

/** A session as a pipeline has it: one name and key for the hour or so that it runs. */
function session(name: string, path: string, at: string): object {
  const id = `AROA${name.toUpperCase().replaceAll("-", "").padEnd(17, "X").slice(0, 17)}`;
  const run = at.slice(0, 13).replace(/\D/g, "");
  return {
    type: "AssumedRole",
    principalId: `${id}:pipeline-${run}`,
    arn: `arn:aws:sts::${account}:assumed-role/${name}/pipeline-${run}`,
    accountId: account,
    accessKeyId: `ASIA${run}EXAMPLE`,
    sessionContext: {
      sessionIssuer: {
        type: "Role",
        principalId: id,
        arn: `arn:aws:iam::${account}:role/${path}${name}`,
        accountId: account,
        userName: name,
      },
      webIdFederationData: {},
      attributes: { creationDate: `${at.slice(0, 13)}:00:00Z`, mfaAuthenticated: "false" },
    },
  };
}

function otherIdentity(at: string, next: Next): object {
  const kind = next(3);
  if (kind === 0) {
    const userName = `user-${next(30)}`;
    const arn = `arn:aws:iam::${account}:user/${userName}`;
    const id = `AIDA${userName.toUpperCase()}`;
    return {
      type: "IAMUser",
      principalId: id,
      arn,
      accountId: account,
      accessKeyId: "AKIAEXAMPLE",
      userName,
    };
  }
  return kind === 1
    ? { type: "AWSService", invokedBy: "autoscaling.amazonaws.com" }
    : session(`AWSServiceRoleForThing${next(20)}`, "aws-service-role/thing.amazonaws.com/", at);
}

/** What a deployment calls: most of it reads the same things again and again, some makes new ones. */
function call(next: Next, mine: number): object {
  const thing = `shop-${mine}-${next(30)}`;
  const reads: readonly [string, string, object | null][] = [
    ["s3", "GetBucketTagging", { tagging: "", bucketName: thing, Host: `${thing}.s3.amazonaws.com` }],
    ["s3", "GetBucketEncryption", { encryption: "", bucketName: thing, Host: `${thing}.s3.amazonaws.com` }],
    [
      "ec2",
      "DescribeSubnets",
      { subnetSet: { items: [{ subnetId: `subnet-${mine}${next(9)}` }] }, filterSet: {} },
    ],
    [
      "ec2",
      "DescribeInstances",
      {
        instancesSet: {},
        filterSet: { items: [{ name: "tag:Name", valueSet: { items: [{ value: thing }] } }] },
      },
    ],
    ["iam", "GetRole", { roleName: thing }],
    ["iam", "ListAttachedRolePolicies", { roleName: thing }],
    ["lambda", "GetFunction20150331v2", { functionName: thing }],
    ["logs", "DescribeLogGroups", { logGroupNamePrefix: `/aws/lambda/${thing}` }],
    ["kms", "DescribeKey", { keyId: `arn:aws:kms:eu-central-1:${account}:key/${mine}` }],
    ["dynamodb", "DescribeTable", { tableName: thing }],
    ["sts", "GetCallerIdentity", null],
    ["rds", "DescribeDBInstances", { dBInstanceIdentifier: thing }],
  ];
  // One call in thirteen changes something.
  const kind = next(13) > 0 ? next(reads.length) : reads.length + next(3);
  const [source, eventName, requestParameters] = reads[kind] ?? ["", "", null];
  if (source !== "")
    return { eventSource: `${source}.amazonaws.com`, eventName, requestParameters, responseElements: null };
  const id = hex(next, 17);
  if (kind === reads.length)
    return {
      eventSource: "ec2.amazonaws.com",
      eventName: "CreateSecurityGroup",
      requestParameters: {
        groupName: `${thing}-${id}`,
        groupDescription: 'Managed by "Terraform"',
        vpcId: `vpc-${mine}`,
      },
      responseElements: { requestId: uuid(next), _return: true, groupId: `sg-${id}` },
    };
  if (kind === reads.length + 1)
    return {
      eventSource: "lambda.amazonaws.com",
      eventName: "UpdateFunctionCode20150331v2",
      requestParameters: {
        functionName: thing,
        publish: false,
        dryRun: false,
        s3Bucket: "artifacts",
        s3Key: `${id}.zip`,
      },
      responseElements: {
        functionName: thing,
        functionArn: `arn:aws:lambda:eu-central-1:${account}:function:${thing}`,
        runtime: "nodejs22.x",
        role: `arn:aws:iam::${account}:role/${thing}`,
        handler: "index.handler",
        codeSize: next(1_000_000),
        codeSha256: hex(next, 44),
        revisionId: uuid(next),
      },
    };
  return {
    eventSource: "s3.amazonaws.com",
    eventName: "PutBucketPolicy",
    errorCode: "AccessDenied",
    errorMessage: "Access Denied",
    requestParameters: {
      bucketName: thing,
      policy: "",
      bucketPolicy: { Version: "2012-10-17", Statement: [] },
    },
    responseElements: null,
  };
}

function recordAt(time: number, region: string, options: LogsOptions, next: Next): object {
  const eventTime = new Date(time).toISOString().replace(".000Z", "Z");
  // Half of the roles work in each Region.
  const mine = next(options.roles / 2) * 2 + regions.indexOf(region);
  const identity =
    next(2) === 0 ? session(`deploy-${mine}`, "ci/", eventTime) : otherIdentity(eventTime, next);
  const { eventSource, eventName, ...rest } = call(next, mine) as Record<string, unknown>;
  return {
    eventVersion: "1.11",
    userIdentity: identity,
    eventTime,
    eventSource,
    eventName,
    awsRegion: region,
    sourceIPAddress: `192.0.2.${next(250)}`,
    userAgent: agents[next(agents.length)],
    ...rest,
    requestID: uuid(next),
    eventID: uuid(next),
    readOnly: true,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: "Management",
    tlsDetails: {
      tlsVersion: "TLSv1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
      clientProvidedHostHeader: `${String(eventSource)}`,
    },
  };
}

/**
 * Writes CloudTrail logs in AWS's delivery layout, the same to the byte for the same options: one file every few
 * minutes in each of two Regions. Every 500th record is delivered a second time, in the next file of its Region. Answers with the
 * number of records written.
 */
export function writeLogs(options: LogsOptions): number {
  const next = numbers(options.seed);
  const begin = Date.UTC(2026, 2, 2);
  let written = 0;
  const late = new Map<string, object[]>();
  for (let index = 0; index < options.files; index += 1) {
    const region = regions[index % 2] ?? "us-east-1";
    const from = begin + Math.floor(index / 2) * 300_000;
    const at = new Date(from + 300_000).toISOString();
    const records: object[] = late.get(region) ?? [];
    const again: object[] = [];
    late.set(region, again);
    while (records.length < options.recordsPerFile) {
      const record = recordAt(from + next(300) * 1_000, region, options, next);
      records.push(record);
      if (next(500) === 0) again.push(record);
    }
    written += records.length;
    const day = at.slice(0, 10).replaceAll("-", "/");
    const folder = join(options.dir, "AWSLogs", account, "CloudTrail", region, day);
    mkdirSync(folder, { recursive: true });
    const stamp = `${at.slice(0, 16).replace(/[-:]/g, "")}Z`;
    const name = `${account}_CloudTrail_${region}_${stamp}_${hex(next, 16)}.json.gz`;
    writeFileSync(join(folder, name), gzipSync(JSON.stringify({ Records: records })));
  }
  return written;
}
