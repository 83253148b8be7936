import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPolicyVersion } from "../../../packages/local-cloud/src/aws/iam/policies.ts";
import { defaultDocument } from "../../../packages/local-cloud/src/aws/iam/state.ts";
import { skipUnless } from "../../../test/support/skip.ts";
import {
  type Accounts,
  policyText as policy,
  startAccounts,
  terraform,
} from "../../../test/support/terraform.ts";
import { applicationFiles } from "./index.ts";

const template = fileURLToPath(new URL("../template", import.meta.url));
const accounts = { prod: "111122223333", test: "444455556666" } as const;
skipUnless(terraform)("the template's Terraform", () => {
  let folder: string;
  let local: Accounts;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "plp-iam-repository-"));
    cpSync(template, join(folder, "repository"), { recursive: true });
    // The state beside the configuration, in place of GitLab's.
    write("backend_override.tf", 'terraform {\n  backend "local" {}\n}\n');
    local = await startAccounts(folder, Object.values(accounts));
    await run("init");
  }, 60_000);
  afterAll(async () => {
    await local.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function write(path: string, content: string): void {
    writeFileSync(join(folder, "repository/example", path), content);
  }

  async function run(command: string, args: readonly string[] = [], role = "iam-management") {
    local.changes.length = 0;
    const { stdout } = await promisify(execFile)("terraform", [command, "-no-color", ...args], {
      cwd: join(folder, "repository/example"),
      env: { ...local.environment, TF_VAR_management_role: role },
    });
    return stdout;
  }

  /** Plans with the identity that reads, and applies that plan with the one that writes. */
  async function applied(): Promise<string> {
    const planned = await run("plan", ["-lock=false", "-out=plan.tfplan"], "iam-management-read");
    await run("apply", ["plan.tfplan"]);
    return planned;
  }

  type Environment = keyof typeof accounts;
  const arnOf = (environment: Environment, name: string) =>
    `arn:aws:iam::${accounts[environment]}:policy/ci/example-${environment}-${name}`;
  const attached = (environment: Environment) =>
    local.iam
      .role(accounts[environment], `example-${environment}`)
      ?.attached.map((arn) => arn.split("/").at(-1));
  const documentOf = (environment: Environment, name: string) =>
    defaultDocument(local.iam.policy(accounts[environment], arnOf(environment, name)));

  it("is formatted and valid", async () => {
    const repository = { cwd: join(folder, "repository"), env: { PATH: process.env.PATH ?? "" } };
    await promisify(execFile)("terraform", ["fmt", "-check", "-recursive", "-diff"], repository);
    expect(await run("validate")).toContain("The configuration is valid");
  });

  it("makes each role in its own account, with trust and initial policy, and nothing generated yet", async () => {
    expect(await applied()).toContain("Plan: 6 to add, 0 to change, 0 to destroy.");
    expect(attached("prod")).toEqual(["example-prod-initial"]);
    expect(attached("test")).toEqual(["example-test-initial"]);
    const role = local.iam.role(accounts.prod, "example-prod");
    expect(role?.arn).toBe(`arn:aws:iam::${accounts.prod}:role/ci/example-prod`);
    expect(role?.trust).toContain("project_path:products/example:ref_type:branch:ref:main");
    expect(await run("plan")).toContain("No changes.");
  });

  it("prints the outputs that discovery reads", async () => {
    const { plp } = JSON.parse(await run("output", ["-json"]));
    expect(plp.value).toEqual({
      application: "example",
      environments: Object.fromEntries(
        Object.entries(accounts).map(([name, account]) => [
          name,
          {
            account_id: account,
            region: "eu-central-1",
            regions: ["eu-central-1", "us-east-1"],
            role_arn: `arn:aws:iam::${account}:role/ci/example-${name}`,
            policy_path: `policies/${name}.json`,
            initial_policy_path: `policies/initial/${name}.json`,
            generate: true,
            mode: "observe",
          },
        ]),
      ),
    });
  });

  it("attaches a policy for each generated file, and passes over an empty one", async () => {
    write("policies/prod.json", policy("s3:GetObject"));
    write("policies/prod.2.json", policy("sqs:SendMessage"));
    write("policies/test.json", '{\n  "Version": "2012-10-17",\n  "Statement": []\n}\n');
    expect(await applied()).toContain("Plan: 4 to add, 0 to change, 0 to destroy.");
    expect(attached("prod")?.sort()).toEqual([
      "example-prod-generated",
      "example-prod-generated-2",
      "example-prod-initial",
    ]);
    expect(attached("test")).toEqual(["example-test-initial"]);
    expect(documentOf("prod", "generated")).toBe(policy("s3:GetObject"));
  });

  it("updates a policy before the part that its statements came from goes", async () => {
    write("policies/prod.json", policy("s3:GetObject", "sqs:SendMessage"));
    rmSync(join(folder, "repository/example/policies/prod.2.json"));
    await applied();
    expect(local.changes).toEqual([
      `update aws_iam_policy example-prod-generated`,
      `remove aws_iam_role_policy_attachment ${arnOf("prod", "generated-2")}`,
      `remove aws_iam_policy example-prod-generated-2`,
    ]);
  });

  it("attaches the generated policy before the initial one goes, when the mode becomes enforce", async () => {
    write("policies/test.json", policy("s3:GetObject"));
    write(
      "plp.environments.json",
      `${JSON.stringify({ prod: { mode: "observe" }, test: { mode: "enforce" } }, null, 2)}\n`,
    );
    await applied();
    const at = (change: string) => local.changes.indexOf(change);
    const attach = at(`create aws_iam_role_policy_attachment ${arnOf("test", "generated")}`);
    const detach = at(`remove aws_iam_role_policy_attachment ${arnOf("test", "initial")}`);
    expect(attach).toBeGreaterThanOrEqual(0);
    expect(detach).toBeGreaterThan(attach);
    expect(attached("test")).toEqual(["example-test-generated"]);
    expect(JSON.parse(await run("output", ["-json", "plp"])).environments.test.mode).toBe("enforce");
  });

  it("plans to take back what somebody edited in the console", async () => {
    const arn = arnOf("prod", "generated");
    createPolicyVersion(local.iam, accounts.prod, arn, policy("*"), true);
    expect(await applied()).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
    expect(documentOf("prod", "generated")).toBe(policy("s3:GetObject", "sqs:SendMessage"));
  });

  it("refuses a saved plan of a state that has changed since, and an apply by the identity that only reads", async () => {
    write("policies/prod.json", policy("s3:GetObject"));
    await run("plan", ["-out=old.tfplan"]);
    await expect(run("apply", ["old.tfplan"], "iam-management-read")).rejects.toThrow(/AccessDenied/);
    await run("apply", ["-auto-approve"]);
    await expect(run("apply", ["old.tfplan"])).rejects.toThrow(/Saved plan is stale/);
  });

  it("sets the boundary that the application names, and takes it away again", async () => {
    const arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    const facts = JSON.parse(readFileSync(join(template, "example/application.json"), "utf8"));
    const boundary = () => local.iam.role(accounts.prod, "example-prod")?.boundary;
    const bounded = { ...facts.environments.prod, permissions_boundary: arn };
    const environments = { ...facts.environments, prod: bounded };
    write("application.json", JSON.stringify({ ...facts, environments }));
    await applied();
    expect(boundary()).toBe(arn);
    write("application.json", JSON.stringify(facts));
    await applied();
    expect(boundary()).toBeNull();
  });

  it("refuses a mode that is none", async () => {
    write("plp.environments.json", '{"prod": {"mode": "off"}, "test": {"mode": "enforce"}}\n');
    await expect(run("plan")).rejects.toThrow(/correct\s+plp.environments.json/);
  });

  it("stops where AWS refuses, and goes on from there the next time", async () => {
    write(
      "plp.environments.json",
      `${JSON.stringify({ prod: { mode: "observe" }, test: { mode: "enforce" } }, null, 2)}\n`,
    );
    write("policies/prod.2.json", policy("ec2:DescribeVpcs"));
    write("policies/test.2.json", policy(`s3:${"x".repeat(6144)}`));
    await expect(applied()).rejects.toThrow(/LimitExceeded/);
    expect(attached("prod")).toContain("example-prod-generated-2");
    write("policies/test.2.json", policy("ec2:DescribeVpcs"));
    await applied();
    expect(attached("test")?.sort()).toEqual(["example-test-generated", "example-test-generated-2"]);
  });
});

describe("an application of one's own", () => {
  it("has the example's files, but for its name, accounts and environments", () => {
    const environments = (["prod", "test"] as const).map((name) => ({
      name,
      accountId: accounts[name],
      region: "eu-central-1",
      generate: true,
    }));
    for (const [name, content] of applicationFiles("example", environments)) {
      expect([name, content]).toEqual([name, readFileSync(join(template, "example", name), "utf8")]);
    }
  });
});
