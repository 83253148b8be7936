import { describe, expect, it } from "vitest";
import { fitPolicy } from "./fit.ts";
import { readGenerated } from "./generated.ts";
import { mergePolicy } from "./merge.ts";
import { emptyPolicy } from "./parse.ts";

const environment = { accountId: "111122223333", region: "eu-central-1", partition: "aws" };
const answer = (statements: readonly object[], status = "SUCCEEDED") => ({
  jobDetails: { jobId: "j", status },
  generatedPolicyResult: {
    properties: { isComplete: false, principalArn: "arn:aws:iam::111122223333:role/r" },
    generatedPolicies: [{ policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }) }],
  },
});
const statement = (action: unknown, resource: unknown) => ({
  Effect: "Allow",
  Action: action,
  Resource: resource,
});
const kinds = (questions: readonly { kind: string }[]) => questions.map(({ kind }) => kind);

describe("reading a generated policy", () => {
  it("fills the placeholders of the environment, exactly", () => {
    const arn = "arn:aws:sqs:${Region}:${Account}:orders";
    const { additions, questions, isComplete } = readGenerated(
      answer([statement("sqs:SendMessage", arn)]),
      environment,
      "a",
    );
    expect(additions).toMatchObject([
      {
        action: "sqs:SendMessage",
        resource: "arn:aws:sqs:eu-central-1:111122223333:orders",
        widened: false,
        basis: "seen",
      },
    ]);
    expect(questions).toEqual([]);
    expect(isComplete).toBe(false);
  });

  it("widens every other placeholder in its place, with a mark and a question", () => {
    const arn = "arn:aws:ec2:${Region}:${Account}:network-interface/${NetworkInterfaceId}";
    const { additions, questions } = readGenerated(
      answer([statement("ec2:RunInstances", arn)]),
      environment,
      "a",
    );
    expect(additions[0]).toMatchObject({
      resource: "arn:aws:ec2:eu-central-1:111122223333:network-interface/*",
      widened: true,
    });
    expect(questions[0]?.kind).toBe("placeholder");
    expect(questions[0]?.detail).toContain("NetworkInterfaceId");
  });

  it("widens account and Region too where there is no environment", () => {
    const { additions } = readGenerated(
      answer([statement("sqs:SendMessage", "arn:aws:sqs:${Region}:${Account}:q")]),
      null,
      "a",
    );
    expect(additions[0]).toMatchObject({ resource: "arn:aws:sqs:*:*:q", widened: true });
  });

  it("fills each Region of a role that works in several, marked", () => {
    const regions = { ...environment, regions: ["eu-central-1", "us-east-1"] };
    const { additions } = readGenerated(
      answer([statement("sqs:SendMessage", "arn:aws:sqs:${Region}:1:q")]),
      regions,
      "a",
    );
    expect(additions.map(({ resource, widened }) => [resource, widened])).toEqual([
      ["arn:aws:sqs:eu-central-1:1:q", true],
      ["arn:aws:sqs:us-east-1:1:q", true],
    ]);
  });

  it("keeps one action under several resource types apart", () => {
    const types = ["instance", "network-interface", "security-group", "subnet", "volume", "image"];
    const statements = types.map((type) =>
      statement("ec2:RunInstances", `arn:aws:ec2:\${Region}:\${Account}:${type}/x`),
    );
    const { additions } = readGenerated(answer(statements), environment, "a");
    const { policy, added, proof } = mergePolicy({ old: emptyPolicy, additions });
    const resources = types.map((type) => `arn:aws:ec2:eu-central-1:111122223333:${type}/x`).sort();
    expect([added.map(({ resource }) => resource), proof.wider]).toEqual([resources, false]);
    expect(policy.statements.map((one) => [one.actions, one.resources])).toEqual(
      expect.arrayContaining(resources.map((resource) => [["ec2:RunInstances"], [resource]])),
    );
    const { policy: fitted } = fitPolicy(policy);
    expect(fitted.statements).toHaveLength(6);
  });

  it("leaves an escaped star what it is", () => {
    const { additions, questions } = readGenerated(
      answer([statement("s3:GetObject", "arn:aws:s3:::b/a${*}")]),
      environment,
    );
    expect([additions[0]?.resource, additions[0]?.widened, questions]).toEqual([
      ...["arn:aws:s3:::b/a${*}", false, []],
    ]);
  });

  it("asks about a whole service and about unknown actions, and adds neither", () => {
    const { additions, questions } = readGenerated(
      answer([statement(["sns:*", "s3:Nope", "iam", "*"], "*")]),
      environment,
      "a",
    );
    expect(additions).toEqual([]);
    expect(kinds(questions)).toEqual(["service-level", "unmapped", "service-level", "service-level"]);
  });

  it("takes over no statement that is more than a list of actions", () => {
    const deny = { Effect: "Deny", Action: "s3:*", Resource: "*" };
    const not = { Sid: "N", Effect: "Allow", NotAction: "s3:*", Resource: "*" };
    const { additions, questions } = readGenerated(answer([deny, not]), environment, "a");
    expect(additions).toEqual([]);
    expect(kinds(questions)).toEqual(["unprovable", "unprovable"]);
  });

  it("takes over nothing with a placeholder that does not end", () => {
    const { additions, questions } = readGenerated(
      answer([statement("s3:ListBucket", "arn:aws:s3:::${B")]),
      environment,
      "a",
    );
    expect([additions.length, kinds(questions)]).toEqual([0, ["placeholder"]]);
  });

  it("reads an answer without policies as no use, and a plain document or a list of documents too", () => {
    expect(readGenerated({ generatedPolicyResult: {} }, null, "a").additions).toEqual([]);
    const document = { Version: "2012-10-17", Statement: [statement("s3:ListBucket", "*")] };
    expect(readGenerated(document, null, "a").additions).toHaveLength(1);
    expect(readGenerated([JSON.stringify(document)], null).additions).toHaveLength(1);
  });

  it.each([
    [answer([], "FAILED"), /status is "FAILED"/],
    [{ jobDetails: { status: "IN_PROGRESS" } }, /no generatedPolicyResult/],
    [{ generatedPolicyResult: { generatedPolicies: {} } }, /generatedPolicies is no list/],
    [
      { generatedPolicyResult: { generatedPolicies: [{ policy: 1 }] } },
      /generated policy 0: policy is no string/,
    ],
    [{ generatedPolicyResult: { generatedPolicies: [{ policy: "{" }] } }, /generated policy 0: not JSON/],
    [null, /this is null/],
  ])("refuses %j", (input, message) => {
    expect(() => readGenerated(input, environment, "answer.json")).toThrow(message);
  });
});
