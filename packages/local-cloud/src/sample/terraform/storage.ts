import { arn, type Call, calls, failed, type Place, type TerraformResource, tagsOf } from "../call.ts";

/** Event name, query parameter, IAM's action where it differs, and how the read fails while nothing is configured. */
const bucketReads: readonly (readonly [string, string, string | null, readonly [string, string] | null])[] = [
  ["GetBucketAcl", "acl", null, null],
  [
    "GetBucketCors",
    "cors",
    "s3:GetBucketCORS",
    ["NoSuchCORSConfiguration", "The CORS configuration does not exist"],
  ],
  [
    "GetBucketWebsite",
    "website",
    null,
    ["NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"],
  ],
  ["GetBucketVersioning", "versioning", null, null],
  ["GetAccelerateConfiguration", "accelerate", null, null],
  ["GetBucketRequestPayment", "requestPayment", null, null],
  ["GetBucketLogging", "logging", null, null],
  [
    "GetBucketLifecycle",
    "lifecycle",
    "s3:GetLifecycleConfiguration",
    ["NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"],
  ],
  [
    "GetBucketReplication",
    "replication",
    "s3:GetReplicationConfiguration",
    ["ReplicationConfigurationNotFoundError", "The replication configuration was not found"],
  ],
  ["GetBucketEncryption", "encryption", "s3:GetEncryptionConfiguration", null],
  [
    "GetBucketObjectLockConfiguration",
    "object-lock",
    null,
    ["ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"],
  ],
  ["GetBucketTagging", "tagging", null, null],
  ["GetBucketPolicy", "policy", null, null],
  ["GetBucketPublicAccessBlock", "publicAccessBlock", null, null],
];

/** A bucket and its configuration; `website` ones also have a website configuration that pipelines change. */
export function bucket(place: Place, name: string, options: { website?: boolean } = {}): TerraformResource {
  const s3 = calls(place, "s3");
  const target = `arn:aws:s3:::${name}`;
  const host = `${name}.s3.${place.region}.amazonaws.com`;
  const more = { type: "AWS::S3::Bucket", host };
  const refresh: Call[] = [
    s3.read("HeadBucket", { bucketName: name, Host: host }, target, { ...more, action: "s3:ListBucket" }),
  ];
  for (const [event, parameter, action, missing] of bucketReads) {
    const isSet = options.website === true && parameter === "website";
    refresh.push(
      s3.read(event, { bucketName: name, Host: host, [parameter]: "" }, target, {
        ...more,
        ...(action === null ? {} : { action }),
        ...(missing === null || isSet ? {} : { failure: failed(missing[0], missing[1]) }),
      }),
    );
  }
  const tagging = s3.write("PutBucketTagging", { bucketName: name, Host: host, tagging: "" }, target, more);
  return {
    address: `aws_s3_bucket.${name.replaceAll("-", "_")}`,
    refresh,
    create: [
      s3.write("CreateBucket", { bucketName: name, Host: host }, target, more),
      tagging,
      s3.write(
        "PutBucketPublicAccessBlock",
        { bucketName: name, Host: host, publicAccessBlock: "" },
        target,
        more,
      ),
      ...refresh,
    ],
    update: [
      options.website === true
        ? s3.write("PutBucketWebsite", { bucketName: name, Host: host, website: "" }, target, more)
        : tagging,
      ...refresh,
    ],
    destroy: [
      s3.write("DeleteBucket", { bucketName: name, Host: host }, target, more),
      s3.read("HeadBucket", { bucketName: name, Host: host }, target, {
        ...more,
        action: "s3:ListBucket",
        failure: failed("NoSuchBucket", "The specified bucket does not exist"),
      }),
    ],
  };
}

export function table(place: Place, name: string): TerraformResource {
  const dynamodb = calls(place, "dynamodb");
  const target = arn(place, "dynamodb", `table/${name}`);
  const more = { type: "AWS::DynamoDB::Table", apiVersion: "2012-08-10" };
  const refresh = [
    dynamodb.read("DescribeTable", { tableName: name }, target, more),
    dynamodb.read("DescribeContinuousBackups", { tableName: name }, target, more),
    dynamodb.read("DescribeTimeToLive", { tableName: name }, target, more),
    dynamodb.read("ListTagsOfResource", { resourceArn: target }, target, more),
  ];
  return {
    address: `aws_dynamodb_table.${name}`,
    refresh,
    create: [
      dynamodb.read("DescribeTable", { tableName: name }, target, {
        ...more,
        failure: failed(
          "ResourceNotFoundException",
          `Requested resource not found: Table: ${name} not found`,
        ),
      }),
      dynamodb.write(
        "CreateTable",
        {
          tableName: name,
          billingMode: "PAY_PER_REQUEST",
          keySchema: [{ attributeName: "id", keyType: "HASH" }],
          attributeDefinitions: [{ attributeName: "id", attributeType: "S" }],
          tags: Object.entries(tagsOf(place)).map(([key, value]) => ({ key, value })),
        },
        target,
        {
          ...more,
          response: { tableDescription: { tableName: name, tableArn: target, tableStatus: "CREATING" } },
        },
      ),
      dynamodb.write(
        "UpdateContinuousBackups",
        { tableName: name, pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true } },
        target,
        more,
      ),
      ...refresh,
    ],
    update: [
      dynamodb.write(
        "UpdateTimeToLive",
        { tableName: name, timeToLiveSpecification: { attributeName: "expires", enabled: true } },
        target,
        more,
      ),
      ...refresh,
    ],
    destroy: [dynamodb.write("DeleteTable", { tableName: name }, target, more)],
  };
}

export function database(place: Place, name: string): TerraformResource {
  const rds = calls(place, "rds");
  const target = arn(place, "rds", `db:${name}`);
  const group = arn(place, "rds", `subgrp:${name}`);
  const refresh = [
    rds.read("DescribeDBInstances", { dBInstanceIdentifier: name }, target),
    rds.read("ListTagsForResource", { resourceName: target }, target),
    rds.read("DescribeDBSubnetGroups", { dBSubnetGroupName: name }, group),
    rds.read("ListTagsForResource", { resourceName: group }, group),
  ];
  return {
    address: `aws_db_instance.${name}`,
    refresh,
    create: [
      rds.write("CreateDBSubnetGroup", { dBSubnetGroupName: name, dBSubnetGroupDescription: name }, group),
      rds.write(
        "CreateDBInstance",
        {
          dBInstanceIdentifier: name,
          dBInstanceClass: "db.t4g.medium",
          engine: "postgres",
          allocatedStorage: 50,
          manageMasterUserPassword: true,
        },
        target,
      ),
      ...refresh,
    ],
    update: [
      rds.write(
        "ModifyDBInstance",
        { dBInstanceIdentifier: name, backupRetentionPeriod: 14, applyImmediately: false },
        target,
      ),
      ...refresh,
    ],
    destroy: [rds.write("DeleteDBInstance", { dBInstanceIdentifier: name, skipFinalSnapshot: true }, target)],
  };
}
