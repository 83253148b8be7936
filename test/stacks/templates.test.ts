import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CelEngine, TemplateFile } from "@aws/cloudformation-validate";
import { afterAll, describe, expect, test } from "vitest";
import { templates } from "../../stacks/accounts/templates.ts";
import { program, skipUnless } from "../support/skip.ts";
import { accountParameters, archiveParameters } from "./account.ts";
import { resolveTemplate } from "./resolve.ts";

const folder = join(import.meta.dirname, "../../stacks/accounts");
const scratch = mkdtempSync(join(tmpdir(), "plp-templates-"));
afterAll(() => rmSync(scratch, { recursive: true }));

// Its schemas take a second to load.
const engine = new CelEngine();
afterAll(() => engine.free());

/** What AWS's own validator, with the schemas of all resource types, says against a template. */
function complaints(file: string): readonly string[] {
  return engine
    .validateStandard(new TemplateFile(file))
    .diagnostics.filter(({ severity }) => severity !== "INFO")
    .map(({ severity, message }) => `${severity} ${message}`);
}

describe.each(Object.entries(templates))("%s.template.json", (name, template) => {
  const file = join(folder, `${name}.template.json`);

  test("is what the code makes; `npm run templates` writes it", () => {
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(template)));
  });

  test("keeps to the schemas of its resource types", () => {
    expect(complaints(file)).toEqual([]);
  });

  test("is small enough to be given as a text, as a StackSet is", () => {
    expect(JSON.stringify(template).length).toBeLessThan(51_200);
  });
});

test("a misspelt property, a wrong type and a reference to nothing are noticed", () => {
  const { Trail } = templates.trail.Resources;
  const planted = (properties: object) => {
    const file = join(scratch, "planted.json");
    const Resources = { Trail: { ...Trail, Properties: { ...Trail?.Properties, ...properties } } };
    writeFileSync(file, JSON.stringify({ ...templates.trail, Resources }));
    return complaints(file).join("\n");
  };
  expect(planted({ IsMultiRegion: true })).toContain("IsMultiRegion");
  expect(planted({ IsLogging: { a: "list" } })).toContain("is not of type 'boolean'");
  expect(planted({ S3BucketName: { Ref: "Bukket" } })).toContain("Bukket");
});

skipUnless(program("terraform", "Terraform (terraform)"))("the Terraform module of the archive", () => {
  const module = join(folder, "archive");
  const terraform = (...args: readonly string[]) =>
    execFileSync("terraform", args, {
      cwd: module,
      encoding: "utf8",
      env: { PATH: process.env.PATH, TF_DATA_DIR: join(scratch, "terraform"), CHECKPOINT_DISABLE: "1" },
    });

  test("is formatted and valid", () => {
    expect(terraform("fmt", "-check", "-recursive")).toBe("");
    terraform("init", "-backend=false", "-input=false");
    expect(JSON.parse(terraform("validate", "-json"))).toMatchObject({ valid: true, diagnostics: [] });
  });

  test("says the same as the CloudFormation template", () => {
    const state = join(scratch, "terraform.tfstate");
    const given = Object.entries({
      bucket: archiveParameters.TrailBucket,
      prefix: archiveParameters.TrailPrefix,
      organization_id: archiveParameters.OrganizationId,
      trail_arn: archiveParameters.TrailArn,
    }).flatMap(([name, value]) => ["-var", `${name}=${value}`]);
    terraform("init", "-backend=false", "-input=false");
    terraform("apply", "-auto-approve", "-input=false", `-state=${state}`, ...given);
    const outputs: Record<string, { value: string }> = JSON.parse(
      terraform("output", "-json", `-state=${state}`),
    );
    const resources = resolveTemplate(
      templates.archive,
      { ...archiveParameters, Create: "true" },
      "111122223333",
    );
    const ours = (statements: unknown) =>
      (statements as readonly { readonly Sid?: string }[]).filter(({ Sid = "" }) => /Plp|Analyzer/.test(Sid));
    const statementsOf = (resource: string, property: string) => {
      const document = resources.get(resource)?.properties[property];
      return ours((document as { Statement: unknown } | undefined)?.Statement ?? []);
    };
    expect(JSON.parse(outputs.bucket_policy?.value ?? "").Statement).toEqual(
      statementsOf("BucketPolicy", "PolicyDocument"),
    );
    expect(JSON.parse(outputs.key_policy?.value ?? "").Statement).toEqual(statementsOf("Key", "KeyPolicy"));
  });
});

test("the parameters of an account and of the archive are those of their templates", () => {
  expect(() => resolveTemplate(templates.member, accountParameters, "444455556666")).not.toThrow();
  expect(() =>
    resolveTemplate(templates.member, { ...accountParameters, TrailPrefix: "AWSLogs" }, "1"),
  ).toThrow("TrailPrefix");
});
