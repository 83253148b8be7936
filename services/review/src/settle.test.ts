import { permanent } from "@plp/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { project, publisherWorld } from "../../../test/support/request-world.ts";
import type { Gitlab as Publisher } from "../../mr-publisher/src/ports.ts";

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

const as = (username: string) => gitlab.as(username).MergeRequests;

async function opened(...actions: string[]) {
  const world = publisherWorld(gitlab.url, gitlab.token);
  await world.round(...actions);
  return world;
}
type World = Awaited<ReturnType<typeof opened>>;

async function merge(world: World): Promise<void> {
  const { iid } = await world.request();
  const { title } = await world.gitlab.get(iid);
  await as("rita").edit(project, iid, { title: title.replace(/^Draft: /, "") });
  await as("rita").merge(project, iid);
}

/** A request was closed, people went on with its branch, and a later round has something to propose again. */
async function closedWithForeignCommit() {
  const world = await opened("sqs:ListQueues");
  const { iid, branch } = await world.request();
  await as("dave").edit(project, iid, { stateEvent: "close" });
  await world.publish();
  const action = { action: "create" as const, filePath: `${world.folder}/notes.md`, content: "mine\n" };
  await gitlab.as("dave").Commits.create(project, branch, "Mine", [action]);
  world.pass(168);
  await world.begin();
  await world.propose("sqs:ListQueues");
  await world.end();
  return { world, iid, branch };
}

/** GitLab after somebody with the right to it deleted this request. */
function without({ gitlab, reviews }: World, deleted: number) {
  const get: typeof gitlab.get = async (iid) => {
    if (iid === deleted) throw permanent("gitlab-404", "there is no such request");
    return gitlab.get(iid);
  };
  const getOrNull = async (iid: number) => (iid === deleted ? null : gitlab.getOrNull(iid));
  return { gitlab: { ...gitlab, get, getOrNull }, reviews: { ...reviews, getOrNull } };
}

describe("A merged request whose policy file cannot be read", () => {
  it("blocks nothing: its proposal is withdrawn with the file's name, and what it held waits", async () => {
    const world = await opened("sqs:ListQueues");
    const { branch } = await world.request();
    const action = { action: "update" as const, filePath: world.path, content: "{ not json" };
    await gitlab.as("rita").Commits.create(project, branch, "By hand", [action]);
    await merge(world);
    await world.publish();
    await world.publish();
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened", "RequestMerged"]);
    expect((await world.roleTypes()).slice(-1)).toEqual(["ProposalWithdrawn"]);
    expect((await world.roleState()).kept).toMatchObject({
      additions: [{ action: "sqs:ListQueues" }],
      reason: expect.stringContaining(world.path),
    });
    expect(world.merges).toEqual([]);
  });
});

describe("A request that was deleted", () => {
  it("counts as closed without a decision, once", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid } = await world.request();
    await world.publish(without(world, iid));
    await world.publish(without(world, iid));
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened", "RequestClosed"]);
    expect((await world.request()).closed).toMatchObject({ decision: false, by: null });
    expect((await world.roleState()).rejected.size).toBe(0);
  });

  it("is not what a project is that cannot be seen any more", async () => {
    const world = await opened("sqs:ListQueues");
    const getOrNull = async () => {
      throw permanent("gitlab-404", "there is no such project");
    };
    await expect(world.publish({ gitlab: { ...world.gitlab, getOrNull } })).rejects.toMatchObject({
      code: "gitlab-404",
    });
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened"]);
  });
});

describe("What we do ourselves", () => {
  it("is never a decision: a crash after our own close rejects nothing, even where we may merge", async () => {
    const world = await opened("sqs:ListQueues");
    await world.propose();
    const close: Publisher["close"] = async (iid) => {
      await world.gitlab.close(iid);
      throw new Error("crash");
    };
    const reviews = { ...world.reviews, isReviewer: async () => true };
    await expect(world.publish({ gitlab: { ...world.gitlab, close }, reviews })).rejects.toThrow("crash");
    await world.publish({ reviews });
    expect((await world.request()).closed).toMatchObject({ decision: false, by: { username: "plp-bot" } });
    expect((await world.roleState()).rejected.size).toBe(0);
    expect(await world.reviews.isReviewer(await world.reviews.self())).toBe(false);
  });

  it("are notes of our own: somebody else's that begins with our mark is left alone", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid } = await world.request();
    const notes = () => gitlab.as("dave").MergeRequestNotes;
    await notes().create(project, iid, "<!-- plp:frozen -->\nmine");
    await world.gitlab.note(iid, "frozen", "ours");
    await world.gitlab.note(iid, "frozen", "ours, later");
    const bodies = (await notes().all(project, iid)).map(({ body }) => body).sort();
    expect(bodies).toEqual(["<!-- plp:frozen -->\nmine", "<!-- plp:frozen -->\nours, later"]);
  });
});

