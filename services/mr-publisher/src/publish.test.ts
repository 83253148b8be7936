import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { project, publisherWorld, settingsOf } from "../../../test/support/request-world.ts";
import type { Gitlab } from "./ports.ts";

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

const begin = (more: object = {}) => publisherWorld(gitlab.url, gitlab.token, settingsOf(more));
type World = ReturnType<typeof begin>;

async function opened(...actions: string[]) {
  const world = begin();
  await world.round(...(actions.length > 0 ? actions : ["sqs:ListQueues", "sns:ListTopics"]));
  return world;
}
const shown = async (world: World) => world.gitlab.get((await world.request()).iid);
const as = (username: string) => gitlab.as(username).MergeRequests;
const openRequests = async (world: World) =>
  (await as("rita").all({ projectId: project, state: "opened" })).filter(({ source_branch }) =>
    String(source_branch).includes(`/${world.folder}-`),
  );
async function edit(world: World, who: string, change: (text: string) => string) {
  const { branch } = await world.request();
  const file = await world.gitlab.file(world.path, branch);
  const actions = [{ action: "update" as const, filePath: world.path, content: change(file?.content ?? "") }];
  await gitlab.as(who).Commits.create(project, branch, "Edit", actions);
}
const ready = async (world: World, who = "rita") => {
  const { iid, title } = await shown(world);
  await as(who).edit(project, iid, { title: title.replace(/^Draft: /, "") });
};
const mergeIt = async (world: World) => {
  await ready(world);
  await as("rita").merge(project, (await world.request()).iid);
};

describe("A request", () => {
  it("is opened once as a draft, with the policy, its text and the anchor of the history", async () => {
    const world = await opened();
    await world.publish();
    await world.publish();
    expect(await openRequests(world)).toHaveLength(1);
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened"]);
    const request = await shown(world);
    expect(request).toMatchObject({
      draft: true,
      title: `Draft: ${world.folder}: 2 new permissions for prod`,
    });
    expect(request.description).toContain("**2 new permissions**");
    const file = await world.gitlab.file(world.path, request.sha);
    expect(file?.content).toContain('"sqs:ListQueues"');
    const { message } = await world.gitlab.change(request.sha);
    const proposal = (await world.roleState()).open.get("grow");
    expect(message).toContain(
      `Plp-History: ${world.role.arn}#AROAEXAMPLE ${proposal?.version} ${proposal?.hash}`,
    );
  });

  it("waits for the other runs of the round, at most a day", async () => {
    const world = begin();
    await world.begin();
    await world.propose("sqs:ListQueues");
    await world.publish();
    expect(await openRequests(world)).toHaveLength(0);
    world.pass(24);
    await world.publish();
    expect(await openRequests(world)).toHaveLength(1);
  });

  it("is rebuilt by a later round while it is ours, in one commit on the default branch", async () => {
    const world = await opened("sqs:ListQueues");
    const before = await world.request();
    world.pass(168);
    await world.round("sns:ListTopics", "sqs:ListQueues");
    const after = await world.request();
    expect(await openRequests(world)).toHaveLength(1);
    expect(after.iid).toBe(before.iid);
    expect(after.head).not.toBe(before.head);
    expect((await world.gitlab.change(after.head)).parent).toBe(after.base);
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened", "RoundPlanned", "RequestUpdated"]);
    expect((await shown(world)).title).toContain("2 new permissions");
  });

  it("keeps title, labels and text of people", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid, description } = await shown(world);
    await as("rita").edit(project, iid, {
      title: "Draft: mine",
      description: `Mine.\n\n${description}\n\nAlso mine.`,
    });
    world.pass(168);
    await world.round("sns:ListTopics", "sqs:ListQueues");
    const after = await shown(world);
    expect(after.title).toBe("Draft: mine");
    expect(after.description).toMatch(/^Mine\.[\s\S]*\*\*2 new permissions\*\*[\s\S]*Also mine\.$/);
  });

  it("whose policy changed on the default branch goes back to the merger instead of undoing that change", async () => {
    const world = await opened("sqs:ListQueues");
    const content = '{\n  "Version": "2012-10-17",\n  "Statement": []\n}\n';
    await gitlab
      .as("rita")
      .Commits.create(project, "main", "By hand", [{ action: "create", filePath: world.path, content }]);
    await world.publish();
    expect(world.merges).toHaveLength(1);
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened"]);
  });

  it("that has nothing left to add is closed, which is no decision, and says so", async () => {
    const world = await opened("sqs:ListQueues");
    const proposed = await shown(world);
    const content = (await world.gitlab.file(world.path, proposed.sha))?.content ?? "";
    await gitlab
      .as("rita")
      .Commits.create(project, "main", "By hand", [{ action: "create", filePath: world.path, content }]);
    await world.propose("sqs:ListQueues");
    await world.publish();
    expect(await shown(world)).toMatchObject({ state: "closed" });
    const notes = await gitlab.as("rita").MergeRequestNotes.all(project, proposed.iid);
    expect(notes.some(({ body }) => body.includes("this is no decision"))).toBe(true);
    expect((await world.request()).closed).toMatchObject({ decision: false });
    expect((await world.roleState()).rejected.size).toBe(0);
  });
});

