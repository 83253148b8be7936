import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { base, project, refusal, startTestGitlab, type TestGitlab, temporaryFolder } from "./test-gitlab.ts";

let gitlab: TestGitlab;
let remove: () => Promise<void>;
beforeAll(async () => {
  const folder = await temporaryFolder();
  remove = folder.remove;
  gitlab = await startTestGitlab(folder.path);
});
afterAll(async () => {
  await gitlab.stop();
  await remove();
});

describe("the repository", () => {
  it("lists its tree page by page, by offset and by keyset", async () => {
    const bot = gitlab.as("plp-bot");
    const paths = (entries: { path: string }[]) => entries.map(({ path }) => path).sort();
    const all = [
      "README.md",
      "billing",
      "billing/a b",
      "billing/a b/ü.json",
      "shop",
      "shop/plp.outputs.json",
    ];
    const expected = [...all, "shop/policies", "shop/policies/prod.json"].sort();
    const offset = await bot.Repositories.allRepositoryTrees(project, {
      recursive: true,
      ref: "main",
      perPage: 3,
    });
    const keyset = await bot.Repositories.allRepositoryTrees(project, {
      recursive: true,
      pagination: "keyset",
      perPage: 3,
    });
    expect([paths(offset), paths(keyset)]).toEqual([expected, expected]);
    const shop = await bot.Repositories.allRepositoryTrees(project, { path: "shop" });
    expect(shop).toMatchObject([
      { name: "policies", type: "tree", mode: "040000", path: "shop/policies" },
      { name: "plp.outputs.json", type: "blob", mode: "100644", path: "shop/plp.outputs.json" },
    ]);
    for (const path of ["none", "../etc", "shop\nx"]) {
      const answer = await gitlab.call(
        "plp-bot",
        "GET",
        `${base}/repository/tree?path=${encodeURIComponent(path)}`,
      );
      expect(answer.status).toBe(404);
    }
  });

  it("gives a file as JSON, raw and by its headers", async () => {
    const bot = gitlab.as("plp-bot");
    const file = await bot.RepositoryFiles.show(project, "billing/a b/ü.json", "main");
    const head = await bot.Branches.show(project, "main");
    expect(file).toMatchObject({ file_name: "ü.json", size: 3, encoding: "base64", ref: "main" });
    expect(Buffer.from(file.content, "base64").toString()).toBe("{}\n");
    expect([file.commit_id, file.last_commit_id]).toEqual([head.commit.id, head.commit.id]);
    expect(await bot.RepositoryFiles.showRaw(project, "shop/plp.outputs.json", "main")).toBe('{"plp": {}}\n');
    const headers = await gitlab.call("plp-bot", "HEAD", `${base}/repository/files/README.md?ref=main`);
    expect([headers.status, headers.headers.get("x-gitlab-size"), headers.text]).toEqual([200, "8", ""]);
  });

  it.each(["none.json", "shop", "../README.md", "shop/../README.md", ".git/config", "a\nb"])(
    "has no file %j",
    async (path) => {
      const answer = await gitlab.call(
        "plp-bot",
        "GET",
        `${base}/repository/files/${encodeURIComponent(path)}?ref=main`,
      );
      expect(answer).toMatchObject(refusal(404, "404 File Not Found"));
    },
  );

  it.each(["no-such", "main:README.md", "main^{/x}", "--all", "main@{1}", "a\nb"])(
    "knows no ref %j",
    async (ref) => {
      const answer = await gitlab.call(
        "plp-bot",
        "GET",
        `${base}/repository/files/README.md?ref=${encodeURIComponent(ref)}`,
      );
      expect(answer).toMatchObject(refusal(404, "404 Commit Not Found"));
    },
  );

  it("makes, lists and removes branches", async () => {
    const bot = gitlab.as("plp-bot");
    const made = await bot.Branches.create(project, "feature/x", "main");
    expect(made).toMatchObject({ name: "feature/x", protected: false, default: false, can_push: true });
    expect((await bot.Branches.all(project, { search: "feature" })).map(({ name }) => name)).toEqual([
      "feature/x",
    ]);
    const again = await gitlab.call(
      "plp-bot",
      "POST",
      `${base}/repository/branches?branch=feature/x&ref=main`,
    );
    expect(again).toMatchObject(refusal(400, "Branch already exists"));
    for (const name of ["a..b", "-x", "x.lock", "a b", "HEAD", "x/"]) {
      const body = { branch: name, ref: "main" };
      expect((await gitlab.call("plp-bot", "POST", `${base}/repository/branches`, body)).status).toBe(400);
    }
    await bot.Branches.remove(project, "feature/x");
    const gone = await gitlab.call("plp-bot", "GET", `${base}/repository/branches/feature%2Fx`);
    expect(gone).toMatchObject(refusal(404, "404 Branch Not Found"));
  });
});

