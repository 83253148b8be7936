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
          why: "S3 checks ListObjectsV2 as this; bucket: named by the request",
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

  test("a resource that is not told is no resource", () => {
    expect(explainRecord(callBy({ requestParameters: null })).actions).toMatchObject([{ resources: [] }]);
  });
});
