import { agreed } from "./names.ts";
import {
  allow,
  deny,
  policy,
  type Resource,
  ref,
  sub,
  switched,
  type Template,
  text,
  type Value,
  when,
} from "./template.ts";

const bucket = "arn:${AWS::Partition}:s3:::${TrailBucket}";
/** In a condition IAM fills in the caller's own account: each account sees its own files, whichever accounts there will be. */
const callersFiles = `${bucket}/\${TrailPrefix}\${!aws:PrincipalAccount}/*`;
const callersRole = (name: string) =>
  `arn:\${AWS::Partition}:iam::\${!aws:PrincipalAccount}:role\${PlpPath}\${${name}}`;
const inOrganization = { "aws:PrincipalOrgID": ref("OrganizationId") };
const readers = [sub(callersRole("ReaderName")), sub(callersRole("AnalyzerName"))];

/** The statements that let PLP's reader and Access Analyzer's service role of every account read its own files. */
export const bucketStatements: readonly Value[] = [
  allow(["s3:GetObject"], [sub(callersFiles)], {
    Sid: "PlpReadsOwnFiles",
    Principal: "*",
    Condition: { StringEquals: inOrganization, ArnLike: { "aws:PrincipalArn": readers } },
  }),
  allow(["s3:ListBucket"], [sub(bucket)], {
    Sid: "PlpListsOwnFiles",
    Principal: "*",
    Condition: {
      StringEquals: inOrganization,
      ArnLike: { "aws:PrincipalArn": [sub(callersRole("ReaderName"))] },
      StringLike: { "s3:prefix": sub("${TrailPrefix}${!aws:PrincipalAccount}/*") },
    },
  }),
  // AWS does not say with which prefix Access Analyzer lists, so its role may list the names of the others' files too.
  allow(["s3:ListBucket"], [sub(bucket)], {
    Sid: "AccessAnalyzerLists",
    Principal: "*",
    Condition: {
      StringEquals: inOrganization,
      ArnLike: { "aws:PrincipalArn": [sub(callersRole("AnalyzerName"))] },
    },
  }),
];

/** The statement for the key: decrypting only, only through S3, only what this trail wrote. */
export const keyStatement: Value = allow(["kms:Decrypt"], ["*"], {
  Sid: "PlpDecryptsTheTrail",
  Principal: "*",
  Condition: {
    StringEquals: { ...inOrganization, "kms:EncryptionContext:aws:cloudtrail:arn": ref("TrailArn") },
    StringLike: { "kms:ViaService": "s3.*.amazonaws.com" },
    ArnLike: { "aws:PrincipalArn": readers },
  },
});

const cloudTrail = { Service: "cloudtrail.amazonaws.com" };
const bySource = { "aws:SourceArn": ref("TrailArn") };

/** What CloudTrail needs to write, as its user guide gives it. */
const writing: readonly Value[] = [
  allow(["s3:GetBucketAcl"], [sub(bucket)], {
    Sid: "CloudTrailChecks",
    Principal: cloudTrail,
    Condition: { StringEquals: bySource },
  }),
  allow(["s3:PutObject"], [sub(`${bucket}/\${TrailPrefix}*`), sub(`${bucket}/\${KeyPrefix}AWSLogs/*`)], {
    Sid: "CloudTrailWrites",
    Principal: cloudTrail,
    Condition: { StringEquals: { ...bySource, "s3:x-amz-acl": "bucket-owner-full-control" } },
  }),
  deny(["s3:*"], [sub(bucket), sub(`${bucket}/*`)], {
    Sid: "OnlyOverTls",
    Principal: "*",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  }),
];

const bucketPolicy: Resource = {
  Type: "AWS::S3::BucketPolicy",
  // Through the resource where there is one, so that CloudFormation makes it first.
  Properties: {
    Bucket: when("Makes", ref("Bucket"), ref("TrailBucket")),
    PolicyDocument: policy([...writing, ...bucketStatements]),
  },
};

const key: Resource = {
  Type: "AWS::KMS::Key",
  Condition: "Makes",
  DeletionPolicy: "Retain",
  UpdateReplacePolicy: "Retain",
  Properties: {
    Description: "Encrypts the files of the organization's trail",
    EnableKeyRotation: true,
    KeyPolicy: policy([
      allow(["kms:*"], ["*"], {
        Sid: "TheAccountManagesTheKey",
        Principal: { AWS: sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root") },
      }),
      allow(["kms:GenerateDataKey*"], ["*"], {
        Sid: "CloudTrailEncrypts",
        Principal: cloudTrail,
        Condition: {
          StringEquals: bySource,
          StringLike: { "kms:EncryptionContext:aws:cloudtrail:arn": ref("TrailArn") },
        },
      }),
      allow(["kms:DescribeKey"], ["*"], {
        Sid: "CloudTrailLooks",
        Principal: cloudTrail,
        Condition: { StringEquals: bySource },
      }),
      keyStatement,
    ]),
  },
};

const archiveBucket: Resource = {
  Type: "AWS::S3::Bucket",
  Condition: "Makes",
  DeletionPolicy: "Retain",
  UpdateReplacePolicy: "Retain",
  Properties: {
    BucketName: ref("TrailBucket"),
    // Access Analyzer reads only files that the owner of the bucket owns.
    OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    VersioningConfiguration: { Status: "Enabled" },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        {
          // With a bucket key the encryption context would be the bucket's, not the trail's, and the key's statements would not match.
          BucketKeyEnabled: false,
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: "aws:kms",
            KMSMasterKeyID: { "Fn::GetAtt": ["Key", "Arn"] },
          },
        },
      ],
    },
  },
};

/**
 * For the account of the archive. With `Create` it makes the bucket and its key, for an organization that has no trail yet;
 * without, it writes the whole policy of a bucket that is there, and the statement for its key has to be added by hand.
 */
export function archiveTemplate(): Template {
  const { TrailKeyArn: _, ...parameters } = agreed;
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "PLP: the archive of the trail, of which every account may read its own files",
    Parameters: {
      ...parameters,
      KeyPrefix: text(
        "The trail's S3 key prefix with a slash behind it; empty: none",
        "([^/*?$]+/)*",
        "ends with a slash, or nothing",
        "",
      ),
      Create: switched("Make bucket and key; otherwise only replace the policy of the bucket", "false"),
    },
    Conditions: { Makes: { "Fn::Equals": [ref("Create"), "true"] } },
    Resources: {
      Key: key,
      Bucket: archiveBucket,
      BucketPolicy: bucketPolicy,
    },
  };
}