describe("A request that people have taken over is frozen", () => {
  const takeovers: readonly (readonly [string, (world: World) => Promise<unknown>])[] = [
    ["ready", (world) => ready(world, "dave")],
    [
      "foreign-commit",
      (world) => edit(world, "dave", (text) => text.replace("sqs:ListQueues", "sqs:GetQueueUrl")),
    ],
    [
      "approved",
      async (world) => gitlab.as("rita").MergeRequestApprovals.approve(project, (await world.request()).iid),
    ],
  ];

  it.each(takeovers)("%s: nothing is pushed, and one note says what came later", async (why, take) => {
    const world = await opened("sqs:ListQueues");
    await take(world);
    const before = await shown(world);
    world.pass(168);
    await world.round("sns:ListTopics", "sqs:ListQueues");
    await world.publish();
    expect(await shown(world)).toMatchObject({
      sha: before.sha,
      title: before.title,
      description: before.description,
    });
    expect(await world.request()).toMatchObject({ status: "frozen", frozen: { why } });
    expect(await openRequests(world)).toHaveLength(1);
    const notes = (await gitlab.as("rita").MergeRequestNotes.all(project, before.iid)).filter(({ body }) =>
      body.startsWith("<!-- plp:frozen -->"),
    );
    expect(notes).toHaveLength(1);
    expect(notes[0]?.body).toContain("Found since then: 2 permissions not as the policy has it (`prod`)");
  });

  it("for good: marked as draft again it stays people's", async () => {
    const world = await opened("sqs:ListQueues");
    await ready(world);
    await world.publish();
    const { iid, title, sha } = await shown(world);
    await as("rita").edit(project, iid, { title: `Draft: ${title}` });
    world.pass(168);
    await world.round("sns:ListTopics", "sqs:ListQueues");
    expect((await shown(world)).sha).toBe(sha);
  });
});

describe("A decision", () => {
  it("to merge approves the policy as it stands then, once", async () => {
    const world = await opened();
    await mergeIt(world);
    await world.publish();
    await world.publish();
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened", "RequestMerged"]);
    expect((await world.roleTypes()).filter((type) => type === "ProposalApproved")).toHaveLength(1);
    const role = await world.roleState();
    expect(role.open.size).toBe(0);
    expect(JSON.stringify(role.approved?.policy)).toContain("sqs:ListQueues");
    expect((await world.request()).merged?.by?.username).toBe("rita");
  });

  it("to merge without a line refuses that line, and a line of people is theirs", async () => {
    const world = await opened();
    await edit(world, "rita", (text) => text.replace("sqs:ListQueues", "sqs:GetQueueUrl"));
    await mergeIt(world);
    await world.publish();
    const events = (await world.store.load(`role#${world.role.arn}#AROAEXAMPLE`)).events;
    expect(events.at(-1)).toMatchObject({
      type: "ProposalApproved",
      data: { struck: [{ action: "sqs:ListQueues" }], foreign: [{ action: "sqs:GetQueueUrl" }] },
    });
    expect([...(await world.roleState()).rejected.values()]).toMatchObject([
      { permission: { action: "sqs:ListQueues" } },
    ]);
  });

  it("to close by somebody who may merge refuses all of it", async () => {
    const world = await opened();
    await as("rita").edit(project, (await world.request()).iid, { stateEvent: "close" });
    await world.publish();
    expect((await world.request()).closed).toMatchObject({ decision: true, by: { username: "rita" } });
    expect((await world.roleState()).rejected.size).toBe(2);
    await world.publish();
    expect(await openRequests(world)).toHaveLength(0);
  });

  it("is none when somebody else closes: it comes back with the next round, not before", async () => {
    const world = await opened("sqs:ListQueues");
    await as("dave").edit(project, (await world.request()).iid, { stateEvent: "close" });
    await world.publish();
    await world.publish();
    expect((await world.request()).closed).toMatchObject({ decision: false });
    expect((await world.roleState()).rejected.size).toBe(0);
    expect(await openRequests(world)).toHaveLength(0);
    world.pass(168);
    await world.round("sqs:ListQueues");
    expect(await openRequests(world)).toHaveLength(1);
  });

  it("is none when somebody else closes; found by the next round only, it comes back with that one", async () => {
    const world = await opened("sqs:ListQueues");
    await as("dave").edit(project, (await world.request()).iid, { stateEvent: "close" });
    world.pass(168);
    await world.round("sqs:ListQueues");
    expect((await world.roleState()).rejected.size).toBe(0);
    expect(await openRequests(world)).toHaveLength(1);
  });

  it("to reopen what was refused and merge it is an approval", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid } = await world.request();
    await as("rita").edit(project, iid, { stateEvent: "close" });
    await world.publish();
    await as("rita").edit(project, iid, { stateEvent: "reopen" });
    await mergeIt(world);
    await world.look();
    expect((await world.roleTypes()).slice(-2)).toEqual(["ProposalRejected", "ProposalApproved"]);
    expect((await world.roleState()).rejected.size).toBe(0);
  });

  it("of people who changed their mind before anybody looked is the last one", async () => {
    const world = await opened("sqs:ListQueues");
    const { iid } = await world.request();
    await as("rita").edit(project, iid, { stateEvent: "close" });
    await as("rita").edit(project, iid, { stateEvent: "reopen" });
    await world.publish();
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened"]);
  });
});

