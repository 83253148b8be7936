import { describe, expect, test } from "vitest";
import { callBy } from "../testing.ts";
import { outcomeOf } from "./outcome.ts";
import { parseRecord } from "./record.ts";

function outcome(fields: Readonly<Record<string, unknown>>) {
  const record = parseRecord(callBy(fields));
  if (record === null) {
    throw new Error("the test's record is no object");
  }
  return outcomeOf(record);
}

describe("outcome", () => {
  test.each([
    "AccessDenied",
    "AccessDeniedException",
    "Client.UnauthorizedOperation",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedException",
    "ForbiddenException",
    "AccessDeniedFault",
    "Client.AuthFailure",
    "VpceAccessDenied",
    "com.amazonaws.kms#AccessDeniedException",
  ])("%s is a denial", (errorCode) => {
    expect(outcome({ errorCode }).kind).toBe("denied");
  });

  test.each([
    "ThrottlingException",
    "NoSuchBucketPolicy",
    "Client.InvalidVpcID.NotFound",
    "Client.DryRunOperation",
    "EntityAlreadyExists",
    "ValidationError",
  ])("%s came after authorization", (errorCode) => {
    expect(outcome({ errorCode, errorMessage: "no" })).toEqual({ kind: "authorized", failed: true });
  });

  test("a call without an error was authorized", () => {
    expect(outcome({})).toEqual({ kind: "authorized", failed: false });
  });

  test.each(["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])(
    "%s says nothing",
    (errorCode) => {
      expect(outcome({ errorCode }).kind).toBe("unauthenticated");
    },
  );

  test.each([
    [{ errorCode: "AccessDenied", errorMessage: "User is not authorized" }],
    [{ error: { code: "AccessDeniedException", message: "no" } }],
    [{ Error: { Code: "AccessDenied" } }],
    [{ error: "AccessDenied" }],
  ])("an error in the response counts: %j", (responseElements) => {
    expect(outcome({ responseElements }).kind).toBe("denied");
  });

  test("an end user's wrong password is no denial by IAM", () => {
    const fields = { eventSource: "cognito-idp.amazonaws.com", errorCode: "NotAuthorizedException" };
    expect(outcome({ ...fields, errorMessage: "Incorrect username or password." }).kind).toBe("authorized");
  });

  test("a message can deny under a code of its own", () => {
    const errorMessage =
      "User: x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x";
    expect(outcome({ errorCode: "ClientException", errorMessage })).toMatchObject({
      kind: "denied",
      namedAction: "iam:PassRole",
    });
  });

  test.each([
    ["because no identity-based policy allows the s3:GetObject action", "identity"],
    ["with an explicit deny in an identity-based policy", "identity"],
    ["with an explicit deny in a service control policy", "scp"],
    ["with an explicit deny in a resource control policy", "scp"],
    ["because no permissions boundary allows the s3:GetObject action", "boundary"],
    ["because no resource-based policy allows the s3:GetObject action", "resource"],
    ["with an explicit deny in a VPC endpoint policy", "resource"],
    ["because no session policy allows the s3:GetObject action", "session"],
    ["", "unknown"],
  ])("%s: refused by %s", (end, by) => {
    const errorMessage = `User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: s3:GetObject on resource: "r" ${end}`;
    expect(outcome({ errorCode: "AccessDenied", errorMessage })).toMatchObject({ kind: "denied", by });
  });
});
