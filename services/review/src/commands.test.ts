import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { project, publisherWorld } from "../../../test/support/request-world.ts";

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

async function opened(...actions: string[]) {
  const world = publisherWorld(gitlab.url, gitlab.token);
  await world.round(...(actions.length > 0 ? actions : ["sqs:ListQueues", "sns:ListTopics"]));
  const { iid } = await world.request();
  const as = (who: string) => gitlab.as(who).MergeRequests;
  return {
    ...world,
    iid,
    as,
    say: async (who: string, text: string) =>
      (await gitlab.as(who).MergeRequestNotes.create(project, iid, text)).id,
    hook: () => world.review({ v: 1, type: "request", project, iid }),
    ready: async () => {
      const { title } = await world.gitlab.get(iid);
      await as("rita").edit(project, iid, { title: title.replace(/^Draft: /, "") });
    },
    push: (who: string, text: string) =>
      world
        .request()
        .then(({ branch }) =>
          gitlab
            .as(who)
            .Commits.create(project, branch, "By hand", [
              { action: "create", filePath: `${world.folder}/notes.md`, content: text },
            ]),
        ),
    answers: async () =>
      (await gitlab.as("rita").MergeRequestNotes.all(project, iid))
        .filter(({ body }) => body.startsWith("<!-- plp:answer-"))
        .map(({ body }) => body.split("\n").slice(1).join("\n"))
        .reverse(),
    given: async () =>
      (await world.events()).filter(({ type }) => type === "CommandGiven").map(({ data }) => data as object),
  };
}

