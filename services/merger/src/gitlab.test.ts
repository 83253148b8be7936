import { gitlabClient } from "@plp/clients";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { gitlabPolicies } from "./gitlab.ts";

let gitlab: TestGitlab;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  gitlab = await startTestGitlab(folder.path);
});
afterAll(async () => {
  await gitlab.stop();
  await folder.remove();
});

describe("The policy files in GitLab", () => {
  const path = "shop/policies/prod.json";
  const policies = () =>
    gitlabPolicies(gitlabClient({ url: gitlab.url, token: async () => gitlab.token }), "iam/roles", "main");

  it("are read at a commit, with the id that says which content they were", async () => {
    const before = await policies().head();
    const old = await policies().file(path, before);
    await gitlab
      .as("rita")
      .Commits.create("iam/roles", "main", "By hand", [
        { action: "update", filePath: path, content: '{"Statement": [], "Id": "ü"}\n' },
      ]);
    const after = await policies().head();
    expect(await policies().file(path, before)).toEqual(old);
    const found = await policies().file(path, after);
    expect(found?.content).toContain("ü");
    expect(found?.blob).not.toBe(old?.blob);
    expect(await policies().lastCommit(path, after)).toEqual({ sha: after, author: "Rita Reviewer" });
  });

  it("that are not there are none", async () => {
    expect(await policies().file("shop/policies/none.json", await policies().head())).toBeNull();
    expect(await policies().file("../../etc/passwd", await policies().head())).toBeNull();
  });

  it("with names of people's choosing are found", async () => {
    expect(await policies().file("billing/a b/ü.json", await policies().head())).toMatchObject({
      content: "{}\n",
    });
  });
});
