import { readFile } from "node:fs/promises";
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

/** Fields of recorded answers that belong to what this GitLab does not have, or that GitLab has since dropped. */
const absent = new Set([
  "owner",
  "runners_token",
  "shared_runners_enabled",
  "container_registry_enabled",
  "resolve_outdated_diff_discussions",
  "public_jobs",
  "ci_config_path",
  "shared_with_groups",
  "approvals_before_merge",
  "group_saml_identity",
  "email",
  "deleted_at",
  // Was recorded as a boolean and as "0".
  "force_remove_source_branch",
  // Depend on what happened, not on the kind of event.
  "changes",
  "oldrev",
]);

function kind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}

/** Where an answer of ours lacks a recorded field or gives it another type; null fits everything. */
function differences(recorded: unknown, ours: unknown, path = ""): string[] {
  if (kind(recorded) === "null" || kind(ours) === "null") return [];
  if (kind(recorded) !== kind(ours)) return [`${path}: ${kind(recorded)} recorded, ${kind(ours)} here`];
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    return recorded.length === 0 || ours.length === 0 ? [] : differences(recorded[0], ours[0], `${path}[]`);
  }
  if (kind(recorded) !== "object") return [];
  const here = ours as Record<string, unknown>;
  return Object.entries(recorded as object).flatMap(([key, value]) => {
    if (absent.has(key) || path.endsWith("_links")) return [];
    // Authors of notes carried it until GitLab 9.
    if (path.endsWith(".author") && key === "created_at") return [];
    if (!(key in here)) return [`${path}.${key}: missing`];
    return differences(value, here[key], `${path}.${key}`);
  });
}

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
      const recorded: unknown = JSON.parse(await readFile(sharedData("gitlab", file) ?? file, "utf8"));
      const { status, json } = await gitlab.call("plp-bot", "GET", path);
      expect([file, status]).toEqual([file, 200]);
      found.push(...differences(recorded, json).map((difference) => `${file}${difference}`));
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
      const recorded: unknown = JSON.parse(await readFile(sharedData("gitlab", file) ?? file, "utf8"));
      const ours = receiver.received.findLast(({ body }) => body.object_kind === kind)?.body;
      found.push(...differences(recorded, ours).map((difference) => `${file}${difference}`));
    }
    expect(found).toEqual([]);
  });
});
