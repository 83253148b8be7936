import { ref, switched, type Template, text } from "./template.ts";

/**
 * An organization trail for those that have none, for the management account (or the delegated administrator of CloudTrail):
 * every Region, global services included, each file with a digest that shows a change.
 */
export function trailTemplate(): Template {
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "PLP: an organization trail, for an organization that has none",
    Parameters: {
      TrailName: text(
        "Name of the trail",
        "[\\w.-]{3,128}",
        "3 to 128 letters, digits, . _ -",
        "organization",
      ),
      TrailBucket: text(
        "The bucket of the archive, made by its stack before",
        "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "the name of a bucket",
      ),
      KeyPrefix: text(
        "S3 key prefix without a slash at its end; empty: none",
        "[^*?$]*[^/*?$]|",
        "no slash at its end",
        "",
      ),
      KeyArn: text(
        "The KMS key of the archive; empty: none of ours",
        "(arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/[\\w-]+)?",
        "the ARN of a KMS key, or nothing",
        "",
      ),
      S3DataEvents: switched(
        "Log reads and writes of S3 objects too: they cost, and PLP sees them then",
        "false",
      ),
    },
    Conditions: {
      HasKey: { "Fn::Not": [{ "Fn::Equals": [ref("KeyArn"), ""] }] },
      HasPrefix: { "Fn::Not": [{ "Fn::Equals": [ref("KeyPrefix"), ""] }] },
      HasDataEvents: { "Fn::Equals": [ref("S3DataEvents"), "true"] },
    },
    Resources: {
      Trail: {
        Type: "AWS::CloudTrail::Trail",
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: {
          TrailName: ref("TrailName"),
          IsLogging: true,
          IsOrganizationTrail: true,
          IsMultiRegionTrail: true,
          IncludeGlobalServiceEvents: true,
          EnableLogFileValidation: true,
          S3BucketName: ref("TrailBucket"),
          S3KeyPrefix: { "Fn::If": ["HasPrefix", ref("KeyPrefix"), ref("AWS::NoValue")] },
          KMSKeyId: { "Fn::If": ["HasKey", ref("KeyArn"), ref("AWS::NoValue")] },
          EventSelectors: {
            "Fn::If": [
              "HasDataEvents",
              [
                {
                  ReadWriteType: "All",
                  IncludeManagementEvents: true,
                  DataResources: [{ Type: "AWS::S3::Object", Values: ["arn:aws:s3"] }],
                },
              ],
              ref("AWS::NoValue"),
            ],
          },
        },
      },
    },
    Outputs: {
      TrailArn: { Description: "For the settings of PLP", Value: { "Fn::GetAtt": ["Trail", "Arn"] } },
    },
  };
}
