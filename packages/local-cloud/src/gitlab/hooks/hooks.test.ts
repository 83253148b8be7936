import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { handClock } from "../../testing/logs.ts";
import {
  base,
  hookReceiver,
  openedRequest,
  project,
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../test-gitlab.ts";

let gitlab: TestGitlab;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let clock: ReturnType<typeof handClock>;
let receiver: Awaited<ReturnType<typeof hookReceiver>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = handClock();
  receiver = await hookReceiver();
  gitlab = await startTestGitlab(folder.path, { clock, hookRetryAfter: [0, 0] });
});
afterEach(async () => {
  await gitlab.stop();
  receiver.stop();
  await folder.remove();
});

const all = { mergeRequestsEvents: true, noteEvents: true, pushEvents: true, token: "s3cret" } as const;
const added = (options: object = all) => gitlab.as("rita").ProjectHooks.add(project, receiver.url, options);

/** What was told since the last look, as `kind action`. */
async function told(): Promise<string[]> {
  await gitlab.settled();
  return receiver.received.splice(0).map(({ body }) => {
    const { object_kind, object_attributes } = body as Record<string, Record<string, string> | string>;
    const action = typeof object_attributes === "object" ? ` ${object_attributes.action}` : "";
    return `${object_kind}${action}`;
  });
}

