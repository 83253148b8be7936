import { actionsOf } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { generatedPolicy } from "./generated-policy.ts";

const withPlaceholders = { resourcePlaceholders: true, serviceLevelTemplate: false };
const statementsOf = (policies: readonly string[]) =>
  policies.flatMap(
    (policy) =>
      JSON.parse(policy).Statement as { Sid: string; Action: string | string[]; Resource: string }[],
  );

describe("a generated policy", () => {
  it("repeats an action under every resource that it needs, with a string where there is one", () => {
    const { policies } = generatedPolicy(["ec2:RunInstances"], "aws-cn", withPlaceholders);
    const statements = statementsOf(policies);
    expect(statements.map(({ Sid }) => Sid)).toEqual(statements.map((_, at) => `SupportedServiceSid${at}`));
    expect(statements.every(({ Action }) => Action === "ec2:RunInstances")).toBe(true);
    expect(statements.map(({ Resource }) => Resource)).toContain(
      "arn:aws-cn:ec2:${Region}::image/${ImageId}",
    );
  });

  it("is split into policies that each fit, with nothing lost", () => {
    const used = ["ec2", "iam", "s3"].flatMap((service) => actionsOf(service).map(({ action }) => action));
    for (const resourcePlaceholders of [true, false]) {
      const { policies } = generatedPolicy(used, "aws", { ...withPlaceholders, resourcePlaceholders });
      expect(policies.length).toBeGreaterThan(1);
      for (const policy of policies) expect(policy.length).toBeLessThanOrEqual(6144);
      const actions = new Set(statementsOf(policies).flatMap(({ Action }) => Action));
      expect([...actions].sort()).toEqual([...used].sort());
    }
  });

  it("is none at all without activity, and incomplete where a service has no action detail", () => {
    expect(generatedPolicy([], "aws", withPlaceholders)).toEqual({ policies: [], isComplete: true });
    expect(generatedPolicy(["route53:GetChange"], "aws", withPlaceholders)).toEqual({
      policies: [],
      isComplete: false,
    });
  });
});
