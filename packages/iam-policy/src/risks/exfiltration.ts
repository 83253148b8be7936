import type { Path, Severities } from "./path.ts";

const STRATUS = "https://stratus-red-team.cloud/attack-techniques/AWS/";
const EXFILTRATION = "https://cloudsplaining.readthedocs.io/en/latest/glossary/data-exfiltration/";
const EXPOSURE = "https://cloudsplaining.readthedocs.io/en/latest/glossary/resource-exposure/";
const CREDENTIALS = "https://cloudsplaining.readthedocs.io/en/latest/glossary/credentials-exposure/";
const TRANSFER = "https://attack.mitre.org/techniques/T1537/";

/** Data or secrets can leave the account. */
function leak(
  id: string,
  title: string,
  actions: readonly string[],
  severity: Severities,
  [why, harmless, reference]: readonly [string, string, string],
): Path {
  return { ...{ id, kind: "exfiltration", title, needs: [actions], severity }, why, harmless, reference };
}

export const exfiltrationPaths: readonly Path[] = [
  leak(
    "secrets",
    "Read secrets",
    ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"],
    ["medium", "medium", "medium"],
    [
      "Whoever runs as this role, or reads its logs and state, learns the secrets.",
      "Usual where the pipeline hands a secret of its own application on; better is to let the application read it.",
      `${STRATUS}aws.credential-access.secretsmanager-retrieve-secrets/`,
    ],
  ),
  leak(
    "parameters",
    "Read parameters",
    ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory"],
    ["medium", "low", null],
    [
      "Parameters of others may hold secrets.",
      "Usual for parameters of the application's own; harmless once only these are named.",
      EXFILTRATION,
    ],
  ),
  leak(
    "objects",
    "Read any bucket",
    ["s3:GetObject", "s3:GetObjectVersion"],
    ["medium", "low", null],
    [
      "Data of others, Terraform states with their secrets among it, can be read.",
      "Usual for buckets of the application's own; harmless once only these are named.",
      EXFILTRATION,
    ],
  ),
  leak(
    "snapshots",
    "Hand snapshots or images to others",
    [
      "ec2:ModifySnapshotAttribute",
      "ec2:ModifyImageAttribute",
      "rds:ModifyDBSnapshotAttribute",
      "rds:ModifyDBClusterSnapshotAttribute",
    ],
    ["high", "medium", "medium"],
    [
      "Whole disks and databases can be shared with another account, or with everybody.",
      "Usual where images are shared within the organization.",
      `${STRATUS}aws.exfiltration.ec2-share-ebs-snapshot/`,
    ],
  ),
  leak(
    "exports",
    "Copy data out",
    [
      "rds:StartExportTask",
      "dynamodb:ExportTableToPointInTime",
      "ec2:CreateInstanceExportTask",
      "ec2:CreateStoreImageTask",
      "s3:PutReplicationConfiguration",
    ],
    ["medium", "medium", "low"],
    [
      "Databases, disks or buckets can be copied to a bucket elsewhere.",
      "Usual where the pipeline sets backups or replication up.",
      TRANSFER,
    ],
  ),
  leak(
    "resource-policies",
    "Open resources to others",
    [
      "s3:PutBucketPolicy",
      "s3:PutBucketAcl",
      "s3:PutObjectAcl",
      "s3:PutAccessPointPolicy",
      "s3:PutBucketPublicAccessBlock",
      "s3:PutAccountPublicAccessBlock",
      "s3:PutBucketOwnershipControls",
      "lambda:AddPermission",
      "lambda:AddLayerVersionPermission",
      "lambda:CreateFunctionUrlConfig",
      "sqs:AddPermission",
      "sqs:SetQueueAttributes",
      "sns:AddPermission",
      "sns:SetTopicAttributes",
      "kms:PutKeyPolicy",
      "kms:CreateGrant",
      "ecr:SetRepositoryPolicy",
      "ecr-public:SetRepositoryPolicy",
      "secretsmanager:PutResourcePolicy",
      "glacier:SetVaultAccessPolicy",
      "elasticfilesystem:PutFileSystemPolicy",
      "glue:PutResourcePolicy",
      "logs:PutResourcePolicy",
      "events:PutPermission",
      "codeartifact:PutRepositoryPermissionsPolicy",
      "codeartifact:PutDomainPermissionsPolicy",
      "dynamodb:PutResourcePolicy",
      "kinesis:PutResourcePolicy",
      "es:UpdateDomainConfig",
      "ses:PutIdentityPolicy",
      "serverlessrepo:PutApplicationPolicy",
    ],
    ["medium", "low", "low"],
    [
      "The policy of a resource can let other accounts, or everybody, use it.",
      "Usual where the pipeline makes the resource and its policy.",
      EXPOSURE,
    ],
  ),
  leak(
    "shares",
    "Share resources with other accounts",
    ["ram:CreateResourceShare", "ram:AssociateResourceShare"],
    ["medium", "medium", "low"],
    [
      "Resources can be shared with accounts outside the organization.",
      "Harmless where sharing outside the organization is switched off.",
      EXPOSURE,
    ],
  ),
  leak(
    "traffic",
    "Copy network traffic",
    ["ec2:CreateTrafficMirrorSession", "ec2:CreateTrafficMirrorTarget"],
    ["medium", "medium", "low"],
    [
      "Traffic of instances can be copied to somebody who listens.",
      "Usual only where a pipeline sets network monitoring up.",
      "https://attack.mitre.org/techniques/T1020/001/",
    ],
  ),
  leak(
    "credentials",
    "Get credentials for something else",
    [
      "ec2:GetPasswordData",
      "redshift:GetClusterCredentials",
      "redshift:GetClusterCredentialsWithIAM",
      "redshift-serverless:GetCredentials",
      "rds-db:connect",
      "lightsail:GetInstanceAccessDetails",
      "lightsail:DownloadDefaultKeyPair",
      "lightsail:GetRelationalDatabaseMasterUserPassword",
      "lightsail:CreateBucketAccessKey",
      "cognito-identity:GetCredentialsForIdentity",
      "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
      "sts:GetFederationToken",
      "codepipeline:PollForJobs",
      "gamelift:RequestUploadCredentials",
      "connect:GetFederationToken",
      "emr-containers:GetManagedEndpointSessionCredentials",
      "appsync:CreateApiKey",
      "grafana:CreateWorkspaceApiKey",
      "airflow:CreateCliToken",
      "airflow:CreateWebLoginToken",
    ],
    ["low", "low", "low"],
    [
      "The answer holds a password, key or token that works elsewhere.",
      "Usual where the pipeline has to reach the database or host itself.",
      CREDENTIALS,
    ],
  ),
];
