import { findAction } from "@plp/iam-policy";
import { describe, expect, test } from "vitest";
import { createUsage } from "./counting/usage.ts";
import { lives } from "./mapping/tables/terraform.ts";
import { suggestionsOf } from "./suggestions.ts";
import { callBy } from "./testing.ts";

function suggestedFor(...calls: readonly object[]) {
  const usage = createUsage();
  usage.add(calls.map((fields, index) => callBy({ eventID: `id-${index}`, ...fields })));
  const [role] = usage.roles();
  return role === undefined ? [] : suggestionsOf(role);
}

const createQueue = {
  eventSource: "sqs.amazonaws.com",
  eventName: "CreateQueue",
  requestParameters: { queueName: "jobs" },
};
const queue = "arn:aws:sqs:eu-central-1:111122223333:jobs";

describe("what Terraform will need later", () => {
  test("names only actions of AWS's list", () => {
    for (const [made, { reads, updates, deletes }] of Object.entries(lives)) {
      for (const action of [made, ...reads, ...updates, ...deletes])
        expect(findAction(action)?.action).toBe(action);
    }
  });

  test("is what reads, changes and deletes the thing that was made, and nothing else", () => {
    const suggested = suggestedFor(createQueue);
    expect(suggested.map(({ action }) => action)).toEqual([
      "sqs:DeleteQueue",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ListQueueTags",
      "sqs:SetQueueAttributes",
      "sqs:TagQueue",
      "sqs:UntagQueue",
    ]);
    expect(new Set(suggested.map(({ resource }) => resource))).toEqual(new Set([queue]));
    expect(suggested[0]).toMatchObject({ for: "delete", why: expect.stringContaining("aws_sqs_queue") });
  });

  test("is not what the role used already", () => {
    const read = {
      ...createQueue,
      eventName: "GetQueueAttributes",
      requestParameters: { queueUrl: "https://sqs.eu-central-1.amazonaws.com/111122223333/jobs" },
    };
    expect(suggestedFor(createQueue, read).map(({ action }) => action)).not.toContain(
      "sqs:GetQueueAttributes",
    );
  });

  test("is about what was made, not about what it was made in", () => {
    const group = { groupName: "web", groupDescription: "x", vpcId: "vpc-1" };
    const call = {
      eventSource: "ec2.amazonaws.com",
      eventName: "CreateSecurityGroup",
      requestParameters: group,
    };
    const [deleted] = suggestedFor(call).filter(({ action }) => action === "ec2:DeleteSecurityGroup");
    expect(deleted?.resource).toBe("arn:aws:ec2:eu-central-1:111122223333:security-group/*");
    expect(suggestedFor(call).some(({ resource }) => resource?.includes("vpc-1"))).toBe(false);
  });

  test("follows from no call that was refused", () => {
    expect(suggestedFor({ ...createQueue, errorCode: "AccessDenied" })).toEqual([]);
  });

  test("is told without a resource where the log does not tell what was made", () => {
    const key = { eventSource: "kms.amazonaws.com", eventName: "CreateKey", requestParameters: {} };
    expect(suggestedFor(key).find(({ action }) => action === "kms:ScheduleKeyDeletion")?.resource).toBeNull();
  });
});