describe("project hooks", () => {
  it("are added, listed, edited and deleted by maintainers, and never show their token", async () => {
    const rita = gitlab.as("rita");
    const hook = await added();
    expect(hook).toMatchObject({
      url: receiver.url,
      merge_requests_events: true,
      job_events: false,
      alert_status: "executable",
    });
    const edited = await rita.ProjectHooks.edit(project, hook.id, receiver.url, {
      jobEvents: true,
      noteEvents: false,
    });
    expect(edited).toMatchObject({ job_events: true, note_events: false, push_events: true });
    const shown = await gitlab.call("rita", "GET", `${base}/hooks`);
    expect(shown.text).not.toContain("s3cret");
    expect(shown.json).toMatchObject([{ id: hook.id, job_events: true }]);
    expect((await gitlab.call("plp-bot", "GET", `${base}/hooks`)).status).toBe(403);
    await rita.ProjectHooks.remove(project, hook.id);
    expect(await rita.ProjectHooks.all(project)).toEqual([]);
    expect((await gitlab.call("rita", "GET", `${base}/hooks/${hook.id}`)).status).toBe(404);
  });

  it.each(["ftp://127.0.0.1/x", "nowhere", "http://example.com/x"])("refuse the address %s", async (bad) => {
    expect((await gitlab.call("rita", "POST", `${base}/hooks`, { url: bad })).status).toBe(422);
  });

  it("are told of a request's whole life, each with token, event, ids and who did it", async () => {
    await added();
    const { bot, iid, branch, commit } = await openedRequest(gitlab, "Draft: t");
    await gitlab.settled();
    const [push, open] = receiver.received;
    expect(push?.body).toMatchObject({
      object_kind: "push",
      ref: `refs/heads/${branch}`,
      before: "0".repeat(40),
      after: commit.id,
      total_commits_count: 1,
      user_username: "plp-bot",
      commits: [{ id: commit.id, added: [expect.stringContaining("policies/prod.json")] }],
    });
    expect(open?.headers).toMatchObject({
      "x-gitlab-event": "Merge Request Hook",
      "x-gitlab-token": "s3cret",
      "x-gitlab-event-uuid": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "x-gitlab-webhook-uuid": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "idempotency-key": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(open?.body).toMatchObject({
      object_kind: "merge_request",
      user: { username: "plp-bot" },
      object_attributes: {
        action: "open",
        iid,
        state: "opened",
        draft: true,
        last_commit: { id: commit.id },
      },
    });
    expect(await told()).toEqual(["push", "merge_request open"]);

    const rita = gitlab.as("rita");
    await rita.MergeRequestNotes.create(project, iid, "hello");
    await bot.MergeRequests.edit(project, iid, { title: "t", addLabels: "x" });
    await gitlab.settled();
    expect(receiver.received[1]?.body).toMatchObject({
      object_attributes: { action: "update", title: "t" },
      changes: {
        title: { previous: "Draft: t", current: "t" },
        draft: { previous: true, current: false },
        labels: { previous: [], current: [{ title: "x" }] },
      },
    });
    expect(await told()).toEqual(["note create", "merge_request update"]);

    await rita.MergeRequestApprovals.approve(project, iid);
    await rita.MergeRequestApprovals.unapprove(project, iid);
    await rita.MergeRequests.edit(project, iid, { stateEvent: "close" });
    await rita.MergeRequests.edit(project, iid, { stateEvent: "reopen" });
    expect(await told()).toEqual([
      "merge_request approved",
      "merge_request unapproved",
      "merge_request close",
      "merge_request reopen",
    ]);
    await rita.MergeRequests.merge(project, iid, { shouldRemoveSourceBranch: true });
    await gitlab.settled();
    const merged = receiver.received.find(
      ({ body }) => (body as { object_kind: string }).object_kind === "merge_request",
    );
    expect(merged?.body).toMatchObject({
      user: { username: "rita" },
      object_attributes: { action: "merge" },
    });
    expect((await told()).sort()).toEqual(["merge_request merge", "push", "push"]);
  });

  it("are told of a push by git: the branch, and the request that follows it with its old head", async () => {
    const { branch, iid, commit } = await openedRequest(gitlab, "t");
    await added();
    const clone = join(folder.path, "clone");
    await gitlab.git(folder.path, "clone", "-q", "-b", branch, gitlab.cloneUrlOf("dave"), clone);
    await gitlab.git(clone, "commit", "-q", "--allow-empty", "-m", "mine");
    await gitlab.git(clone, "push", "-q", "origin", branch, `${branch}:refs/heads/other`);
    await gitlab.settled();
    const update = receiver.received.find(
      ({ headers }) => headers["x-gitlab-event"] === "Merge Request Hook",
    );
    expect(update?.body).toMatchObject({
      user: { username: "dave" },
      object_attributes: { action: "update", iid, oldrev: commit.id },
    });
    expect((await told()).sort()).toEqual(["merge_request update", "push", "push"]);
  });

  it("are told only what they asked for", async () => {
    await added({ noteEvents: true, pushEvents: false });
    const { bot, iid } = await openedRequest(gitlab);
    const note = await bot.MergeRequestNotes.create(project, iid, "a");
    await bot.MergeRequestNotes.edit(project, iid, note.id, { body: "b" });
    expect(await told()).toEqual(["note create", "note update"]);
  });

  it("are tried again after a 5xx with the same idempotency key, and a bounded number of times", async () => {
    await added({ noteEvents: true, pushEvents: false });
    const { bot, iid } = await openedRequest(gitlab);
    receiver.answers.push(...[500, 503, 200]);
    await bot.MergeRequestNotes.create(project, iid, "a");
    await gitlab.settled();
    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    receiver.received.length = 0;
    receiver.answers.push(...Array<number>(20).fill(500));
    await bot.MergeRequestNotes.create(project, iid, "b");
    await gitlab.settled();
    expect(receiver.received).toHaveLength(3);
  });

  it("are left alone for a minute after four failures in a row, then twice as long each time", async () => {
    const hook = await added({ noteEvents: true, pushEvents: false });
    const { bot, iid } = await openedRequest(gitlab);
    const status = async () => {
      const shown = await gitlab.call("rita", "GET", `${base}/hooks/${hook.id}`);
      return (shown.json as { alert_status: string }).alert_status;
    };
    const fail = async () => {
      receiver.answers.push(...[500, 500, 500]);
      await bot.MergeRequestNotes.create(project, iid, "x");
      await gitlab.settled();
    };
    for (let count = 0; count < 3; count += 1) await fail();
    expect(await status()).toBe("executable");
    await fail();
    expect(await status()).toBe("temporarily_disabled");
    receiver.received.length = 0;
    receiver.answers.length = 0;
    await bot.MergeRequestNotes.create(project, iid, "lost");
    expect(await told()).toEqual([]);
    clock.forward(60_000);
    await fail();
    clock.forward(60_000);
    expect(await status()).toBe("temporarily_disabled");
    clock.forward(60_000);
    receiver.answers.length = 0;
    receiver.received.length = 0;
    await bot.MergeRequestNotes.create(project, iid, "heard");
    expect(await told()).toEqual(["note create"]);
    expect(await status()).toBe("executable");
  });

  it("are disabled for good by a 4xx, until a test succeeds", async () => {
    const hook = await added({ noteEvents: true, pushEvents: false });
    const { bot, iid } = await openedRequest(gitlab);
    receiver.answers.push(...[401]);
    await bot.MergeRequestNotes.create(project, iid, "x");
    await gitlab.settled();
    clock.forward(365 * 86_400_000);
    receiver.received.length = 0;
    await bot.MergeRequestNotes.create(project, iid, "lost");
    expect(await told()).toEqual([]);
    const test = `${base}/hooks/${hook.id}/test/note_events`;
    receiver.answers.push(...[500]);
    expect((await gitlab.call("rita", "POST", test)).status).toBe(422);
    expect((await gitlab.call("rita", "POST", test)).status).toBe(201);
    receiver.received.length = 0;
    await bot.MergeRequestNotes.create(project, iid, "heard");
    expect(await told()).toEqual(["note create"]);
  });

  it("are there after a restart, with their token", async () => {
    await added();
    await gitlab.stop();
    gitlab = await startTestGitlab(folder.path, { clock });
    await openedRequest(gitlab);
    await gitlab.settled();
    expect(receiver.received.map(({ headers }) => headers["x-gitlab-token"])).toEqual(["s3cret", "s3cret"]);
    const stored = join(folder.path, "gitlab", "hooks", "1.json");
    expect(JSON.parse(await readFile(stored, "utf8")).token).toBe("s3cret");
  });

  it("of which one does not answer never keep a request waiting", async () => {
    await added();
    receiver.stop();
    const { iid } = await openedRequest(gitlab);
    expect(iid).toBe(1);
    await gitlab.settled();
    const shown = await gitlab.call("rita", "GET", `${base}/hooks`);
    expect(shown.json).toMatchObject([{ alert_status: "executable" }]);
  });
});
