import { afterAll, beforeAll, expect, it } from "vitest";
import { needsSharedData, sharedData } from "../../../../test/shared-data.ts";
import { skipUnless } from "../../../../test/support/skip.ts";
import {
  base,
  hookReceiver,
  openedRequest,
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "./test-gitlab.ts";
import { differencesFrom } from "./test-shapes.ts";

skipUnless(needsSharedData("gitlab"))("answers recorded from a real GitLab", () => {
  let gitlab: TestGitlab;
  let remove: () => Promise<void>;
  let answers: Record<string, string>;
  beforeAll(async () => {
    const folder = await temporaryFolder();
    remove = folder.remove;
    gitlab = await startTestGitlab(folder.path);
    const { bot, iid, one, commit } = await openedRequest(gitlab);
    await bot.MergeRequests.edit("iam/roles", iid, { assigneeIds: [8], reviewerIds: [8], labels: "a" });
    await bot.MergeRequestNotes.create("iam/roles", iid, "n");
    const repository = `${base}/repository`;
    answers = {
      "go-gitlab/testdata/get_merge_request.json": one,
      "go-gitlab/testdata/get_merge_requests.json": `${base}/merge_requests`,
      "go-gitlab/testdata/list_merge_request_diff.json": `${one}/diffs`,
      "go-gitlab/testdata/get_branch.json": `${repository}/branches/main`,
      "go-gitlab/testdata/list_branches.json": `${repository}/branches`,
      "go-gitlab/testdata/get_commit.json": `${repository}/commits/${commit.id}`,
      "go-scm/scm/driver/gitlab/testdata/merge.json": one,
      "go-scm/scm/driver/gitlab/testdata/merges.json": `${base}/merge_requests`,
      "go-scm/scm/driver/gitlab/testdata/merge_diff.json": `${one}/changes`,
      "go-scm/scm/driver/gitlab/testdata/merge_notes.json": `${one}/notes`,
      "go-scm/scm/driver/gitlab/testdata/repo.json": base,
      "go-scm/scm/driver/gitlab/testdata/content.json": `${repository}/files/README.md?ref=main`,
      "go-scm/scm/driver/gitlab/testdata/content_list.json": `${repository}/tree`,
      "go-scm/scm/driver/gitlab/testdata/branches.json": `${repository}/branches`,
      "go-scm/scm/driver/gitlab/testdata/commits.json": `${repository}/commits`,
      "go-scm/scm/driver/gitlab/testdata/commit_diff.json": `${repository}/commits/${commit.id}/diff`,
      "go-scm/scm/driver/gitlab/testdata/compare.json": `${repository}/compare?from=main&to=${commit.id}`,
      "go-scm/scm/driver/gitlab/testdata/project_member_perm.json": `${base}/members/all/8`,
    };
  });
  afterAll(async () => {
    await gitlab.stop();
    await remove();
  });

  it("have the fields and types that this one gives", async () => {
    const found: string[] = [];
    for (const [file, path] of Object.entries(answers)) {
      const { status, json } = await gitlab.call("plp-bot", "GET", path);
      expect([file, status]).toEqual([file, 200]);
      found.push(...(await differencesFrom(sharedData("gitlab", file), json)));
    }
    expect(found).toEqual([]);
  });

  it("and its hooks send what a real GitLab's were seen to send", async () => {
    const receiver = await hookReceiver();
    const events = { pushEvents: true, mergeRequestsEvents: true, noteEvents: true };
    await gitlab.as("rita").ProjectHooks.add("iam/roles", receiver.url, events);
    const { bot, iid } = await openedRequest(gitlab);
    const { commit } = await openedRequest(gitlab);
    await bot.MergeRequests.edit("iam/roles", iid, { assigneeIds: [8], reviewerIds: [8], addLabels: "a" });
    await bot.MergeRequestNotes.create("iam/roles", iid, `see ${commit.id}`);
    await gitlab.settled();
    receiver.stop();
    const webhooks = "go-gitlab/testdata/webhooks";
    const samples = {
      [`${webhooks}/push.json`]: "push",
      [`${webhooks}/merge_request.json`]: "merge_request",
      [`${webhooks}/note_merge_request.json`]: "note",
      "go-scm/scm/driver/gitlab/testdata/webhooks/pull_request_edited.json": "merge_request",
      "go-scm/scm/driver/gitlab/testdata/webhooks/pull_request_comment_create.json": "note",
      "go-scm/scm/driver/gitlab/testdata/webhooks/push_merge.json": "push",
    };
    const found: string[] = [];
    for (const [file, kind] of Object.entries(samples)) {
      const ours = receiver.received.findLast(({ body }) => body.object_kind === kind)?.body;
      found.push(...(await differencesFrom(sharedData("gitlab", file), ours)));
    }
    expect(found).toEqual([]);
  });
});
