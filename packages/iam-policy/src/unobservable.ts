import { compilePattern, foldAscii, patternCovers, patternsOverlap } from "./match.ts";
import { actionsOf, findAction } from "./service-reference.ts";

/** Why no record tells whether an action was used, and where AWS says so. */
export interface Unobservable {
  /** `pass-role`: never recorded; `data-event`: only where the trail selects it; `no-record`: a permission without a call of its own, or a protocol that CloudTrail does not see. */
  readonly why: "pass-role" | "data-event" | "no-record";
  /** A page of AWS. */
  readonly source: string;
}

const DATA_EVENTS =
  "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html";
const PASS_ROLE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html";

/** By CloudTrail's resource type: the actions whose calls are data events, recorded only where a trail selects the type. */
const dataEvents: Readonly<Record<string, string>> = {
  "AWS::S3::Object":
    "s3:AbortMultipartUpload s3:BypassGovernanceRetention s3:DeleteObject s3:DeleteObjectTagging s3:DeleteObjectVersion s3:DeleteObjectVersionTagging s3:GetObject s3:GetObjectAcl s3:GetObjectAttributes s3:GetObjectLegalHold s3:GetObjectRetention s3:GetObjectTagging s3:GetObjectTorrent s3:GetObjectVersion s3:GetObjectVersionAcl s3:GetObjectVersionAttributes s3:GetObjectVersionTagging s3:ListBucket s3:ListBucketMultipartUploads s3:ListBucketVersions s3:ListMultipartUploadParts s3:PutObject s3:PutObjectAcl s3:PutObjectLegalHold s3:PutObjectRetention s3:PutObjectTagging s3:PutObjectVersionAcl s3:PutObjectVersionTagging s3:RestoreObject",
  "AWS::S3Express::Object": "s3express:CreateSession",
  "AWS::S3Tables::Table": "s3tables:GetTableData s3tables:PutTableData",
  "AWS::Lambda::Function": "lambda:InvokeFunction lambda:InvokeFunctionUrl",
  "AWS::DynamoDB::Table":
    "dynamodb:BatchGetItem dynamodb:BatchWriteItem dynamodb:ConditionCheckItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PartiQLDelete dynamodb:PartiQLInsert dynamodb:PartiQLSelect dynamodb:PartiQLUpdate dynamodb:PutItem dynamodb:Query dynamodb:Scan dynamodb:UpdateItem",
  "AWS::DynamoDB::Stream": "dynamodb:GetRecords dynamodb:GetShardIterator",
  "AWS::SQS::Queue": "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage sqs:SendMessage",
  "AWS::SNS::Topic": "sns:Publish",
  "AWS::Kinesis::Stream":
    "kinesis:GetRecords kinesis:GetShardIterator kinesis:PutRecord kinesis:PutRecords kinesis:SubscribeToShard",
  "AWS::EC2::Snapshot": "ebs:*",
  "AWS::RDS::DBCluster": "rds-data:*",
  "AWS::Cassandra::Table": "cassandra:Modify cassandra:Select",
  "AWS::Timestream::Table": "timestream:Select timestream:WriteRecords",
  "AWS::CloudWatch::Metric":
    "cloudwatch:GetMetricData cloudwatch:GetMetricStatistics cloudwatch:ListMetrics cloudwatch:PutMetricData",
  "AWS::XRay::Trace": "xray:PutTelemetryRecords xray:PutTraceSegments",
  "AWS::Cognito::IdentityPool":
    "cognito-identity:GetCredentialsForIdentity cognito-identity:GetId cognito-identity:GetOpenIdToken cognito-identity:GetOpenIdTokenForDeveloperIdentity",
  "AWS::SES::EmailIdentity":
    "ses:SendBulkEmail ses:SendBulkTemplatedEmail ses:SendEmail ses:SendRawEmail ses:SendTemplatedEmail",
  "AWS::Bedrock::AgentAlias": "bedrock:InvokeAgent",
  "AWS::Bedrock::KnowledgeBase": "bedrock:Retrieve bedrock:RetrieveAndGenerate",
  "AWS::SageMaker::Endpoint":
    "sagemaker:InvokeEndpoint sagemaker:InvokeEndpointAsync sagemaker:InvokeEndpointWithResponseStream",
  "AWS::AppConfig::Configuration":
    "appconfig:GetConfiguration appconfig:GetLatestConfiguration appconfig:StartConfigurationSession",
  "AWS::AppSync::GraphQLApi": "appsync:GraphQL",
  "AWS::MSK::Cluster": "kafka-cluster:*",
  "AWS::SSMMessages::ControlChannel": "ssmmessages:*",
  "AWS::CloudFront::KeyValueStore": "cloudfront-keyvaluestore:*",
  "AWS::ServiceDiscovery::Service":
    "servicediscovery:DiscoverInstances servicediscovery:DiscoverInstancesRevision",
  "AWS::VerifiedPermissions::PolicyStore":
    "verifiedpermissions:IsAuthorized verifiedpermissions:IsAuthorizedWithToken",
  "AWS::NeptuneGraph::Graph":
    "neptune-graph:DeleteDataViaQuery neptune-graph:ReadDataViaQuery neptune-graph:WriteDataViaQuery",
};

