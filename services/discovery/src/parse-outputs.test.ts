import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseOutputs } from "./parse-outputs.ts";

const place = { project: "iam/roles", folder: "shop" };
const prod = {
  account_id: "111122223333",
  region: "eu-central-1",
  role_arn: "arn:aws:iam::111122223333:role/ci/shop-prod",
  policy_path: "policies/prod.json",
};
const value = (environments: object = { prod }, application: unknown = "shop") => ({
  application,
  environments,
});
const parse = (json: unknown) =>
  parseOutputs(typeof json === "string" ? json : JSON.stringify(json), place, "shop/plp.outputs.json");
/** The reason why the one environment was not taken up. */
const failure = (change: object) => {
  const outputs = parse({ plp: { value: value({ prod: { ...prod, ...change } }) } });
  if (outputs.kind !== "application") return outputs.reason;
  expect(outputs.environments).toEqual([]);
  return outputs.failed[0]?.reason;
};

describe("The plp output", () => {
  it.each([
    ["as terraform output -json prints all outputs", { plp: { sensitive: false, value: value() } }],
    ["as terraform output -json plp prints it", value()],
    [
      "as a Terraform state of version 4 holds it",
      { version: 4, outputs: { plp: { value: value() }, secret: { value: "x" } } },
    ],
  ])("is read %s", (_, json) => {
    expect(parse(json)).toEqual({
      kind: "application",
      name: "shop",
      failed: [],
      environments: [
        {
          roleArn: prod.role_arn,
          scope: {
            application: { ...place, name: "shop" },
            environment: "prod",
            accountId: "111122223333",
            partition: "aws",
            region: "eu-central-1",
            regions: ["eu-central-1"],
            policyPath: "policies/prod.json",
            initialPolicyPath: null,
            permissionsBoundaryPath: null,
            protectedSids: [],
            generate: true,
            mode: "observe",
            retentionDays: null,
            quietDays: null,
          },
        },
      ],
    });
  });

  it("keeps nothing of the other outputs", () => {
    const outputs = parse({ plp: { value: value() }, password: { value: "hunter2" } });
    expect(JSON.stringify(outputs)).not.toContain("hunter2");
  });

  it.each([
    ["is not JSON", "{", "outputs-not-json", "terraform output -json"],
    ["is empty", "", "outputs-not-json", "is not JSON"],
    ["has no output plp", { other: { value: 1 } }, "outputs-missing", 'no output named "plp"'],
    ["is a list", [], "outputs-missing", 'no output named "plp"'],
    ["is null", null, "outputs-missing", 'no output named "plp"'],
    [
      "is a state of another version",
      { version: 3, outputs: { plp: { value: value() } } },
      "outputs-missing",
      "apply it",
    ],
    [
      "has environments that are a list",
      { plp: { value: { application: "shop", environments: [] } } },
      "outputs-invalid",
      "environments",
    ],
    ["has no application", { plp: { value: { environments: {} } } }, "outputs-invalid", "application"],
    [
      "has an application that climbs",
      { plp: { value: value({}, "../../etc") } },
      "application-name",
      "../../etc",
    ],
    [
      "has an application with two dots",
      { plp: { value: value({}, "a..b") } },
      "application-name",
      "two dots",
    ],
    [
      "has an application that is a command",
      { plp: { value: value({}, "x\n/close") } },
      "application-name",
      "letters",
    ],
    [
      "has an application that is too long",
      { plp: { value: value({}, "a".repeat(64)) } },
      "application-name",
      "63",
    ],
  ])("refuses the folder when it %s", (_, json, code, words) => {
    const outputs = parse(json);
    expect(outputs).toMatchObject({ kind: "refused", code });
    expect(outputs.kind === "refused" && outputs.reason).toContain(words);
    expect(outputs.kind === "refused" && outputs.reason).toContain("shop/plp.outputs.json");
  });

  it.each([
    ["an account id of 11 digits", { account_id: "11112222333" }, "12 digits"],
    ["an account id that is a number", { account_id: 111122223333 }, "account_id"],
    [
      "a role of another account",
      { role_arn: "arn:aws:iam::444455556666:role/x" },
      "in account 444455556666",
    ],
    [
      "a role of another partition",
      { role_arn: "arn:aws-cn:iam::111122223333:role/x" },
      "in partition aws-cn",
    ],
    ["a user", { role_arn: "arn:aws:iam::111122223333:user/x" }, "not the ARN of an IAM role"],
    ["a role with a pattern", { role_arn: "arn:aws:iam::111122223333:role/*" }, "not the ARN of an IAM role"],
    [
      "a role with a line break",
      { role_arn: "arn:aws:iam::111122223333:role/x\n" },
      "not the ARN of an IAM role",
    ],
    ["no Region", { region: "Frankfurt" }, "AWS Region"],
    [
      "a policy path that leaves the folder",
      { policy_path: "../other/prod.json" },
      "inside the application's folder",
    ],
    [
      "a policy path that leaves it later",
      { policy_path: "a/../../b.json" },
      "inside the application's folder",
    ],
    ["an absolute policy path", { policy_path: "/etc/prod.json" }, "inside the application's folder"],
    ["a policy path with a backslash", { policy_path: "..\\prod.json" }, "inside the application's folder"],
    ["a policy path in .git", { policy_path: ".git/config.json" }, "inside the application's folder"],
    ["a policy path that is no JSON file", { policy_path: "main.tf" }, ".json file"],
    ["a policy path with a control character", { policy_path: "a\u0000.json" }, "control characters"],
    ["an initial policy that leaves the folder", { initial_policy_path: "../x.json" }, "initial_policy_path"],
    [
      "a boundary that leaves the folder",
      { permissions_boundary_path: "../x.json" },
      "permissions_boundary_path",
    ],
    ["an unknown mode", { mode: "off" }, "mode"],
    ["a retention of no days", { retention_days: 0 }, "retention_days"],
    ["a Sid that is none", { protected_sids: ["a b"] }, "protected_sids"],
  ])("tells of an environment with %s, and takes the others up", (_, change, words) => {
    expect(failure(change)).toContain(words);
    const outputs = parse({ plp: { value: value({ prod, test: { ...prod, ...change } }) } });
    expect(outputs).toMatchObject({
      kind: "application",
      environments: [{ roleArn: prod.role_arn }],
      failed: [{ environment: "test" }],
    });
  });

  it("takes up neither of two environments with the same role", () => {
    expect(parse(value({ a: prod, b: prod }))).toMatchObject({
      environments: [],
      failed: [{ environment: "a" }, { environment: "b" }],
    });
  });

  it("takes up neither of two environments that would write the same file", () => {
    const test = { ...prod, role_arn: `${prod.role_arn}-test` };
    expect(parse(value({ a: prod, b: { ...test, policy_path: "policies/./prod.json" } }))).toMatchObject({
      environments: [],
      failed: [{ environment: "a" }, { environment: "b" }],
    });
    expect(parse(value({ a: prod, b: { ...test, policy_path: "policies/prod.2.json" } }))).toMatchObject({
      environments: [],
    });
    expect(parse(value({ a: prod, b: { ...test, generate: false } }))).toMatchObject({
      environments: [{}, {}],
      failed: [],
    });
  });

  it("never takes its own file for a policy", () => {
    expect(failure({ policy_path: "plp.outputs.json" })).toContain("choose another name");
    expect(failure({ policy_path: "./plp.environments.json" })).toContain("choose another name");
  });

  it("reads a role of every partition in a Region of that partition", () => {
    for (const [partition, region] of [
      ["aws-cn", "cn-north-1"],
      ["aws-us-gov", "us-gov-west-1"],
      ["aws-iso", "us-iso-east-1"],
      ["aws-iso-b", "us-isob-east-1"],
      ["aws-iso-e", "eu-isoe-west-1"],
    ]) {
      const outputs = parse(
        value({ prod: { ...prod, region, role_arn: `arn:${partition}:iam::111122223333:role/x` } }),
      );
      expect(outputs).toMatchObject({ environments: [{ scope: { partition } }] });
    }
  });

  it("has no use for keys of a prototype", () => {
    const text = `{"plp": {"value": {"application": "shop", "environments": {"__proto__": ${JSON.stringify(prod)}, "constructor": 1}}}}`;
    const outputs = parse(text);
    expect(outputs).toMatchObject({ kind: "application", environments: [] });
    expect(({} as Record<string, unknown>).account_id).toBeUndefined();
    expect(parse('{"__proto__": {"plp": {"value": 1}}}')).toMatchObject({ code: "outputs-missing" });
  });

  it("says things in short, however long what it read is", () => {
    const long = "x".repeat(1_000_000);
    for (const outputs of [
      parse(long),
      parse(value({ prod }, long)),
      parse(value({ [long.slice(0, 200)]: prod })),
      parse(value({ prod: { ...prod, role_arn: long, region: long } })),
    ]) {
      expect(JSON.stringify(outputs).length).toBeLessThan(2_000);
    }
  });

  it("is read in a moment with thousands of environments", () => {
    const environments = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, i) => [
        `e${i}`,
        { ...prod, role_arn: `${prod.role_arn}-${i}`, policy_path: `${i}.json` },
      ]),
    );
    expect(parse(value(environments))).toMatchObject({ kind: "application", failed: [] });
  });

  it("never throws, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(["refused", "application"]).toContain(parse(text).kind);
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (environments, application) => {
        expect(["refused", "application"]).toContain(parse({ application, environments }).kind);
      }),
    );
  });

  it("that is no JSON is told by its place, never by its text: secrets stand beside it", () => {
    const outputs = parse('{"db_password": {"value": S3CRETVALUE}}');
    expect(outputs).toMatchObject({ kind: "refused", code: "outputs-not-json" });
    expect(JSON.stringify(outputs)).not.toContain("S3CRET");
    expect(JSON.stringify(outputs)).toContain("is not JSON");
  });

  it("yields only policy paths that stay inside the folder", () => {
    const part = fc.constantFrom("..", ".", "a", "b.json", "", "\\", ".git", "...", "c d.json", "%2e%2e");
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const outputs = parse(value({ prod: { ...prod, policy_path: parts.join("/") } }));
        const path = outputs.kind === "application" ? outputs.environments[0]?.scope.policyPath : undefined;
        if (path !== undefined) {
          expect(path).toMatch(/^[^/\\].*\.json$/);
          expect(path.split("/")).not.toContain("..");
        }
      }),
    );
  });
});
