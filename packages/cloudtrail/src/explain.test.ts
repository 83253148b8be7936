import { describe, expect, test } from "vitest";
import { explainRecord } from "./explain.ts";
import { callBy } from "./testing.ts";

describe("explain", () => {
  test("says why each action and resource was chosen", () => {
    expect(explainRecord(callBy({ eventName: "ListObjectsV2" }))).toEqual({
      eventID: "11111111-1111-4111-8111-111111111111",
      eventSource: "s3.amazonaws.com",
      eventName: "ListObjectsV2",
      roleArn: "arn:aws:iam::111122223333:role/ci/shop-prod",
      outcome: "authorized",
      actions: [
        {
          action: "s3:ListBucket",
          resources: ["arn:aws:s3:::shop"],
          inferred: false,
          condition: null,
          why: "S3 checks ListObjectsV2 as this; bucket: named by the request",
          reasons: [{ resource: "arn:aws:s3:::shop", why: "bucket: named by the request" }],
        },
      ],
      why: null,
    });
  });

  test.each([
    [callBy({ errorCode: "AccessDenied" }), "denied"],
    [callBy({ errorCode: "NoSuchTagSet" }), "authorized"],
    [callBy({ eventType: "AwsServiceEvent" }), "not-a-call"],
    [callBy({ errorCode: "ExpiredToken" }), "not-a-call"],
    [callBy({ eventName: "NoSuchCall" }), "authorized"],
    [7, "not-a-call"],
  ])("outcome %#", (record, outcome) => {
    expect(explainRecord(record).outcome).toBe(outcome);
  });

  test("of a resource that is not told it says what would be asked for", () => {
    const request = { eventSource: "iam.amazonaws.com", eventName: "GetRole" };
    expect(explainRecord(callBy({ ...request, requestParameters: { roleName: "x" } })).actions).toMatchObject(
      [
        {
          resources: [],
          reasons: [
            {
              resource: null,
              patterns: ["arn:aws:iam::111122223333:role/*/x", "arn:aws:iam::111122223333:role/x"],
            },
          ],
        },
      ],
    );
  });

  test("a resource that is not told is no resource", () => {
    expect(explainRecord(callBy({ requestParameters: null })).actions).toMatchObject([
      { resources: [], reasons: [{ resource: null, why: "the record does not tell the resource" }] },
    ]);
  });

  test("each of several resources has its own reason, and an inferred action its condition", () => {
    const role = "arn:aws:iam::111122223333:role/web";
    const { actions } = explainRecord(
      callBy({
        eventSource: "lambda.amazonaws.com",
        eventName: "CreateFunction20150331",
        requestParameters: { functionName: "web", role, layers: ["arn:aws:lambda:eu-central-1:1:layer:x:1"] },
      }),
    );
    expect(actions).toMatchObject([
      { action: "lambda:CreateFunction", inferred: false },
      {
        action: "iam:PassRole",
        resources: [role],
        inferred: true,
        condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
      },
    ]);
    const instances = explainRecord(
      callBy({
        eventSource: "ec2.amazonaws.com",
        eventName: "RunInstances",
        requestParameters: { instancesSet: { items: [{ imageId: "ami-1" }] }, subnetId: "subnet-1" },
      }),
    );
    expect(instances.actions[0]?.reasons).toContainEqual({
      resource: "arn:aws:ec2:eu-central-1:111122223333:instance/*",
      why: "instance: created by this call, so it has no id yet",
    });
    expect(instances.actions[0]?.reasons).toContainEqual({
      resource: "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-1",
      why: "subnet: named by the request",
    });
  });
});
