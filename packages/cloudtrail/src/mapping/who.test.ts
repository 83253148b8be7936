import { describe, expect, test } from "vitest";
import { callBy } from "../testing.ts";
import { parseRecord } from "./record.ts";
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

  test("a session keeps its role however it was assumed: by web identity, through SSO, from another role", () => {
    const federated = callBy();
    Object.assign(federated.userIdentity.sessionContext, {
      webIdFederationData: {
        federatedProvider: "arn:aws:iam::111122223333:oidc-provider/gitlab.com",
        attributes: {},
      },
    });
    expect(caller(federated)?.roleArn).toBe("arn:aws:iam::111122223333:role/ci/shop-prod");
    const sso = "aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_0123456789abcdef";
    expect(caller(callBy({}, sso))?.roleArn).toBe(`arn:aws:iam::111122223333:role/${sso}`);
    const chained = callBy({
      eventSource: "sts.amazonaws.com",
      eventName: "AssumeRole",
      requestParameters: { roleArn: "arn:aws:iam::444455556666:role/other", roleSessionName: "x" },
    });
    expect(caller(chained)?.roleArn).toBe("arn:aws:iam::111122223333:role/ci/shop-prod");
  });

  test("who assumes a role by web identity is no role yet", () => {
    const identity = {
      type: "WebIdentityUser",
      principalId: "arn:aws:iam::111122223333:oidc-provider/gitlab.com:x",
    };
    expect(caller(callBy({ eventName: "AssumeRoleWithWebIdentity", userIdentity: identity }))).toBeNull();
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