describe("commits", () => {
  const commit = (body: object) => gitlab.call("plp-bot", "POST", `${base}/repository/commits`, body);
  const create = (path: string, content = "x\n") => ({ action: "create", file_path: path, content });

  it("hold several actions and say their numbers", async () => {
    const bot = gitlab.as("plp-bot");
    const first = await bot.Commits.create(
      project,
      "several",
      "First\n\nbody",
      [
        { action: "create", filePath: "several/a.json", content: "1\n2\n" },
        { action: "create", filePath: "several/b.bin", content: "AAEC", encoding: "base64" },
        { action: "update", filePath: "README.md", content: "# Changed\n" },
        { action: "move", filePath: "shop/moved.json", previousPath: "shop/policies/prod.json" },
        { action: "delete", filePath: "shop/plp.outputs.json" },
        { action: "chmod", filePath: "billing/a b/ü.json", execute_filemode: true },
      ],
      { startBranch: "main" },
    );
    expect(first).toMatchObject({
      title: "First",
      author_name: "PLP",
      stats: { additions: 4, deletions: 3 },
    });
    const tree = await bot.Repositories.allRepositoryTrees(project, { ref: "several", recursive: true });
    const modes = Object.fromEntries(
      tree.filter(({ type }) => type === "blob").map(({ path, mode }) => [path, mode]),
    );
    expect(modes).toEqual({
      "README.md": "100644",
      "billing/a b/ü.json": "100755",
      "several/a.json": "100644",
      "several/b.bin": "100644",
      "shop/moved.json": "100644",
    });
    const binary = await bot.RepositoryFiles.show(project, "several/b.bin", "several");
    expect(binary.content).toBe("AAEC");
    const diff = await bot.Commits.showDiff(project, first.id);
    expect(diff.find(({ new_path }) => new_path === "shop/moved.json")).toMatchObject({
      renamed_file: true,
      old_path: "shop/policies/prod.json",
      diff: "",
    });
    expect(diff.find(({ new_path }) => new_path === "several/a.json")).toMatchObject({
      new_file: true,
      a_mode: "0",
      b_mode: "100644",
      diff: "@@ -0,0 +1,2 @@\n+1\n+2\n",
    });
  });

  it("are refused for a file that exists, one that does not, and a path that leads out", async () => {
    const wish = (...actions: object[]) => ({
      branch: "refused",
      start_branch: "main",
      commit_message: "m",
      actions,
    });
    expect(await commit(wish(create("README.md")))).toMatchObject(
      refusal(400, "A file with this name already exists"),
    );
    for (const action of ["update", "delete", "move", "chmod"]) {
      const body = wish({ action, file_path: "none", previous_path: "none", content: "x" });
      expect(await commit(body)).toMatchObject(refusal(400, "A file with this name doesn't exist"));
    }
    expect(await commit(wish(create("shop")))).toMatchObject(
      refusal(400, "A directory with this name already exists"),
    );
    expect((await commit(wish(create("README.md/x")))).status).toBe(400);
    for (const path of ["../x", "a/../../x", ".git/config", "a//b", "a\nb", "", "C:\\x"]) {
      expect(await commit(wish(create(path)))).toMatchObject(refusal(400, "invalid path"));
    }
    expect(await commit({ branch: "refused", commit_message: "m" })).toMatchObject({
      status: 400,
      json: { error: "actions is missing" },
    });
    expect((await gitlab.call("plp-bot", "GET", `${base}/repository/branches/refused`)).status).toBe(404);
  });

  it("are refused for a stale last_commit_id, by the last commit of that very file", async () => {
    const bot = gitlab.as("plp-bot");
    await commit({
      branch: "stale",
      start_branch: "main",
      commit_message: "m",
      actions: [create("stale/a")],
    });
    const { last_commit_id: known } = await bot.RepositoryFiles.show(project, "stale/a", "stale");
    await commit({ branch: "stale", commit_message: "m", actions: [create("stale/other")] });
    const update = (content: string) =>
      commit({
        branch: "stale",
        commit_message: "m",
        actions: [{ action: "update", file_path: "stale/a", content, last_commit_id: known }],
      });
    expect((await update("new\n")).status).toBe(201);
    expect(await update("newer\n")).toMatchObject(
      refusal(400, "The file has changed since you started editing it: stale/a"),
    );
  });

  it("rebuild a branch from its start only by force", async () => {
    const bot = gitlab.as("plp-bot");
    const wish = {
      branch: "rebuilt",
      start_branch: "main",
      commit_message: "m",
      actions: [create("rebuilt/a")],
    };
    await commit(wish);
    expect((await commit(wish)).json).toMatchObject({ message: expect.stringContaining("already exists") });
    await commit({ ...wish, force: true, actions: [create("rebuilt/b")] });
    const tree = await bot.Repositories.allRepositoryTrees(project, { ref: "rebuilt", path: "rebuilt" });
    expect(tree.map(({ name }) => name)).toEqual(["b"]);
    const compared = await bot.Repositories.compare(project, "main", "rebuilt");
    expect(compared.commits?.length).toBe(1);
    const main = await bot.Branches.show(project, "main");
    expect((await bot.Repositories.mergeBase(project, ["main", "rebuilt"])).id).toBe(main.commit.id);
    const log = await bot.Commits.all(project, { refName: "rebuilt", path: "rebuilt/b" });
    expect(log.map(({ title }) => title)).toEqual(["m"]);
  });

  it("by several writers at once on one branch are all there", async () => {
    await commit({ branch: "many", start_branch: "main", commit_message: "m", actions: [create("many/0")] });
    const wishes = [1, 2, 3, 4, 5].map((n) =>
      commit({ branch: "many", commit_message: `m${n}`, actions: [create(`many/${n}`)] }),
    );
    expect((await Promise.all(wishes)).map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const tree = await gitlab
      .as("dave")
      .Repositories.allRepositoryTrees(project, { ref: "many", path: "many" });
    expect(tree.length).toBe(6);
  });
});
