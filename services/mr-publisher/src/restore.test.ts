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

const as = (username: string) => gitlab.as(username).MergeRequests;

/** A role whose policy was approved twice: first with one permission, then with two. */
async function grown() {
  const world = publisherWorld(gitlab.url, gitlab.token);
  const merge = async () => {
    const { iid, title } = await world.request();
    await as("rita").edit(project, iid, { title: title.replace(/^Draft: /, "") });
    await as("rita").merge(project, iid);
    await world.publish();
  };
  const versions: number[] = [];
  await world.begin();
  await world.observe();
  for (const action of ["sqs:ListQueues", "sns:ListTopics"]) {
    await world.propose(action);
    await world.end();
    await world.publish();
    await merge();
    versions.push((await world.roleState()).approved?.version ?? 0);
  }
  const actions = async () => {
    const { Statement = [] } = (await world.roleState()).approved?.policy ?? {};
    return Statement.flatMap(({ Action }) => Action);
  };
  return { ...world, merge, actions, first: versions[0] ?? 0, second: versions[1] ?? 0 };
}

describe("Going back to an earlier policy", () => {
  it("opens a request of its own, at once and once; its merge is one more version of the history", async () => {
    const world = await grown();
    for (let delivery = 0; delivery < 3; delivery++) await world.goBack({ version: world.first });
    const request = await world.request();
    expect(request).toMatchObject({ kind: "restore", status: "open" });
    expect(request.branch).toMatch(/^plp-restore\//);
    expect(await gitlabText(request.iid)).toContain(`Back to version ${world.first}`);
    expect(await gitlabText(request.iid)).toContain("as `olga` asked");
    const events = await world.roleEvents();
    const proposed = events.filter(
      (event) => event.type === "PolicyProposed" && event.data.kind === "restore",
    );
    expect(proposed).toMatchObject([{ actor: { kind: "person", name: "olga" } }]);
    await world.merge();
    expect(await world.actions()).toEqual(["sqs:ListQueues"]);
    const { approved } = await world.roleState();
    expect(approved?.version).toBeGreaterThan(world.second);
    await world.goBack({ version: world.first });
    expect((await world.request()).status).toBe("merged");
  });

  it("may be for some actions alone", async () => {
    const world = await grown();
    await world.goBack({ version: world.first, only: ["sqs:ListQueues"] });
    expect((await world.roleEvents()).at(-1)).toMatchObject({
      type: "RestoreRefused",
      data: { by: "olga", reason: "the policy as it stands has all of it already" },
    });
    await world.goBack({ version: world.first, only: ["SNS:ListTopics"], order: "order-2" });
    await world.merge();
    expect(await world.actions()).toEqual(["sqs:ListQueues"]);
  });

  it("is rebuilt where the file changed meanwhile, and closed where nothing is left of it", async () => {
    const world = await grown();
    await world.goBack({ version: world.first });
    const { iid, branch } = await world.request();
    const edit = async (content: string) => {
      const change = { action: "update" as const, filePath: world.path, content };
      await gitlab.as("rita").Commits.create(project, "main", "By hand", [change]);
      await world.publish();
    };
    const before = (await world.gitlab.file(world.path, "main"))?.content ?? "";
    const more = JSON.parse(before);
    more.Statement.unshift({ Sid: "Team", Effect: "Allow", Action: ["kms:Decrypt"], Resource: "*" });
    await edit(`${JSON.stringify(more, null, 2)}\n`);
    const rebuilt = await world.request();
    expect(rebuilt).toMatchObject({ iid, status: "open", base: await world.gitlab.head() });
    const content = (await world.gitlab.file(world.path, branch))?.content ?? "";
    expect(content).toContain("kms:Decrypt");
    expect(content).not.toContain("sns:ListTopics");
    expect(await gitlabText(iid)).toContain("is people's: it stays");
    await edit(content);
    expect(await world.request()).toMatchObject({ iid, status: "closed", closed: { decision: false } });
  });

  it("that a reviewer closes leaves everything as it is: nothing is refused, and it may be asked for again", async () => {
    const world = await grown();
    await world.goBack({ version: world.first });
    await as("rita").edit(project, (await world.request()).iid, { stateEvent: "close" });
    await world.publish();
    const state = await world.roleState();
    expect([state.rejected.size, state.retained.size, state.open.size]).toEqual([0, 0, 0]);
    await world.goBack({ version: world.first });
    expect((await world.request()).status).toBe("closed");
    await world.goBack({ version: world.first, order: "order-2" });
    expect((await world.request()).status).toBe("open");
  });

  it("waits while what is used is in review", async () => {
    const world = await grown();
    await world.begin();
    await world.propose("s3:ListAllMyBuckets");
    await world.end();
    await world.publish();
    await world.goBack({ version: world.first });
    expect((await world.request()).kind).toBe("grow");
    await world.merge();
    expect(await world.request()).toMatchObject({ kind: "restore", status: "open" });
    expect(
      (await world.roleState()).open
        .get("restore")
        ?.removed.map(({ action }) => action)
        .sort(),
    ).toEqual(["s3:ListAllMyBuckets", "sns:ListTopics"]);
  });

  it("brings back what a reviewer refused since, and says so", async () => {
    const world = await grown();
    await world.goBack({ version: world.first });
    await world.merge();
    await world.begin();
    await world.propose("sns:ListTopics");
    await world.end();
    await world.publish();
    await as("rita").edit(project, (await world.request()).iid, { stateEvent: "close" });
    await world.publish();
    expect((await world.roleState()).rejected.size).toBe(1);
    await world.goBack({ version: world.second, order: "order-2" });
    const request = await world.request();
    expect(request).toMatchObject({ kind: "restore", status: "open" });
    expect(await gitlabText(request.iid)).toMatch(/\*\*Refused before · `prod`\*\* `sns:ListTopics`.*`rita`/);
    await world.merge();
    expect((await world.roleState()).rejected.size).toBe(0);
    expect((await world.actions()).sort()).toEqual(["sns:ListTopics", "sqs:ListQueues"]);
  });

  it("while another is open takes its place; the same is not asked for twice", async () => {
    const world = await grown();
    await world.goBack({ version: world.first });
    const { iid } = await world.request();
    await world.goBack({ version: world.first, order: "order-2" });
    expect((await world.roleEvents()).at(-1)).toMatchObject({
      type: "RestoreRefused",
      data: { reason: expect.stringMatching(/^proposal \d+ says the same$/) },
    });
    await world.goBack({ version: world.first, only: ["sns:ListTopics"], order: "order-3" });
    expect(await world.request()).toMatchObject({ iid, status: "open" });
    const { open, restores } = await world.roleState();
    expect([open.get("restore")?.restore?.order, restores.size]).toEqual(["order-3", 3]);
  });

  it.each([
    ["a version that is none yet", 999, /^the history ends at version \d+$/],
    ["a version without a policy", 1, "no policy was approved by version 1"],
  ])("to %s comes to nothing, and the history says why", async (_, version, reason) => {
    const world = await grown();
    await world.goBack({ version });
    await world.goBack({ version });
    const refused = (await world.roleEvents()).filter(({ type }) => type === "RestoreRefused");
    expect(refused).toMatchObject([{ data: { version, reason: expect.stringMatching(reason) } }]);
    expect((await world.request()).status).toBe("merged");
  });

  it("on a file that cannot be read comes to nothing, and says which file", async () => {
    const world = await grown();
    const change = { action: "update" as const, filePath: world.path, content: "{ not json" };
    await gitlab.as("rita").Commits.create(project, "main", "By hand", [change]);
    await world.goBack({ version: world.first });
    expect((await world.roleEvents()).at(-1)).toMatchObject({
      type: "RestoreRefused",
      data: { reason: expect.stringContaining(world.path) },
    });
  });
});

async function gitlabText(iid: number): Promise<string> {
  return String((await as("rita").show(project, iid)).description);
}
