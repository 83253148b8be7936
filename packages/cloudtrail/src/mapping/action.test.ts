import { findAction } from "@plp/iam-policy";
import { describe, expect, test } from "vitest";
import { mapRecord } from "./action.ts";
import { parseRecord } from "./record.ts";
import { calls, needNothing } from "./tables/calls.ts";
import { s3Calls, s3Extras, s3Versioned } from "./tables/s3.ts";
import { servicePrefixes } from "./tables/services.ts";

function actionsOf(
  eventSource: string,
  eventName: string,
  requestParameters: unknown = null,
): string[] | string {
  const record = parseRecord({ eventSource: `${eventSource}.amazonaws.com`, eventName, requestParameters });
  if (record === null) {
    throw new Error("the test's record is no object");
  }
  const mapping = mapRecord(record);
  return mapping.kind === "actions" ? mapping.actions.map(({ action }) => action) : mapping.kind;
}

describe("event to action", () => {
  test.each([
    ["monitoring", "DescribeAlarms", "cloudwatch:DescribeAlarms"],
    ["tagging", "GetResources", "tag:GetResources"],
    ["email", "SendEmail", "ses:SendEmail"],
    ["tts", "SynthesizeSpeech", "polly:SynthesizeSpeech"],
    ["amazonmq", "CreateBroker", "mq:CreateBroker"],
    ["rdsdata", "ExecuteStatement", "rds-data:ExecuteStatement"],
    ["streams.dynamodb", "GetRecords", "dynamodb:GetRecords"],
    ["elasticloadbalancing", "CreateRule", "elasticloadbalancing:CreateRule"],
    ["cloudcontrolapi", "CreateResource", "cloudformation:CreateResource"],
    ["servicecatalog-appregistry", "ListApplications", "servicecatalog:ListApplications"],
    [" kinesisvideo", "DeleteStream", "kinesisvideo:DeleteStream"],
  ])("%s %s is checked as %s", (source, name, action) => {
    expect(actionsOf(source, name)).toEqual([action]);
  });

  test.each([
    ["lambda", "Invoke20150331", "lambda:InvokeFunction"],
    ["lambda", "GetFunction20150331v2", "lambda:GetFunction"],
    ["cloudfront", "CreateDistribution2015_07_27", "cloudfront:CreateDistribution"],
    ["cloudfront", "UpdateDistribution2016_11_25", "cloudfront:UpdateDistribution"],
  ])("the version in %s %s is no part of the action", (source, name, action) => {
    expect(actionsOf(source, name)).toEqual([action]);
  });

  test("the spelling is that of AWS's list", () => {
    expect(actionsOf("s3", "PutBucketCors")).toEqual(["s3:PutBucketCORS"]);
    expect(actionsOf("memorydb", "CreateACL")).toEqual([findAction("memorydb:createacl")?.action]);
  });

  test("an object version is another action", () => {
    expect(actionsOf("s3", "GetObject", { versionId: "v1" })).toEqual(["s3:GetObjectVersion"]);
    expect(actionsOf("s3", "HeadObject", { versionId: "v1" })).toEqual(["s3:GetObjectVersion"]);
    expect(actionsOf("s3", "DeleteObject")).toEqual(["s3:DeleteObject"]);
  });

  test("what a request asks for counts, also where the same call was seen without it", () => {
    const asked: readonly (readonly [string, string, object, string])[] = [
      ["s3", "PutObject", { "x-amz-tagging": "a=b" }, "s3:PutObjectTagging"],
      ["s3", "GetObjectAttributes", { versionId: "v1" }, "s3:GetObjectVersionAttributes"],
      ["iam", "CreateRole", { tags: [{ key: "a", value: "b" }] }, "iam:TagRole"],
      ["rds", "CreateDBInstance", { tags: [{ key: "a", value: "b" }] }, "rds:AddTagsToResource"],
      ["ec2", "RunInstances", { tagSpecificationSet: { items: [{}] } }, "ec2:CreateTags"],
      ["dynamodb", "ExecuteStatement", { statement: "DELETE FROM t" }, "dynamodb:PartiQLDelete"],
    ];
    for (const [source, name, request, action] of asked) {
      for (const parameters of [null, { other: "x" }]) {
        expect(actionsOf(source, name, parameters)).not.toContain(action);
      }
      expect(actionsOf(source, name, request)).toContain(action);
    }
  });

  test("some calls need several actions", () => {
    expect(actionsOf("s3", "CopyObject")).toEqual(["s3:PutObject", "s3:GetObject"]);
    expect(actionsOf("kms", "ReEncrypt")).toEqual(["kms:ReEncryptFrom", "kms:ReEncryptTo"]);
    expect(actionsOf("s3", "PutObject", { "x-amz-acl": "public-read", "x-amz-tagging": "a=b" })).toEqual([
      "s3:PutObject",
      "s3:PutObjectAcl",
      "s3:PutObjectTagging",
    ]);
    expect(
      actionsOf("ec2", "CreateVpc", { tagSpecificationSet: { items: [{ resourceType: "vpc" }] } }),
    ).toEqual(["ec2:CreateVpc", "ec2:CreateTags"]);
    expect(actionsOf("iam", "CreateRole", { roleName: "x", tags: [{ key: "a", value: "b" }] })).toEqual([
      "iam:CreateRole",
      "iam:TagRole",
    ]);
    expect(
      actionsOf("dynamodb", "TransactWriteItems", { transactItems: [{ put: {} }, { delete: {} }] }),
    ).toEqual(["dynamodb:PutItem", "dynamodb:DeleteItem"]);
  });

  test.each([
    ["CreateRestApi", "POST"],
    ["UpdateMethod", "PATCH"],
    ["PutIntegration", "PUT"],
    ["DeleteStage", "DELETE"],
    ["FlushStageCache", "DELETE"],
    ["GetResources", "GET"],
    ["ReimportApi", "PUT"],
  ])("API Gateway checks %s as %s", (name, verb) => {
    expect(actionsOf("apigateway", name)).toEqual([`apigateway:${verb}`]);
  });

  test("Application Auto Scaling hides behind autoscaling", () => {
    expect(actionsOf("autoscaling", "PutScalingPolicy", { serviceNamespace: "ecs" })).toEqual([
      "application-autoscaling:PutScalingPolicy",
    ]);
    expect(actionsOf("autoscaling", "PutScalingPolicy", { autoScalingGroupName: "a" })).toEqual([
      "autoscaling:PutScalingPolicy",
    ]);
  });

  test("some calls need no permission", () => {
    expect(actionsOf("sts", "GetCallerIdentity")).toBe("nothing");
    expect(actionsOf("signin", "ConsoleLogin")).toBe("nothing");
    const service = parseRecord({
      eventSource: "kms.amazonaws.com",
      eventName: "RotateKey",
      eventType: "AwsServiceEvent",
    });
    expect(service && mapRecord(service).kind).toBe("nothing");
  });

  test("what nobody knows is unmapped, not guessed", () => {
    expect(actionsOf("iam", "DescribePolicy")).toBe("unmapped");
    expect(actionsOf("nosuch", "GetThing")).toBe("unmapped");
    expect(actionsOf("dynamodb", "ExecuteStatement", { statement: "***" })).toBe("unmapped");
    expect(actionsOf("constructor", "toString")).toBe("unmapped");
    expect(actionsOf("s3", "__proto__")).toBe("unmapped");
  });

  test("the tables name only actions and services of AWS's list", () => {
    const tables = [s3Calls, ...Object.values(calls), ...Object.values(s3Extras)];
    const named = tables.flatMap((table) => Object.values(table).flat());
    for (const action of [...named, ...Object.keys(s3Versioned), ...Object.values(s3Versioned)]) {
      expect(findAction(action)?.action, action).toBe(action);
    }
    for (const call of Object.keys(needNothing)) {
      expect(call).toMatch(/^[a-z0-9]+:[A-Z]\w+$/);
    }
    for (const prefixes of Object.values(servicePrefixes)) {
      expect(prefixes.length).toBeGreaterThan(0);
    }
  });
});
