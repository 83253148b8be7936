import { describe, expect, it } from "vitest";
import { widenedResources } from "./widened.ts";

const place = { partition: "aws", region: "eu-central-1", accountId: "111122223333" };

describe("Resources of which no record tells", () => {
  it("are any of the action's type, in the account and Region of the call", () => {
    expect(widenedResources("sqs:CreateQueue", place)).toEqual(["arn:aws:sqs:eu-central-1:111122223333:*"]);
    expect(widenedResources("dynamodb:PutItem", place)).toContain(
      "arn:aws:dynamodb:eu-central-1:111122223333:table/*",
    );
  });

  it("are narrowed by what is told", () => {
    const told = (_: unknown, name: string) => (name === "QueueName" ? "shop" : null);
    expect(widenedResources("sqs:CreateQueue", place, told)).toEqual([
      "arn:aws:sqs:eu-central-1:111122223333:shop",
    ]);
  });

  it("are `*` for an action without resources, for one that AWS may check without any, and for none of AWS's", () => {
    expect(widenedResources("ec2:DescribeInstances", place)).toEqual(["*"]);
    expect(widenedResources("s3:GetBucketPolicy", place)).toEqual(["*"]);
    expect(widenedResources("sts:GetCallerIdentity", place)).toEqual(["*"]);
    expect(widenedResources("nothing:Here", place)).toEqual(["*"]);
    expect(widenedResources("__proto__:constructor", place)).toEqual(["*"]);
  });

  it("name every account or Region where the call's is not known, and never keep a placeholder", () => {
    const unknown = { partition: "aws-cn", region: null, accountId: null };
    expect(widenedResources("sqs:CreateQueue", unknown)).toEqual(["arn:aws-cn:sqs:*:*:*"]);
    expect(widenedResources("ec2:RunInstances", unknown).join()).not.toContain("${");
  });

  it("take an empty text for nothing", () => {
    expect(widenedResources("sqs:CreateQueue", place, () => "")).toEqual([
      "arn:aws:sqs:eu-central-1:111122223333:*",
    ]);
  });
});
