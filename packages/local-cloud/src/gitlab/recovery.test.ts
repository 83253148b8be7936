import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openedRequest, project, startTestGitlab, temporaryFolder } from "./test-gitlab.ts";

let folder: { path: string; remove: () => Promise<void> };
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

/** Rewrites the file of the first merge request as a crash would have left it. */
async function left(change: (stored: Record<string, unknown>) => object): Promise<void> {
  const file = join(folder.path, "gitlab", "merge-requests", "1.json");
  const stored = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...stored, ...change(stored) }));
}

describe("a start after a crash", () => {
  it("goes on with the same requests, tokens and branches", async () => {
    const first = await startTestGitlab(folder.path);
    const { request } = await openedRequest(first);
    await first.stop();
    const second = await startTestGitlab(folder.path);
    expect(second.token).toBe(first.token);
    const { web_url: _first, ...before } = request;
    const { web_url: _second, ...after } = await second.as("plp-bot").MergeRequests.show(project, 1);
    expect({ ...after, author: { ...after.author, web_url: "" } }).toEqual({
      ...before,
      author: { ...before.author, web_url: "" },
    });
    await second.stop();
  });

  it("finishes a merge whose commit reached the branch", async () => {
    const first = await startTestGitlab(folder.path);
    const { iid } = await openedRequest(first, "t");
    const merged = await first.as("rita").MergeRequests.merge(project, iid);
    await first.stop();
    await left(({ merged }) => ({
      state: "opened",
      merged: null,
      merging: { ...(merged as object), removeSource: true },
      notes: [],
    }));
    const second = await startTestGitlab(folder.path);
    const shown = await second.as("plp-bot").MergeRequests.show(project, iid);
    expect(shown).toMatchObject({
      state: "merged",
      merge_commit_sha: merged.merge_commit_sha,
      merged_at: merged.merged_at,
    });
    expect((await second.as("plp-bot").Branches.all(project)).map(({ name }) => name)).toEqual(["main"]);
    await second.stop();
  });

  it("forgets a merge whose commit did not", async () => {
    const first = await startTestGitlab(folder.path);
    const { iid, commit } = await openedRequest(first, "t");
    await first.stop();
    await left(() => ({
      merging: { at: new Date(0).toISOString(), by: 8, commit: commit.id, squash: null, removeSource: true },
    }));
    const second = await startTestGitlab(folder.path);
    expect(await second.as("plp-bot").MergeRequests.show(project, iid)).toMatchObject({
      state: "opened",
      detailed_merge_status: "mergeable",
    });
    await second.stop();
  });

  it("clears a lock that a killed git left", async () => {
    const first = await startTestGitlab(folder.path);
    await first.stop();
    await writeFile(join(folder.path, "gitlab", "repository.git", "refs", "heads", "main.lock"), "");
    const second = await startTestGitlab(folder.path);
    const actions = [{ action: "create" as const, filePath: "x", content: "x" }];
    expect((await second.as("rita").Commits.create(project, "main", "m", actions)).title).toBe("m");
    await second.stop();
  });

  it("says which file is damaged", async () => {
    const first = await startTestGitlab(folder.path);
    await openedRequest(first);
    await first.stop();
    await left(() => ({ head: "../../x" }));
    await expect(startTestGitlab(folder.path)).rejects.toThrow(
      /merge-requests\/1\.json does not hold.*head/s,
    );
  });
});