describe("A request that was refused and opened again", () => {
  it("is people's: it is neither closed nor rebuilt, and one note says so", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid, head } = await world.request();
    await as("rita").edit(project, iid, { stateEvent: "close" });
    await world.publish();
    await as("rita").edit(project, iid, { stateEvent: "reopen" });
    await world.look();
    await world.look();
    expect(await world.gitlab.get(iid)).toMatchObject({ state: "opened", sha: head });
    world.pass(168);
    await world.round("sns:ListTopics");
    expect(await world.gitlab.get(iid)).toMatchObject({ state: "opened", sha: head });
    expect(await world.types()).toEqual([
      "RoundPlanned",
      "RequestOpened",
      "RequestClosed",
      "RequestReopened",
      "RoundPlanned",
    ]);
    const notes = await gitlab.as("rita").MergeRequestNotes.all(project, iid);
    const ours = notes.filter(({ body }) => body.startsWith("<!-- plp:frozen -->"));
    expect(ours).toHaveLength(1);
    expect(ours[0]?.body).toContain("Refused before, and opened again");
    expect(ours[0]?.body).toContain("Found since then: 1 permission not as the policy has it");
    await merge(world);
    await world.publish();
    expect((await world.roleTypes()).at(-1)).toBe("ProposalApproved");
  });
});

describe("A closed request that people reopened and merged before anybody looked", () => {
  it("is recorded as merged, although another of its branch is open by then", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid, branch } = await world.request();
    await as("dave").edit(project, iid, { stateEvent: "close" });
    await world.look();
    expect((await world.request()).status).toBe("closed");
    await as("rita").edit(project, iid, { stateEvent: "reopen" });
    await merge(world);
    world.pass(24);
    await world.round("sns:ListTopics");
    expect(await world.request()).toMatchObject({ branch, status: "open" });
    await world.look();
    const [first] = (await world.application()).requests.values();
    expect(first).toMatchObject({ iid, status: "merged" });
  });
});

describe("The branch that a closed request left", () => {
  it("is left alone when people went on there: the next request has a branch of its own", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid, branch } = await world.request();
    await as("dave").edit(project, iid, { stateEvent: "close" });
    await world.publish();
    const action = { action: "create" as const, filePath: `${world.folder}/notes.md`, content: "mine\n" };
    const { id } = await gitlab.as("dave").Commits.create(project, branch, "Mine", [action]);
    world.pass(168);
    await world.round("sqs:ListQueues", "sns:ListTopics");
    expect(await world.gitlab.branch(branch)).toBe(id);
    const next = await world.request();
    expect(next).toMatchObject({ status: "open", branch: `${branch}-2` });
    await world.publish();
    await as("dave").edit(project, next.iid, { stateEvent: "close" });
    await world.publish();
    world.pass(168);
    await world.round("sns:ListTopics");
    expect(await world.request()).toMatchObject({ status: "open", branch: `${branch}-2` });
  });

  it("with a number is found again after a crash, too", async () => {
    const { world, iid, branch } = await closedWithForeignCommit();
    const create: Publisher["create"] = async (request) => {
      await world.gitlab.create(request);
      throw new Error("crash");
    };
    await expect(world.publish({ gitlab: { ...world.gitlab, create } })).rejects.toThrow("crash");
    await world.publish();
    expect((await world.types()).filter((type) => type === "RequestOpened")).toHaveLength(2);
    expect(await world.request()).toMatchObject({ iid: iid + 1, branch: `${branch}-2` });
  });
});

describe("A request that is made while people reopen the one before it", () => {
  it("stands back: theirs stays open, ours is closed with a reason, and both are in the history", async () => {
    const { world, iid } = await closedWithForeignCommit();
    const create: Publisher["create"] = async (request) => {
      const created = await world.gitlab.create(request);
      await as("dave").edit(project, iid, { stateEvent: "reopen" });
      await world.seen();
      return created;
    };
    await world.publish({ gitlab: { ...world.gitlab, create } });
    await world.look();
    const states = [...(await world.application()).requests.values()].map((one) => [one.iid, one.status]);
    expect(states).toEqual([
      [iid, "frozen"],
      [iid + 1, "closed"],
    ]);
    expect(await world.gitlab.get(iid + 1)).toMatchObject({ state: "closed" });
    const notes = await world.gitlab.notes(iid + 1);
    expect(notes.map(({ body }) => body).join()).toContain(`!${iid} was opened again, and goes first`);
    expect((await world.roleTypes()).at(-1)).not.toBe("ProposalRejected");
  });
});

describe("A request that people took over", () => {
  it("asks the publisher for nothing while they only wait", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid } = await world.request();
    const { title } = await world.gitlab.get(iid);
    await as("rita").edit(project, iid, { title: title.replace(/^Draft: /, "") });
    await world.publish();
    expect(await world.types()).toContain("RequestFrozen");
    const self = async () => Promise.reject(new Error("the publisher was asked"));
    const asked = { gitlab: { ...world.gitlab, self, getOrNull: self } };
    await world.review({ v: 1, type: "request", project, iid }, asked);
    expect((await world.types()).at(-1)).toBe("RequestFrozen");
  });
});

describe("A proposal that was withdrawn without a decision", () => {
  it("closes its request with the reason, asks the merger for nothing, and comes back with its next merge", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid } = await world.request();
    const reason = `the generated policy cannot be read: ${world.path}: not JSON; mend the file`;
    await world.withdraw(reason);
    for (let i = 0; i < 5; i++) await world.publish();
    expect(world.merges).toEqual([]);
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened", "RequestClosed"]);
    const notes = await gitlab.as("rita").MergeRequestNotes.all(project, iid);
    expect(notes.filter(({ body }) => body.includes(`\`${reason}\``))).toHaveLength(1);
    world.pass(168);
    await world.round("sqs:ListQueues");
    expect(await world.request()).toMatchObject({ status: "open", iid: iid + 1 });
  });
});
