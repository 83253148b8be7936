import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  testOrganization,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { program, skipUnless } from "../../../test/support/skip.ts";
import { type Accounts, policyText, startAccounts, terraform } from "../../../test/support/terraform.ts";
import { applicationFiles, sharedFiles } from "./index.ts";

const accounts = { prod: "111122223333", test: "444455556666" } as const;
const run = promisify(execFile);
const require = createRequire(import.meta.url);
const ciLocal = join(dirname(require.resolve("gitlab-ci-local/package.json")), "dist/index.js");
const rsync = program("rsync", "rsync, which gitlab-ci-local moves artifacts with");

const modes = (prod: string, test: string) =>
  `${JSON.stringify({ prod: { mode: prod }, test: { mode: test } }, null, 2)}\n`;

skipUnless(terraform.missing === null ? rsync : terraform)(
  "the template's pipeline, by gitlab-ci-local",
  () => {
    let folder: string;
    let clone: string;
    let gitlab: TestGitlab;
    let local: Accounts;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "plp-pipeline-"));
      clone = join(folder, "clone");
      local = await startAccounts(folder, Object.values(accounts));
      const environments = (["prod", "test"] as const).map((name) => ({
        name,
        accountId: accounts[name],
        region: "eu-central-1",
        generate: true,
      }));
      const files = new Map(sharedFiles());
      for (const application of ["shop", "billing"]) {
        for (const [name, content] of applicationFiles(application, environments)) {
          files.set(`${application}/${name}`, content);
        }
        files.set(`${application}/plp.environments.json`, modes("observe", "observe"));
      }
      const apply = { id: 11, username: "iam-apply", name: "Apply", accessLevel: 40 as const, bot: true };
      gitlab = await startTestGitlab(join(folder, "state"), {
        organization: { ...testOrganization, files, users: [...testOrganization.users, apply] },
      });
      await gitlab.git(folder, "clone", "-q", gitlab.cloneUrlOf("rita"), clone);
    }, 60_000);
    afterAll(async () => {
      await gitlab.stop();
      await local.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    async function push(files: Record<string, string>, message: string): Promise<string> {
      await gitlab.git(clone, "pull", "-q", "--ff-only", "origin", "main");
      for (const [path, content] of Object.entries(files)) {
        await run("mkdir", ["-p", join(clone, path, "..")]);
        writeFileSync(join(clone, path), content);
        await gitlab.git(clone, "add", path);
      }
      await gitlab.git(clone, "commit", "-q", "-m", message);
      await gitlab.git(clone, "push", "-q", "origin", "main");
      return (await gitlab.git(clone, "rev-parse", "HEAD")).stdout.trim();
    }

    /** Runs a job of the pipeline of the checked out commit, as a runner would be told. */
    async function job(name: string, more: Record<string, string> = {}): Promise<string> {
      const { stdout: sha } = await gitlab.git(clone, "rev-parse", "HEAD");
      const variables = {
        CI_COMMIT_SHA: sha.trim(),
        CI_COMMIT_BRANCH: "main",
        CI_DEFAULT_BRANCH: "main",
        CI_PIPELINE_SOURCE: "push",
        CI_PROJECT_ID: "1",
        CI_PROJECT_PATH: "iam/roles",
        CI_SERVER_URL: gitlab.url,
        CI_API_V4_URL: `${gitlab.url}/api/v4`,
        CI_JOB_TOKEN: gitlab.tokens.get("rita") ?? "",
        IAM_APPLY_TOKEN: gitlab.tokens.get("iam-apply") ?? "",
        ...more,
      };
      const options = Object.entries(variables).flatMap(([key, value]) => ["--variable", `${key}=${value}`]);
      const shell = [
        "--force-shell-executor",
        "--shell-isolation",
        "--no-evaluate-rule-changes",
        "--no-color",
      ];
      const ignored = ["--ignore-predefined-vars", Object.keys(variables).join(",")];
      try {
        const { stdout, stderr } = await run(
          process.execPath,
          [ciLocal, name, ...shell, ...ignored, ...options],
          {
            cwd: clone,
            env: local.environment,
          },
        );
        return stdout + stderr;
      } catch (error) {
        const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
        throw new Error(stdout + stderr);
      }
    }

    const attached = (application: string, environment: keyof typeof accounts) =>
      local.iam
        .role(accounts[environment], `${application}-${environment}`)
        ?.attached.map((arn) => arn.split("/").at(-1));

    it("plans the folders that a merge changed, and counts for the widget", async () => {
      await push({ "shop/policies/prod.json": policyText("s3:GetObject") }, "Grow shop");
      const said = await job("plan");
      expect(said).toContain("== shop");
      expect(said).not.toContain("== billing");
      expect(said).toContain('{"create":4,"update":0,"delete":0}');
      expect(attached("shop", "prod")).toBeUndefined();
    });

    it("applies the saved plan, and commits the outputs as the apply identity for PLP to read", async () => {
      const said = await job("apply");
      expect(said).toContain("Apply complete!");
      expect(said).not.toContain(gitlab.tokens.get("iam-apply"));
      expect(attached("shop", "prod")).toEqual(["shop-prod-generated"]);
      expect(attached("shop", "test")).toEqual([]);
      const main = (await gitlab.as("rita").Branches.show("iam/roles", "main")).commit;
      expect(main).toMatchObject({ title: "shop: outputs after apply [skip ci]", author_name: "iam-apply" });
      const file = await gitlab
        .as("rita")
        .RepositoryFiles.showRaw("iam/roles", "shop/plp.outputs.json", "main");
      expect(JSON.parse(String(file)).plp.value).toMatchObject({
        application: "shop",
        environments: {
          prod: { role_arn: `arn:aws:iam::${accounts.prod}:role/ci/shop-prod`, mode: "observe" },
        },
      });
    });

    it("refuses a plan by itself once a newer commit touched the folder, the outputs aside", async () => {
      await push({ "shop/policies/prod.json": policyText("s3:GetObject", "s3:PutObject") }, "Grow again");
      await job("plan");
      const old = (await gitlab.git(clone, "rev-parse", "HEAD")).stdout.trim();
      await push({ "shop/policies/prod.json": policyText("s3:GetObject") }, "Shrink");
      await gitlab.git(clone, "checkout", "-q", old);
      await expect(job("apply")).rejects.toThrow(
        /shop is newer than this plan[\s\S]*Shrink[\s\S]*Nothing was applied/,
      );
      await gitlab.git(clone, "checkout", "-q", "main");
    });

    it("plans a merge request against its base, with an identity that may only read", async () => {
      await gitlab.git(clone, "pull", "-q", "--ff-only", "origin", "main");
      const base = (await gitlab.git(clone, "rev-parse", "HEAD")).stdout.trim();
      await gitlab.git(clone, "checkout", "-q", "-b", "grow");
      await run("mkdir", ["-p", join(clone, "billing/policies")]);
      writeFileSync(join(clone, "billing/policies/test.json"), policyText("s3:GetObject"));
      await gitlab.git(clone, "add", "billing");
      await gitlab.git(clone, "commit", "-q", "-m", "Grow billing");
      const said = await job("plan", {
        CI_PIPELINE_SOURCE: "merge_request_event",
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1",
        CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
        CI_COMMIT_BRANCH: "",
      });
      expect(said).toContain("== billing");
      expect(said).not.toContain("== shop");
      expect(said).toContain('{"create":4,"update":0,"delete":0}');
      expect(attached("billing", "test")).toBeUndefined();
    });

    it.each([
      ["a merge request", { CI_PIPELINE_SOURCE: "merge_request_event" }, ["plan"], []],
      ["a fork's merge request", { CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2" }, [], []],
      ["the default branch", { CI_COMMIT_BRANCH: "main" }, ["plan"], ["apply"]],
      ["another branch", { CI_COMMIT_BRANCH: "other" }, ["plan"], []],
    ])("of %s runs the jobs that are its own, apply by hand only", async (_of, more, runs, manual) => {
      const source = { CI_PIPELINE_SOURCE: "push", CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1" };
      const variables = {
        CI_PROJECT_ID: "1",
        CI_DEFAULT_BRANCH: "main",
        CI_COMMIT_BRANCH: "",
        ...source,
        ...more,
      };
      const options = Object.entries(variables).flatMap(([key, value]) => ["--variable", `${key}=${value}`]);
      const { stdout } = await run(
        process.execPath,
        [ciLocal, "--list-json", "--no-evaluate-rule-changes", ...options],
        {
          cwd: clone,
          env: local.environment,
        },
      );
      const jobs = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as { name: string; when: string }[];
      const named = (when: string) => jobs.filter((one) => one.when === when).map(({ name }) => name);
      expect([named("on_success"), named("manual")]).toEqual([runs, manual]);
    });
  },
);
