import { describe, expect, it } from "vitest";
import { carryOver } from "./carry.ts";
import { findAction } from "./service-reference.ts";
import { policyOf } from "./testing.ts";
import { dataEventTypes, mayConcern, unobservable, unobservableActions } from "./unobservable.ts";

const allow = (
  Action: string | readonly string[],
  Resource: string | readonly string[] = "*",
  more: object = {},
) => ({
  Effect: "Allow",
  ...{ Action, Resource, ...more },
});
const role = "arn:aws:iam::111122223333:role/worker";
const none = policyOf();

function carry(from: readonly object[], more: Partial<Parameters<typeof carryOver>[0]> = {}) {
  const input = { from: policyOf(...from), to: none, dataEvents: [], neverUsed: new Set<string>(), ...more };
  const { carried, questions } = carryOver(input);
  return { carried, questions, lines: carried.map(({ action, resource }) => `${action} ${resource}`) };
}

describe("What nobody can observe", () => {
  it("is passing a role, data events that no trail selects, and what leaves no record; each with AWS's page", () => {
    expect(unobservable("IAM:passrole", [])).toMatchObject({ why: "pass-role" });
    expect(unobservable("s3:GetObject", [])).toMatchObject({ why: "data-event" });
    expect(unobservable("s3:GetObject", ["AWS::S3::Object"])).toBeNull();
    expect(unobservable("dynamodb:GetItem", ["AWS::S3::Object"])).toMatchObject({ why: "data-event" });
    expect(unobservable("rds-db:connect", dataEventTypes)).toMatchObject({ why: "no-record" });
    expect(unobservable("s3:CreateBucket", [])).toBeNull();
    for (const action of unobservableActions([]))
      expect(URL.parse(unobservable(action, [])?.source ?? "")?.hostname).toBe("docs.aws.amazon.com");
  });

  it("is a list of AWS's own actions, shorter by what a trail selects", () => {
    const all = unobservableActions([]);
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter((action) => findAction(action)?.action !== action)).toEqual([]);
    const left = unobservableActions(dataEventTypes);
    expect(left).toContain("iam:PassRole");
    expect(left).not.toContain("sqs:SendMessage");
    expect(left.length).toBeLessThan(all.length / 2);
  });

  it("concerns only resources of its kind", () => {
    expect(mayConcern("s3:GetObject", "arn:aws:s3:::shop/*")).toBe(true);
    expect(mayConcern("s3:GetObject", "*")).toBe(true);
    expect(mayConcern("s3:GetObject", "arn:aws:sqs:eu-central-1:111122223333:orders")).toBe(false);
    expect(mayConcern("cloudwatch:PutMetricData", "*")).toBe(true);
    expect(mayConcern("cloudwatch:PutMetricData", "arn:aws:s3:::shop")).toBe(false);
  });
});

describe("What comes along from a policy that goes", () => {
  it("is what nobody can observe, on the resources and under the conditions on which it stood", () => {
    const only = { Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } } };
    const { carried, lines } = carry([
      allow(["iam:PassRole", "iam:GetRole"], role, only),
      allow("sqs:*", ["arn:aws:sqs:*:*:shop-*", "arn:aws:s3:::shop"]),
    ]);
    expect(lines).toEqual([
      `iam:PassRole ${role}`,
      ...["ChangeMessageVisibility", "DeleteMessage", "ReceiveMessage", "SendMessage"].map(
        (name) => `sqs:${name} arn:aws:sqs:*:*:shop-*`,
      ),
    ]);
    expect(carried[0]).toMatchObject({
      ...{ why: "pass-role", stands: false, source: expect.stringContaining("docs.aws.amazon.com") },
      condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
    });
  });

  it("is not what the trail records after all, nor of a service that IAM never saw used; passing roles is", () => {
    const everything = [allow("*")];
    expect(carry(everything).lines).toHaveLength(unobservableActions([]).length);
    const { lines } = carry(everything, {
      dataEvents: dataEventTypes,
      neverUsed: new Set(["execute-api", "iam", "es"]),
    });
    expect(lines).toContain("iam:PassRole *");
    expect(lines.filter((line) => /^(execute-api|es|sqs):/.test(line))).toEqual([]);
    expect(lines.some((line) => line.startsWith("rds-db:"))).toBe(true);
  });

  it("says what stands in the other policy already, and leaves out what was denied anyway", () => {
    const from = [allow(["s3:GetObject", "s3:PutObject"]), { ...allow("s3:Put*"), Effect: "Deny" }];
    const to = policyOf(allow("s3:Get*"));
    expect(carry(from, { to }).carried).toMatchObject([{ action: "s3:GetObject", stands: true }]);
  });

  it.each([
    ["a NotResource", { Effect: "Allow", Action: "s3:GetObject", NotResource: "arn:aws:s3:::secret/*" }],
    ["a variable", allow("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/team}/*")],
    ["what it does not understand", allow("s3:GetObject", "*", { Principal: "*" })],
    ["a Deny over a part", allow("s3:GetObject")],
  ])("asks about %s", (name, statement) => {
    const deny = { ...allow("s3:*", "arn:aws:s3:::secret/*"), Effect: "Deny", Sid: "NoSecrets" };
    const { questions } = carry(name.startsWith("a Deny") ? [statement, deny] : [statement]);
    expect(questions).toMatchObject([
      { kind: "unprovable", detail: expect.stringContaining("copy what is needed") },
    ]);
    if (name.startsWith("a Deny")) expect(questions[0]?.detail).toContain('"NoSecrets"');
  });

  it("is nothing where there is nothing of the kind", () => {
    expect(carry([allow("sqs:CreateQueue")])).toMatchObject({ carried: [], questions: [] });
  });
});
