import { describe, expect, test } from "vitest";
import { parseRecord } from "./record.ts";
import { callBy } from "./testing.ts";
import { callerOf } from "./who.ts";

function caller(raw: unknown) {
  const record = parseRecord(raw);
  return record && callerOf(record);
}

describe("who called", () => {
  test("a role is the session's issuer, with its path, its unique id and the session's name", () => {
    expect(caller(callBy())).toEqual({
      roleArn: "arn:aws:iam::111122223333:role/ci/shop-prod",
      roleId: "AROAEXAMPLEEXAMPLE000",
      accountId: "111122223333",
      partition: "aws",
      sessionName: "pipeline-7",
    });
  });

  test("a service-linked role is left out", () => {
    expect(caller(callBy({}, "aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"))).toBeNull();
  });

  test.each([
    ["a user", { type: "IAMUser", userName: "alice" }],
    [
      "a role whose issuer is not told",
      { type: "AssumedRole", arn: "arn:aws:sts::111122223333:assumed-role/x/y" },
    ],
    [
      "an issuer that is no role",
      {
        type: "AssumedRole",
        sessionContext: { sessionIssuer: { type: "Role", arn: "arn:aws:iam::444455556666:user/Alice" } },
      },
    ],
    ["nothing", null],
  ])("%s is no role", (_, userIdentity) => {
    expect(caller(callBy({ userIdentity }))).toBeNull();
  });
});