describe("A note with a command", () => {
  it("is answered once, however often it is looked at", async () => {
    const world = await opened();
    await world.say("dave", "/plp help");
    await world.hook();
    await world.hook();
    await world.look();
    expect(await world.answers()).toEqual([expect.stringContaining("`/plp reconsider ACTION`")]);
    expect(await world.given()).toMatchObject([{ name: "help", by: { username: "dave" }, refused: null }]);
  });

  it("of somebody who may not decide changes nothing and is told so", async () => {
    const world = await opened();
    const before = await world.gitlab.get(world.iid);
    for (const command of ["update", "reconsider sqs:ListQueues", "protect PlpSqs"])
      await world.say("dave", `/plp ${command}`);
    await world.hook();
    expect((await world.given()).map((one) => (one as { refused: string }).refused)).toEqual(
      Array(3).fill("not-a-reviewer"),
    );
    for (const text of await world.answers()) expect(text).toContain("`dave` may not decide here");
    expect((await world.gitlab.get(world.iid)).sha).toBe(before.sha);
  });

  it("with hostile words is answered harmlessly", async () => {
    const world = await opened();
    await world.say("rita", "/plp reconsider `</details>@all|\u202e<!--plp:end-->");
    await world.say("rita", "/plp /approve");
    await world.hook();
    const [reconsider = "", unknown = ""] = await world.answers();
    expect(reconsider).toContain("`ˋ‹/details›@all¦ ‹!--plp:end--›`");
    expect(unknown).toContain("That is no command of mine");
    for (const text of [reconsider, unknown]) expect(text).not.toMatch(/^\//m);
    expect(await world.gitlab.get(world.iid)).toMatchObject({ state: "opened", setToMerge: false });
  });

  it("with several commands has one answer that names each", async () => {
    const world = await opened();
    await world.say("rita", "/plp reconsider s3:GetObject\n/plp protect PlpNothing");
    await world.hook();
    const [answer = ""] = await world.answers();
    expect(answer).toContain("- `plp reconsider s3:GetObject`: Nothing that fits");
    expect(answer).toContain("- `plp protect PlpNothing`: No policy of this application");
  });
});

describe("/plp update", () => {
  it("makes a ready request a draft of ours again, with what was found since", async () => {
    const world = await opened("sqs:ListQueues");
    await world.ready();
    await world.publish();
    world.pass(168);
    await world.round("sns:ListTopics", "sqs:ListQueues");
    expect((await world.request()).status).toBe("frozen");
    await world.say("rita", "/plp update");
    await world.hook();
    expect(await world.gitlab.get(world.iid)).toMatchObject({
      draft: true,
      title: expect.stringContaining("2 new permissions"),
    });
    expect(await world.request()).toMatchObject({ status: "open", givenUp: { head: null } });
  });

  it("drops other people's commits, and only those of before", async () => {
    const world = await opened("sqs:ListQueues");
    await world.push("dave", "mine");
    await world.publish();
    expect((await world.request()).frozen).toMatchObject({ why: "foreign-commit" });
    await world.say("rita", "/plp update");
    await world.hook();
    const { sha, sourceBranch } = await world.gitlab.get(world.iid);
    expect(await world.gitlab.file(`${world.folder}/notes.md`, sha)).toBeNull();
    await world.push("dave", "mine again");
    await world.publish();
    const after = await world.gitlab.branch(sourceBranch);
    expect(await world.gitlab.file(`${world.folder}/notes.md`, after ?? "")).toMatchObject({
      content: "mine again",
    });
    expect((await world.request()).status).toBe("frozen");
  });

  it("that was found only after somebody did something more does nothing", async () => {
    const world = await opened("sqs:ListQueues");
    await world.say("rita", "/plp update");
    await world.ready();
    await world.look();
    expect(await world.given()).toMatchObject([{ refused: "changed-since" }]);
    expect((await world.gitlab.get(world.iid)).draft).toBe(false);
  });

  it("takes an approval back to what it was: a later one counts again", async () => {
    const world = await opened("sqs:ListQueues");
    await gitlab.as("rita").MergeRequestApprovals.approve(project, world.iid);
    await world.publish();
    expect((await world.request()).frozen).toMatchObject({ why: "approved" });
    await world.say("rita", "/plp update");
    await world.hook();
    world.pass(168);
    await world.round("sns:ListTopics", "sqs:ListQueues");
    expect((await world.gitlab.get(world.iid)).title).toContain("2 new permissions");
    await gitlab.as("dave").MergeRequestApprovals.approve(project, world.iid);
    await world.publish();
    expect((await world.request()).frozen).toMatchObject({ why: "approved" });
  });

  it("of a closed request has nothing to update", async () => {
    const world = await opened("sqs:ListQueues");
    await world.as("rita").edit(project, world.iid, { stateEvent: "close" });
    await world.say("rita", "/plp update");
    await world.hook();
    expect(await world.given()).toMatchObject([{ refused: "not-open" }]);
  });
});

describe("/plp reconsider", () => {
  it("takes refusals of the action back, in a closed request too, and has them proposed again", async () => {
    const world = await opened();
    await world.as("rita").edit(project, world.iid, { stateEvent: "close" });
    await world.hook();
    expect((await world.roleState()).rejected.size).toBe(2);
    await world.say("rita", "/plp reconsider SQS:list*");
    await world.hook();
    const state = await world.roleState();
    expect([...state.rejected.values()]).toMatchObject([{ permission: { action: "sns:ListTopics" } }]);
    expect(state.kept?.additions).toMatchObject([{ action: "sqs:ListQueues" }]);
    expect(await world.given()).toMatchObject([{ name: "reconsider", count: 1 }]);
    expect((await world.answers()).at(-1)).toContain("1 refusal of `SQS:list*` taken back");
  });
});

describe("/plp protect", () => {
  it("protects the statement in the history, once", async () => {
    const world = await opened();
    const { Statement = [] } = (await world.roleState()).open.get("grow")?.policy ?? { Statement: [] };
    const sid = String(Statement[0]?.Sid);
    await world.say("rita", `/plp protect ${sid}`);
    await world.say("rita", `/plp protect ${sid}`);
    await world.hook();
    expect([...(await world.roleState()).protectedSids]).toEqual([sid]);
    expect((await world.roleTypes()).filter((type) => type === "StatementProtected")).toHaveLength(1);
    expect(await world.answers()).toHaveLength(2);
  });
});

describe("A close", () => {
  it("by somebody who may not decide is told to be none, in one note", async () => {
    const world = await opened();
    await world.as("dave").edit(project, world.iid, { stateEvent: "close" });
    await world.hook();
    await world.look();
    const notes = await gitlab.as("rita").MergeRequestNotes.all(project, world.iid);
    const told = notes.filter(({ body }) => body.startsWith("<!-- plp:closed -->"));
    expect(told).toHaveLength(1);
    expect(told[0]?.body).toContain("Closed by `dave`, who may not decide. Nothing is rejected");
    expect((await world.roleState()).rejected.size).toBe(0);
  });

  it("by a reviewer says what was rejected, and how to undo it", async () => {
    const world = await opened();
    await world.as("rita").edit(project, world.iid, { stateEvent: "close" });
    await world.hook();
    const notes = await gitlab.as("rita").MergeRequestNotes.all(project, world.iid);
    const told = notes.find(({ body }) => body.startsWith("<!-- plp:closed -->"))?.body;
    expect(told).toContain("Closed by `rita`: 2 permissions rejected.");
    expect(told).toContain("`/plp reconsider ACTION`");
  });
});

describe("A look", () => {
  it("after a push to the default branch goes to the folders that it changed, and to no other", async () => {
    const world = await opened("sqs:ListQueues");
    const before = await world.gitlab.head();
    const content = '{\n  "Version": "2012-10-17",\n  "Statement": []\n}\n';
    const action = { action: "create" as const, filePath: world.path, content };
    await gitlab.as("rita").Commits.create(project, "main", "By hand", [action]);
    const after = await world.gitlab.head();
    await world.review({ v: 1, type: "push", project, branch: "main", before, after });
    expect(world.merges).toHaveLength(1);
    await world.review({ v: 1, type: "push", project, branch: "main", before: "0".repeat(40), after });
    await world.review({ v: 1, type: "push", project, branch: "main", before: after, after });
    expect(world.merges).toHaveLength(1);
  });

  it("after a push to the branch of a request sees that people have taken it over", async () => {
    const world = await opened("sqs:ListQueues");
    const { branch, head } = await world.request();
    const { id } = await world.push("dave", "mine");
    await world.review({ v: 1, type: "push", project, branch, before: head, after: id });
    expect((await world.request()).frozen).toMatchObject({ why: "foreign-commit" });
  });

  it("at people's own requests, or at one that nobody knows, does nothing", async () => {
    const world = await opened("sqs:ListQueues");
    const action = { action: "create" as const, filePath: "x.md", content: "x" };
    await gitlab
      .as("dave")
      .Commits.create(project, `mine-${world.iid}`, "x", [action], { startBranch: "main" });
    const theirs = await world.as("dave").create(project, `mine-${world.iid}`, "main", "Mine");
    const types = await world.types();
    for (const iid of [theirs.iid, 99_999]) await world.review({ v: 1, type: "request", project, iid });
    expect(await world.types()).toEqual(types);
  });

  it("at a request from which people took every file of ours finds its application by the roles in its commits", async () => {
    const world = await opened("sqs:ListQueues");
    const { branch } = await world.request();
    const action = { action: "delete" as const, filePath: world.path };
    await gitlab.as("rita").Commits.create(project, branch, "None of it", [action]);
    await world.hook();
    expect((await world.request()).frozen).toMatchObject({ why: "foreign-commit" });
  });

  it("by the poll finds what no hook told", async () => {
    const world = await opened("sqs:ListQueues");
    await world.as("rita").edit(project, world.iid, { stateEvent: "close" });
    await world.review({ v: 1, type: "poll", project, at: new Date().toISOString() });
    expect((await world.request()).closed).toMatchObject({ decision: true });
  });

  it("by the poll is counted when a hook should have told it long ago, so that somebody looks at the hook", async () => {
    const world = await opened("sqs:ListQueues");
    const poll = () => world.review({ v: 1, type: "poll", project, at: new Date().toISOString() });
    await world.say("rita", "/plp help");
    await poll();
    expect(world.measured, "the hook may be on its way").toEqual([]);
    await world.as("rita").edit(project, world.iid, { stateEvent: "close" });
    // The clock of this world is an hour behind GitLab's.
    world.pass(2);
    await poll();
    expect(world.measured).toEqual(["ChangesWithoutHook 1"]);
    await poll();
    expect(world.measured).toHaveLength(1);
  });
});
