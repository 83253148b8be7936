import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  base,
  openedRequest,
  project,
  refusal,
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "./test-gitlab.ts";

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

describe("merge requests", () => {
  it("open as drafts, once per source branch, and are found again", async () => {
    const { bot, request, branch, commit, iid } = await openedRequest(
      gitlab,
      "Draft: **31** more",
      "- [x] a\n- [ ] b",
    );
    expect(request).toMatchObject({
      state: "opened",
      draft: true,
      detailed_merge_status: "draft_status",
      sha: commit.id,
      changes_count: "1",
      author: { username: "plp-bot" },
      task_completion_status: { count: 2, completed_count: 1 },
      web_url: `${gitlab.webUrl}/-/merge_requests/${iid}`,
    });
    expect(request.id).not.toBe(iid);
    const main = await bot.Branches.show(project, "main");
    expect(request.diff_refs).toEqual({
      base_sha: main.commit.id,
      head_sha: commit.id,
      start_sha: main.commit.id,
    });
    const again = await gitlab.call("plp-bot", "POST", `${base}/merge_requests`, {
      source_branch: branch,
      target_branch: "main",
      title: "t",
    });
    expect(again).toMatchObject(
      refusal(409, [`Another open merge request already exists for this source branch: !${iid}`]),
    );
    const wish = { projectId: project, state: "opened" as const, sourceBranch: branch, targetBranch: "main" };
    expect((await bot.MergeRequests.all(wish)).map((one) => one.iid)).toEqual([iid]);
    expect(await bot.MergeRequests.all({ ...wish, state: "merged" })).toEqual([]);
    expect((await bot.MergeRequests.all({ ...wish, authorUsername: "rita" })).length).toBe(0);
  });

  it("show what they change and by which commits", async () => {
    const { bot, iid, path, commit } = await openedRequest(gitlab);
    const diffs = await bot.MergeRequests.allDiffs(project, iid);
    expect(diffs).toMatchObject([
      { new_path: path, new_file: true, diff: expect.stringContaining("@@ -0,0 +1 @@\n+{") },
    ]);
    const changes = await bot.MergeRequests.showChanges(project, iid);
    expect(changes.changes.length).toBe(1);
    expect((await bot.MergeRequests.allCommits(project, iid)).map(({ id }) => id)).toEqual([commit.id]);
  });

  it("follow a branch that moves, and close when it goes", async () => {
    const { bot, branch, iid, path } = await openedRequest(gitlab, "ready");
    await gitlab.call("rita", "PUT", `${base}/merge_requests/${iid}/merge`, {
      merge_when_pipeline_succeeds: true,
    });
    expect(await bot.MergeRequests.show(project, iid)).toMatchObject({
      merge_when_pipeline_succeeds: true,
      merge_user: { username: "rita" },
      state: "opened",
    });
    const second = await gitlab
      .as("dave")
      .Commits.create(project, branch, "Edit", [{ action: "update", filePath: path, content: "{}\n" }]);
    const moved = await bot.MergeRequests.show(project, iid);
    expect(moved).toMatchObject({ sha: second.id, merge_when_pipeline_succeeds: false });
    const authors = (await bot.MergeRequests.allCommits(project, iid)).map(({ author_name }) => author_name);
    expect(authors).toEqual(["Dave Developer", "PLP"]);
    await bot.Branches.remove(project, branch);
    expect(await bot.MergeRequests.show(project, iid)).toMatchObject({ state: "closed", sha: second.id });
  });

  it("are edited, marked ready, closed and reopened", async () => {
    const { bot, iid, one } = await openedRequest(gitlab, "Draft: t");
    const edited = await bot.MergeRequests.edit(project, iid, {
      title: "t",
      description: "d",
      addLabels: "b,a",
      assigneeIds: [8, 999],
      reviewerIds: [9],
    });
    expect(edited).toMatchObject({
      draft: false,
      description: "d",
      labels: ["a", "b"],
      detailed_merge_status: "mergeable",
      assignees: [{ username: "rita" }],
      reviewers: [{ username: "dave" }],
    });
    const notes = await bot.MergeRequestNotes.all(project, iid);
    expect(notes).toMatchObject([{ system: true, body: "marked this merge request as **ready**" }]);
    expect(await bot.MergeRequests.edit(project, iid, { removeLabels: "a" })).toMatchObject({
      labels: ["b"],
    });
    const closed = await gitlab.as("dave").MergeRequests.edit(project, iid, { stateEvent: "close" });
    expect(closed).toMatchObject({
      state: "closed",
      closed_by: { username: "dave" },
      detailed_merge_status: "not_open",
    });
    expect(await bot.MergeRequests.edit(project, iid, { stateEvent: "reopen" })).toMatchObject({
      state: "opened",
      closed_by: null,
    });
    expect(await gitlab.call("rob", "PUT", one, { title: "x" })).toMatchObject({ status: 403 });
    expect(await gitlab.call("plp-bot", "PUT", one, { title: "x".repeat(256) })).toMatchObject({
      status: 400,
    });
  });

  it("merge by a real merge commit, by who may, once ready", async () => {
    const { bot, iid, one, commit, path, branch } = await openedRequest(gitlab, "Draft: t");
    expect(await gitlab.call("rita", "PUT", `${one}/merge`)).toMatchObject(
      refusal(405, "405 Method Not Allowed"),
    );
    await bot.MergeRequests.edit(project, iid, { title: "t" });
    const stale = await gitlab.call("rita", "PUT", `${one}/merge`, { sha: "0".repeat(40) });
    expect(stale).toMatchObject(refusal(409, `SHA does not match HEAD of source branch: ${commit.id}`));
    const merged = await gitlab
      .as("rita")
      .MergeRequests.merge(project, iid, { sha: commit.id, shouldRemoveSourceBranch: true });
    expect(merged).toMatchObject({ state: "merged", merge_user: { username: "rita" }, sha: commit.id });
    const main = await bot.Branches.show(project, "main");
    expect(merged.merge_commit_sha).toBe(main.commit.id);
    expect([main.commit.parent_ids].flat()[1]).toBe(commit.id);
    const file = await bot.RepositoryFiles.show(project, path, "main");
    expect(file.last_commit_id).toBe(commit.id);
    expect(
      (await gitlab.call("plp-bot", "GET", `${base}/repository/branches/${encodeURIComponent(branch)}`))
        .status,
    ).toBe(404);
    expect(await gitlab.call("rita", "PUT", `${one}/merge`)).toMatchObject({ status: 405 });
    expect((await bot.MergeRequests.allDiffs(project, iid)).length).toBe(1);
  });

  it("squash when asked", async () => {
    const { iid } = await openedRequest(gitlab, "t");
    const merged = await gitlab.as("rita").MergeRequests.merge(project, iid, { squash: true });
    const commit = await gitlab.as("rita").Commits.show(project, String(merged.merge_commit_sha));
    expect([commit.parent_ids].flat()[1]).toBe(merged.squash_commit_sha);
  });

  it("say that they conflict, and do not merge then", async () => {
    const change = (branch: string, content: string) =>
      gitlab
        .as("rita")
        .Commits.create(
          project,
          branch,
          "m",
          [{ action: "update", filePath: "shop/policies/prod.json", content }],
          branch === "main" ? {} : { startBranch: "main" },
        );
    await change("conflicting", "one\n");
    await change("main", "two\n");
    const { iid } = await gitlab.as("plp-bot").MergeRequests.create(project, "conflicting", "main", "c");
    const shown = await gitlab.as("plp-bot").MergeRequests.show(project, iid);
    expect(shown).toMatchObject({ has_conflicts: true, detailed_merge_status: "conflict" });
    const refused = await gitlab.call("rita", "PUT", `${base}/merge_requests/${iid}/merge`);
    expect(refused).toMatchObject(refusal(422, "Branch cannot be merged"));
  });

  it("keep approvals and notes", async () => {
    const { bot, iid, one } = await openedRequest(gitlab);
    await gitlab.as("rita").MergeRequestApprovals.approve(project, iid);
    const shown = await bot.MergeRequestApprovals.showConfiguration(project, { mergerequestIId: iid });
    expect(shown).toMatchObject({ approved: true, approved_by: [{ user: { username: "rita" } }] });
    expect((await gitlab.call("rita", "POST", `${one}/approve`)).status).toBe(401);
    await gitlab.as("rita").MergeRequestApprovals.unapprove(project, iid);
    expect((await gitlab.call("plp-bot", "GET", `${one}/approvals`)).json).toMatchObject({ approved_by: [] });
    const note = await bot.MergeRequestNotes.create(project, iid, "frozen");
    expect(note).toMatchObject({ body: "frozen", noteable_iid: iid, system: false });
    await bot.MergeRequestNotes.edit(project, iid, note.id, { body: "thawed" });
    expect((await bot.MergeRequestNotes.show(project, iid, note.id)).body).toBe("thawed");
    expect((await gitlab.call("dave", "PUT", `${one}/notes/${note.id}`, { body: "x" })).status).toBe(403);
    expect((await bot.MergeRequests.show(project, iid)).user_notes_count).toBe(1);
    await bot.MergeRequestNotes.remove(project, iid, note.id);
    expect((await bot.MergeRequests.show(project, iid)).user_notes_count).toBe(0);
  });

  it("carry out quick actions that stand at a line's beginning, and none in code", async () => {
    const { bot, iid } = await openedRequest(
      gitlab,
      "Draft: t",
      "a\n```\n/close\n```\n`/close`\n> /close\n /close",
    );
    expect(await bot.MergeRequests.show(project, iid)).toMatchObject({ state: "opened", draft: true });
    await bot.MergeRequestNotes.create(project, iid, "see\n/approve\n/merge\n/ready");
    const shown = await bot.MergeRequests.show(project, iid);
    expect(shown).toMatchObject({ draft: false, merge_when_pipeline_succeeds: false });
    const { approved_by: approvers } = await bot.MergeRequestApprovals.showConfiguration(project, {
      mergerequestIId: iid,
    });
    expect([approvers].flat().length).toBe(1);
    const edited = await bot.MergeRequests.edit(project, iid, { description: "injected:\n/close\nend" });
    expect(edited).toMatchObject({ state: "closed", description: "injected:\nend" });
  });
});