/** Dies before the effect of this number, or right after it: its reply is lost. */
function dying(world: World, at: number, before: boolean) {
  let effects = 0;
  let died = false;
  const effect =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      effects += 1;
      const dies = effects === at;
      if (dies) died = true;
      if (dies && before) throw new Error("crash");
      const result = await work(...args);
      if (dies) throw new Error("crash");
      return result;
    };
  const { push, create, edit, close, note } = world.gitlab;
  const through: Gitlab = {
    ...world.gitlab,
    push: effect(push),
    create: effect(create),
    edit: effect(edit),
    close: effect(close),
    note: effect(note),
  };
  const { append } = world.store;
  return {
    gitlab: through,
    store: { ...world.store, append: effect(append) as typeof append },
    died: () => died,
  };
}

describe("A publisher that dies at any step", () => {
  const stories: readonly (readonly [string, () => Promise<World>])[] = [
    [
      "while opening",
      async () => {
        const world = begin();
        await world.begin();
        await world.propose("sqs:ListQueues");
        await world.end();
        return world;
      },
    ],
    [
      "while updating",
      async () => {
        const world = await opened("sqs:ListQueues");
        world.pass(168);
        await world.begin();
        await world.propose("sns:ListTopics", "sqs:ListQueues");
        await world.end();
        return world;
      },
    ],
    [
      "while freezing",
      async () => {
        const world = await opened("sqs:ListQueues");
        await ready(world);
        return world;
      },
    ],
    [
      "while settling a merge",
      async () => {
        const world = await opened("sqs:ListQueues");
        await mergeIt(world);
        return world;
      },
    ],
    [
      "while settling a close",
      async () => {
        const world = await opened("sqs:ListQueues");
        await as("rita").edit(project, (await world.request()).iid, { stateEvent: "close" });
        return world;
      },
    ],
  ];

  it.each(stories)("%s, comes to the same the next time", async (_, prepare) => {
    const untouched = await prepare();
    await untouched.publish();
    const expected = { app: await untouched.types(), role: await untouched.roleTypes() };
    for (const before of [true, false]) {
      for (let step = 1; ; step++) {
        const world = await prepare();
        const faults = dying(world, step, before);
        await world.publish(faults).catch(() => undefined);
        if (!faults.died()) break;
        await world.publish();
        await world.publish();
        expect({ app: await world.types(), role: await world.roleTypes() }, `step ${step}`).toEqual(expected);
        expect((await openRequests(world)).length, `step ${step}`).toBe(
          (await openRequests(untouched)).length,
        );
        const [mine, theirs] = [await shown(world), await shown(untouched)];
        const neutral = (text: string, name: string) => text.replaceAll(name, "app");
        expect(neutral(mine.title, world.folder)).toBe(neutral(theirs.title, untouched.folder));
        expect(neutral(mine.description, world.folder)).toBe(neutral(theirs.description, untouched.folder));
        expect((await world.gitlab.file(world.path, mine.sha))?.content).toBe(
          (await untouched.gitlab.file(untouched.path, theirs.sha))?.content,
        );
      }
    }
  });
});

describe("The settings", () => {
  it("assign and label a new request, and leave out whom GitLab does not know", async () => {
    const world = begin({ assign: ["rita", "nobody-of-that-name"], labels: ["least-privilege"] });
    await world.round("sqs:ListQueues");
    const request = await as("rita").show(project, (await world.request()).iid);
    expect(request).toMatchObject({ assignees: [{ username: "rita" }] });
    expect(request.labels).toEqual(["least-privilege"]);
  });
});
