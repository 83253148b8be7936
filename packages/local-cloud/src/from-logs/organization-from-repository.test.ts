import { describe, expect, it } from "vitest";
import { terraformOutput } from "../terraform-output.ts";
import { organizationFromRepository } from "./organization-from-repository.ts";

const arn = (name: string) => `arn:aws:iam::111122223333:role/ci/${name}`;
const policy = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: [action], Resource: "*" }],
});

const outputs = (environments: Record<string, unknown>) =>
  terraformOutput({ plp: { application: "shop", environments }, region: "eu-central-1" });

const environment = (name: string, more: Record<string, unknown> = {}) => ({
  account_id: "111122223333",
  region: "eu-central-1",
  role_arn: arn(name),
  policy_path: "policies/prod.json",
  initial_policy_path: "policies/initial/prod.json",
  ...more,
});

const make = (files: Record<string, string>) =>
  organizationFromRepository({ files: new Map(Object.entries(files)), seen: [], title: "repository" });

describe("organizationFromRepository", () => {
  it("knows the roles that the outputs name, with the unique id of the logs where they show it", () => {
    const files = new Map([
      ["shop/plp.outputs.json", outputs({ prod: environment("shop-prod"), test: environment("shop-test") })],
    ]);
    const lastSeen = "2026-11-20T05:00:00Z";
    const made = organizationFromRepository({
      files,
      seen: [
        {
          arn: arn("shop-prod"),
          uniqueId: "AROASEENINLOGS1234567",
          firstSeen: "2026-11-14T05:00:00Z",
          lastSeen,
          regions: [{ region: "eu-central-1", lastSeen }],
        },
      ],
      title: "repository",
    });
    expect(made.files.size).toBe(0);
    expect(made.roles.map((role) => role.arn)).toEqual([arn("shop-prod"), arn("shop-test")]);
    expect(made.roles[0]).toMatchObject({
      uniqueId: "AROASEENINLOGS1234567",
      lastUsed: { at: lastSeen, region: "eu-central-1" },
    });
    expect(made.roles[1]?.uniqueId).toMatch(/^AROA[A-Z2-7]{17}$/);
    expect(made.roles[1]?.lastUsed).toBeNull();
  });

  it("attaches the initial policy and all parts of the generated one, and in enforce the generated one alone", () => {
    const files = {
      "shop/plp.outputs.json": outputs({
        prod: environment("observed"),
        live: environment("enforced", { mode: "enforce" }),
      }),
      "shop/policies/prod.json": JSON.stringify(policy("s3:GetBucketAcl")),
      "shop/policies/prod.2.json": JSON.stringify(policy("sqs:CreateQueue")),
      "shop/policies/initial/prod.json": JSON.stringify(policy("s3:*")),
    };
    const names = make(files).roles.map((role) => [role.arn, role.policies.map(({ name }) => name)]);
    expect(names).toEqual([
      [arn("observed"), ["ci/observed-initial", "ci/observed-generated", "ci/observed-generated-2"]],
      [arn("enforced"), ["ci/enforced-generated", "ci/enforced-generated-2"]],
    ]);
  });

  it("passes over what cannot be read and goes on with the rest", () => {
    const made = make({
      "a/plp.outputs.json": "{",
      "b/plp.outputs.json": JSON.stringify({ plp: { value: { environments: "none" } } }),
      "c/plp.outputs.json": outputs({
        bad: 7,
        worse: { role_arn: "../../etc" },
        good: environment("good", { policy_path: "../../x" }),
      }),
      "d/policies/prod.json": "not JSON",
      "d/plp.outputs.json": outputs({ prod: environment("d") }),
    });
    expect(made.roles.map((role) => [role.arn, role.policies])).toEqual([
      [arn("good"), []],
      [arn("d"), []],
    ]);
  });
});
