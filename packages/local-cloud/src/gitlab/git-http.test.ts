import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  base,
  openedRequest,
  project,
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "./test-gitlab.ts";

let gitlab: TestGitlab;
let work: { path: string; remove: () => Promise<void> };
let folder: { path: string; remove: () => Promise<void> };
beforeAll(async () => {
  [folder, work] = [await temporaryFolder(), await temporaryFolder()];
  gitlab = await startTestGitlab(folder.path);
});
afterAll(async () => {
  await gitlab.stop();
  await folder.remove();
  await work.remove();
});

/** What git says, whether it succeeds or not. */
async function saidBy(promise: Promise<{ stderr: string }>): Promise<string> {
  return promise.then(
    ({ stderr }) => `done ${stderr}`,
    (error: unknown) => `failed ${(error as { stderr: string }).stderr}`,
  );
}

async function cloned(username: string): Promise<string> {
  const name = `${username}-${Math.random().toString(36).slice(2)}`;
  await gitlab.git(work.path, "clone", "-q", gitlab.cloneUrlOf(username), name);
  return join(work.path, name);
}

describe("git over HTTP", () => {
  it("clones with a token as password, and asks for one", async () => {
    const clone = await cloned("plp-bot");
    const { stdout } = await gitlab.git(clone, "ls-files", "-z");
    expect(stdout.split("\0")).toContain("billing/a b/ü.json");
    const anonymous = gitlab.git(work.path, "clone", "-q", gitlab.cloneUrl, "anonymous");
    expect(await saidBy(anonymous)).toMatch(/^failed .*could not read Username/s);
    const wrong = gitlab.git(work.path, "clone", "-q", gitlab.cloneUrlOf("nobody"), "wrong");
    expect(await saidBy(wrong)).toMatch(/^failed .*Authentication failed/s);
  });

  it("shows no staging reference", async () => {
    const { stdout } = await gitlab.git(work.path, "ls-remote", gitlab.cloneUrlOf("plp-bot"));
    expect(stdout).not.toContain("refs/plp");
    expect(stdout).toContain("refs/heads/main");
  });

  it("takes a push to one's own branch, and the request follows", async () => {
    const { branch, iid } = await openedRequest(gitlab);
    const clone = await cloned("dave");
    await gitlab.git(clone, "switch", "-q", branch);
    await gitlab.git(clone, "commit", "-q", "--allow-empty", "-m", "by hand");
    await gitlab.git(clone, "push", "-q", "origin", branch);
    const { stdout } = await gitlab.git(clone, "rev-parse", "HEAD");
    const shown = await gitlab.as("plp-bot").MergeRequests.show(project, iid);
    expect(shown).toMatchObject({ sha: stdout.trim(), state: "opened" });
    await gitlab.git(clone, "push", "-q", "origin", "--delete", branch);
    const gone = await gitlab.as("plp-bot").MergeRequests.show(project, iid);
    expect(gone).toMatchObject({ sha: stdout.trim(), state: "closed", closed_by: { username: "dave" } });
  });

  it("refuses the default branch to developers and its removal to all, and takes a maintainer's push", async () => {
    const refusal = /^failed .*GitLab: You are not allowed to push code to protected branches/s;
    for (const username of ["plp-bot", "dave"]) {
      const clone = await cloned(username);
      await gitlab.git(clone, "commit", "-q", "--allow-empty", "-m", "x");
      expect(await saidBy(gitlab.git(clone, "push", "-q", "origin", "HEAD:main"))).toMatch(refusal);
    }
    const clone = await cloned("rita");
    await gitlab.git(clone, "commit", "-q", "--allow-empty", "-m", "by the maintainer");
    await gitlab.git(clone, "push", "-q", "origin", "HEAD:main");
    const main = await gitlab.as("plp-bot").Branches.show(project, "main");
    expect(main.commit.title).toBe("by the maintainer");
    expect(await saidBy(gitlab.git(clone, "push", "-q", "origin", "--delete", "main"))).toMatch(refusal);
    expect(await saidBy(gitlab.git(clone, "push", "-q", "origin", "HEAD:refs/plp/staging"))).toMatch(
      /^failed/,
    );
  });

  it("refuses every push of a reporter", async () => {
    const clone = await cloned("rob");
    await gitlab.git(clone, "commit", "-q", "--allow-empty", "-m", "x");
    expect(await saidBy(gitlab.git(clone, "push", "-q", "origin", "HEAD:mine"))).toMatch(/^failed .*403/s);
  });

  it("shows by the API what was pushed, large files too", async () => {
    const clone = await cloned("dave");
    const content = "0123456789abcdef".repeat(200_000);
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(clone, "large.txt"), content);
    await gitlab.git(clone, "add", "large.txt");
    await gitlab.git(clone, "commit", "-q", "-m", "large");
    await gitlab.git(clone, "push", "-q", "origin", "HEAD:large");
    const raw = await gitlab.call("plp-bot", "GET", `${base}/repository/files/large.txt/raw?ref=large`);
    expect([raw.status, raw.text === content]).toEqual([200, true]);
  });
});

describe("a repository to begin with", () => {
  it("is cloned with its branches and default branch", async () => {
    const source = join(work.path, "source");
    await gitlab.git(work.path, "init", "-q", "-b", "trunk", source);
    await gitlab.git(source, "commit", "-q", "--allow-empty", "-m", "first");
    await gitlab.git(source, "branch", "other");
    const state = await temporaryFolder();
    const second = await startTestGitlab(state.path, { clone: source });
    expect(second.defaultBranch).toBe("trunk");
    const branches = await second.as("plp-bot").Branches.all(project);
    expect(branches.map(({ name, protected: guarded }) => [name, guarded])).toEqual([
      ["other", false],
      ["trunk", true],
    ]);
    await second.stop();
    await state.remove();
  });

  it.each([
    ["no/such/folder", /cannot be cloned.*Give the folder of a git repository/],
    [".", /cannot be cloned|no commit/],
  ])("must be one: %s", async (path, message) => {
    const state = await temporaryFolder();
    const empty = await temporaryFolder();
    await expect(startTestGitlab(state.path, { clone: join(empty.path, path) })).rejects.toThrow(message);
    await expect(startTestGitlab(state.path, { clone: "--upload-pack=touch x" })).rejects.toThrow(
      /cannot be cloned/,
    );
    await state.remove();
    await empty.remove();
  });
});
