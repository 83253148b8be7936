import { permanent } from "@plp/runtime";
import { describe, expect, it } from "vitest";
import { awsFault } from "./aws-faults.ts";

const sdkError = (name: string, status: number | undefined, more: object = {}) =>
  Object.assign(new Error("said AWS"), { name, $metadata: { httpStatusCode: status }, ...more });

describe("faults of AWS", () => {
  it.each([
    ["ThrottlingException", 429],
    ["ThrottlingException", 400],
    ["Throttling", 400],
    ["TooManyRequestsException", 429],
    ["InternalServerException", 500],
    ["ServiceUnavailable", 503],
    ["ServiceQuotaExceededException", 402],
    ["ConflictException", 409],
    ["ExpiredTokenException", 403],
    ["TimeoutError", undefined],
  ])("%s (%s) is transient", (name, status) => {
    expect(awsFault(sdkError(name, status), "cannot look").retryable).toBe(true);
  });

  it.each([
    ["ValidationException", 400],
    ["AccessDeniedException", 403],
    ["AccessDenied", 403],
    ["NoSuchEntityException", 404],
    ["ResourceNotFoundException", 400],
  ])("%s (%s) is permanent", (name, status) => {
    const fault = awsFault(sdkError(name, status), "cannot look");
    expect([fault.retryable, fault.code, fault.message]).toEqual([
      false,
      `aws-${name}`,
      `cannot look: ${name}: said AWS`,
    ]);
  });

  it("keeps how long AWS asks to wait, from the error or its header", () => {
    expect(
      awsFault(sdkError("ThrottlingException", 429, { retryAfterSeconds: 7 }), "x").retryAfterSeconds,
    ).toBe(7);
    const headers = { "retry-after": "9" };
    expect(awsFault(sdkError("SlowDown", 503, { $response: { headers } }), "x").retryAfterSeconds).toBe(9);
  });

  it("takes a refused connection for transient", () => {
    const error = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
    expect(awsFault(error, "cannot look")).toMatchObject({ retryable: true });
  });

  it("lets a fault of ours pass, and takes anything that can be thrown", () => {
    const own = permanent("own", "mine");
    expect(awsFault(own, "x")).toBe(own);
    for (const thrown of [null, undefined, "text", 7, {}])
      expect(awsFault(thrown, "x").retryable).toBe(false);
  });

  it("shows no signed header, security token or key", () => {
    const canonical =
      "The Canonical String should have been 'GET\n/\nx-amz-security-token:IQoJb3JpZ2luX2VjSECRET\nhost:sts'";
    const mismatch = Object.assign(sdkError("SignatureDoesNotMatch", 403), { message: canonical });
    const denied = Object.assign(sdkError("AccessDenied", 403), {
      message: `denied x-amz-security-token: IQoJb3JpZ2luX2VjSECRET for ASIAABCDEFGHIJKLMNOP, ${"Q".repeat(400)} AWS4-HMAC-SHA256 Credential=SECRET`,
      $response: { headers: { authorization: "SECRET" } },
    });
    for (const error of [mismatch, denied]) {
      const fault = awsFault(error, "cannot look");
      expect(JSON.stringify([fault.message, fault.cause, { ...fault }])).not.toMatch(/SECRET|ASIAABC|QQQQ/);
    }
  });
});
