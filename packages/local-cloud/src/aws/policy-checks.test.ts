import {
  AccessAnalyzerClient,
  CheckAccessNotGrantedCommand,
  CheckNoNewAccessCommand,
  InvalidParameterException,
  paginateValidatePolicy,
  ValidatePolicyCommand,
  ValidationException,
} from "@aws-sdk/client-accessanalyzer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "./http.ts";
import { placesIn } from "./json-places.ts";
import { policyChecks } from "./policy-checks.ts";

let server: RunningServer;
let client: AccessAnalyzerClient;
beforeAll(async () => {
  server = await serve(policyChecks, 0);
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" };
  client = new AccessAnalyzerClient({
    endpoint: server.url,
    region: "eu-central-1",
    credentials,
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

const policyType = "IDENTITY_POLICY" as const;
const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement }, null, 2);
const allow = (Action: string | string[], Resource = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const validate = async (policyDocument: string) =>
  (await client.send(new ValidatePolicyCommand({ policyDocument, policyType }))).findings ?? [];

describe("ValidatePolicy", () => {
  it("finds nothing in a policy as PLP writes it", async () => {
    expect(
      await validate(document(allow(["sqs:TagQueue"], "arn:aws:sqs:eu-central-1:1:x", { Sid: "PlpSqsX" }))),
    ).toEqual([]);
  });

  it("names what is wrong by AWS's codes, where it stands, and the page that explains it", async () => {
    const text = document(
      allow(["sqs:TagQueue", "sqs:NoSuchCall"], "*", { Sid: "A" }),
      allow("iam:PassRole", "*", { Sid: "A" }),
    );
    const findings = await validate(text);
    expect(findings.map(({ findingType, issueCode }) => [findingType, issueCode])).toEqual([
      ["ERROR", "INVALID_ACTION"],
      ["ERROR", "UNIQUE_SIDS_REQUIRED"],
      ["SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE"],
    ]);
    const span = findings[0]?.locations?.[0]?.span;
    expect(text.slice(span?.start?.offset, span?.end?.offset)).toBe('"sqs:NoSuchCall"');
    expect(text.split("\n")[(span?.start?.line ?? 0) - 1]?.slice(span?.start?.column)).toMatch(
      /^"sqs:NoSuchCall"/,
    );
    expect(findings[0]?.locations?.[0]?.path).toEqual([
      { value: "Statement" },
      { index: 0 },
      { value: "Action" },
      { index: 1 },
    ]);
    expect(findings[2]?.learnMoreLink).toMatch(
      /#access-analyzer-reference-policy-checks-security-warning-pass-role-with-star-in-resource$/,
    );
  });

  it.each([
    ["no JSON", "{", "JSON_SYNTAX_ERROR"],
    ["no policy", "[]", "INVALID_POLICY_SYNTAX"],
    [
      "a policy that is too large",
      document(
        allow(
          Array.from({ length: 200 }, () => "sqs:ChangeMessageVisibility"),
          "x".repeat(800),
        ),
      ),
      "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
    ],
    ["a policy without a version", JSON.stringify({ Statement: allow("sqs:TagQueue") }), "MISSING_VERSION"],
    ["an empty Sid", document(allow("sqs:TagQueue", "*", { Sid: "" })), "EMPTY_SID_VALUE"],
  ])("finds %s", async (_, text, code) => {
    expect((await validate(text)).map(({ issueCode }) => issueCode)).toEqual([code]);
  });

  it("comes in pages, and refuses a request that is none", async () => {
    const policyDocument = document(...Array.from({ length: 5 }, () => allow("sqs:NoSuchCall")));
    const sizes: number[] = [];
    for await (const page of paginateValidatePolicy({ client, pageSize: 2 }, { policyDocument, policyType }))
      sizes.push(page.findings?.length ?? 0);
    expect(sizes).toEqual([2, 2, 1]);
    const wrong = new ValidatePolicyCommand({ policyDocument: "", policyType });
    await expect(client.send(wrong)).rejects.toBeInstanceOf(ValidationException);
  });
});

describe("CheckNoNewAccess", () => {
  const check = (existingPolicyDocument: string, newPolicyDocument: string) =>
    client.send(new CheckNoNewAccessCommand({ existingPolicyDocument, newPolicyDocument, policyType }));

  it("passes a policy that allows less, however it is written", async () => {
    const old = document(allow("sqs:*", "arn:aws:sqs:*:*:a*"));
    expect(await check(old, document(allow(["sqs:TagQueue"], "arn:aws:sqs:*:*:ab")))).toMatchObject({
      result: "PASS",
    });
    expect(await check(old, old)).toMatchObject({ result: "PASS" });
  });

  it("fails one that allows more, and names the statements that do", async () => {
    const old = document(allow("sqs:*"));
    const next = document(allow("sqs:TagQueue"), allow("sns:Publish", "*", { Sid: "New" }));
    expect(await check(old, next)).toMatchObject({
      result: "FAIL",
      reasons: [
        { statementIndex: 1, statementId: "New", description: "New access in the statement with sid: New." },
      ],
    });
  });

  it("refuses what is no policy", async () => {
    await expect(check("[]", document())).rejects.toBeInstanceOf(InvalidParameterException);
  });
});

describe("CheckAccessNotGranted", () => {
  const check = (policyDocument: string, actions: string[], resources?: string[]) =>
    client.send(
      new CheckAccessNotGrantedCommand({
        policyDocument,
        access: [{ actions, ...(resources ? { resources } : {}) }],
        policyType,
      }),
    );

  it("fails a policy that grants some of it, patterns on either side", async () => {
    const policy = document(allow("sqs:TagQueue"), allow("iam:Create*", "arn:aws:iam::*:user/*"));
    expect(await check(policy, ["iam:CreateUser"])).toMatchObject({
      result: "FAIL",
      reasons: [{ statementIndex: 1 }],
    });
    expect(await check(policy, ["iam:*User"])).toMatchObject({ result: "FAIL" });
    expect(await check(policy, ["kms:*"])).toMatchObject({ result: "PASS" });
    expect(await check(policy, ["iam:CreateUser"], ["arn:aws:iam::1:role/x"])).toMatchObject({
      result: "PASS",
    });
  });

  it("passes what a Deny surely refuses", async () => {
    const deny = { ...allow("iam:*"), Effect: "Deny" };
    expect(await check(document(allow("*"), deny), ["iam:CreateUser"])).toMatchObject({ result: "PASS" });
  });

  it("takes a hundred actions at the most", async () => {
    const many = Array.from({ length: 101 }, (_, i) => `iam:A${i}`);
    await expect(check(document(), many)).rejects.toBeInstanceOf(ValidationException);
  });
});

describe("The places in a JSON document", () => {
  it("are those of the values, whatever the text around them", () => {
    const text = '{"a" : [1, {"b":"x\\"]"}], "c":{}}';
    const at = (...path: (string | number)[]) => {
      const { start, end } = placesIn(text)(path);
      return text.slice(start.offset, end.offset);
    };
    expect([at("a", 0), at("a", 1), at("a", 1, "b"), at("c"), at()]).toEqual([
      "1",
      '{"b":"x\\"]"}',
      '"x\\"]"',
      "{}",
      text,
    ]);
  });
});