/** Permissions of which no call of their own is recorded, whatever a trail selects; each with AWS's page on it. */
const withoutRecord: readonly (readonly [actions: string, source: string])[] = [
  [
    "ec2messages:*",
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html",
  ],
  ["execute-api:*", "https://docs.aws.amazon.com/apigateway/latest/developerguide/cloudtrail.html"],
  ["rds-db:connect", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html"],
  [
    "es:ESHttp*",
    "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudtrailauditing.html",
  ],
  [
    "aoss:APIAccessAll aoss:DashboardsAccessAll",
    "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-data-access.html",
  ],
  ["neptune-db:*", "https://docs.aws.amazon.com/neptune/latest/userguide/cloudtrail.html"],
  ["dax:*", "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.access-control.html"],
  [
    "elasticfilesystem:ClientMount elasticfilesystem:ClientRootAccess elasticfilesystem:ClientWrite",
    "https://docs.aws.amazon.com/efs/latest/ug/logging-using-cloudtrail.html",
  ],
  [
    "iot:Connect iot:Publish iot:Receive iot:RetainPublish iot:Subscribe",
    "https://docs.aws.amazon.com/iot/latest/developerguide/iot-using-cloudtrail.html",
  ],
  [
    "firehose:PutRecord firehose:PutRecordBatch",
    "https://docs.aws.amazon.com/firehose/latest/dev/monitoring-using-cloudtrail.html",
  ],
  [
    "logs:PutLogEvents",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/logging_cw_api_calls_cwl.html",
  ],
  [
    "elasticache:Connect memorydb:Connect",
    "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html",
  ],
  [
    "redshift:JoinGroup redshift:CreateClusterUser",
    "https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-control-identity-based.html",
  ],
];

interface Entry extends Unobservable {
  /** CloudTrail's name of what a trail has to select, that the action be recorded after all. */
  readonly selector: string | null;
}

let table: ReadonlyMap<string, Entry> | undefined;

/** By action, folded; made at the first question, because it needs AWS's list. */
function theTable(): ReadonlyMap<string, Entry> {
  table ??= new Map(
    [
      { actions: "iam:PassRole", why: "pass-role" as const, source: PASS_ROLE, selector: null },
      ...Object.entries(dataEvents).map(([selector, actions]) => ({
        ...{ actions, why: "data-event" as const, source: DATA_EVENTS, selector },
      })),
      ...withoutRecord.map(([actions, source]) => ({
        ...{ actions, why: "no-record" as const, source, selector: null },
      })),
    ].flatMap(({ actions, ...entry }) =>
      actions
        .split(" ")
        .flatMap((name) => expanded(name).map((action) => [foldAscii(action), entry] as const)),
    ),
  );
  return table;
}

function expanded(name: string): readonly string[] {
  if (!name.includes("*")) return [name];
  return actionsOf(name.slice(0, name.indexOf(":")))
    .map(({ action }) => action)
    .filter((action) => patternCovers(name, action));
}

/** CloudTrail's resource types that the table of data events knows. */
export const dataEventTypes: readonly string[] = Object.keys(dataEvents);

/**
 * Null where a call of the action is recorded. `selected`: the resource types whose data events the trail records (as
 * CloudTrail names them).
 */
export function unobservable(action: string, selected: readonly string[]): Unobservable | null {
  const entry = theTable().get(foldAscii(action));
  if (entry === undefined || (entry.selector !== null && selected.includes(entry.selector))) return null;
  return { why: entry.why, source: entry.source };
}

/** All actions that nobody can observe, in AWS's spelling. */
export function unobservableActions(selected: readonly string[]): readonly string[] {
  return [...theTable().keys()]
    .filter((action) => unobservable(action, selected) !== null)
    .flatMap((action) => findAction(action)?.action ?? []);
}

/** Could the action be used on a resource of this pattern at all, by AWS's ARN formats? `*` fits every action. */
export function mayConcern(action: string, resource: string): boolean {
  const pattern = compilePattern(resource);
  const formats = (findAction(action)?.resourceTypes ?? []).flatMap(({ arnFormats }) => arnFormats);
  if (formats.length === 0) return patternsOverlap(pattern, compilePattern("*", { wildcards: false }));
  return formats.some((format) =>
    patternsOverlap(pattern, compilePattern(format.replace(/\$\{[^}]*\}/g, "*"))),
  );
}
