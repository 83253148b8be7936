import type { RequestKind } from "@plp/domain";
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

async function planned() {
  const world = publisherWorld(gitlab.url, gitlab.token);
  await world.begin();
  const requests = async () => [...(await world.application()).requests.values()];
  return {
    ...world,
    open: async (): Promise<RequestKind[]> =>
      (await requests())
        .filter(({ status }) => status === "open" || status === "frozen")
        .map(({ kind }) => kind),
    requestOf: async (kind: RequestKind) => {
      const found = (await requests()).findLast((request) => request.kind === kind);
      if (found === undefined) throw new Error(`no request of kind ${kind}`);
      return found;
    },
    merge: async (iid: number) => {
      const { title } = await world.gitlab.get(iid);
      await as("rita").edit(project, iid, { title: title.replace(/^Draft: /, "") });
      await as("rita").merge(project, iid);
      await world.publish();
    },
    commit: (path: string, content: string) =>
      gitlab
        .as("rita")
        .Commits.create(project, "main", "By hand", [
          { action: "create", filePath: `${world.folder}/${path}`, content },
        ]),
  };
}
type World = Awaited<ReturnType<typeof planned>>;

/** A policy with these actions stands on the default branch, merged from a request of ours. */
async function standing(world: World, ...actions: string[]): Promise<void> {
  await world.propose(...actions);
  await world.end();
  await world.publish();
  await world.merge((await world.requestOf("grow")).iid);
}

const enforced = (world: World, modesFile: string | null) => ({
  enforce: {
    ...{ modesFile, initialPolicy: `${world.folder}/policies/initial/prod.json` },
    ...{ carried: [], quietSince: "2026-11-02T00:00:00.000Z" },
  },
});

describe("A request of refused calls", () => {
  it("is opened at once, while runs of the round have not ended, and never mixed with what was seen", async () => {
    const world = await planned();
    await world.propose("sqs:ListQueues");
    await world.proposeOf("asked", { add: ["iam:GetRole"] });
    await world.publish();
    expect(await world.open()).toEqual(["asked"]);
    const { iid, branch } = await world.requestOf("asked");
    expect(branch).toMatch(/^plp-asked\//);
    expect(await world.gitlab.get(iid)).toMatchObject({
      draft: true,
      title: expect.stringContaining("urgent"),
    });
    const { content = "" } = (await world.gitlab.file(world.path, branch)) ?? {};
    expect(content).toContain("iam:GetRole");
    expect(content).not.toContain("sqs:ListQueues");
    await world.end();
    await world.publish();
    expect((await world.open()).sort()).toEqual(["asked", "grow"]);
    expect((await world.requestOf("grow")).branch).toMatch(/^plp-grow\//);
  });

  it("is opened once, and its merge approves what was asked for", async () => {
    const world = await planned();
    await world.proposeOf("asked", { add: ["iam:GetRole"] });
    for (let i = 0; i < 3; i++) await world.publish();
    await world.merge((await world.requestOf("asked")).iid);
    expect((await world.roleState()).approved?.policy).toMatchObject({
      Statement: [{ Action: ["iam:GetRole"] }],
    });
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened", "RequestMerged"]);
  });
});

describe("A request to remove", () => {
  it("waits while what is used is in review, and comes after it", async () => {
    const world = await planned();
    await standing(world, "sqs:ListQueues", "sns:ListTopics");
    world.pass(168);
    await world.begin();
    await world.proposeOf("reduce", { remove: ["sns:ListTopics"] });
    await world.propose("s3:ListAllMyBuckets");
    await world.end();
    await world.publish();
    expect(await world.open()).toEqual(["grow"]);
    const grow = await world.requestOf("grow");
    await world.merge(grow.iid);
    await world.proposeOf("reduce", { remove: ["sns:ListTopics"] });
    await world.publish();
    expect(await world.open()).toEqual(["reduce"]);
    const { branch } = await world.requestOf("reduce");
    const { content = "" } = (await world.gitlab.file(world.path, branch)) ?? {};
    expect(content).not.toContain("sns:ListTopics");
    expect(content).toContain("s3:ListAllMyBuckets");
  });

  it("that a reviewer closes keeps what it was to take, and says so", async () => {
    const world = await planned();
    await standing(world, "sqs:ListQueues", "sns:ListTopics");
    await world.proposeOf("reduce", { remove: ["sns:ListTopics"] });
    await world.publish();
    const { iid } = await world.requestOf("reduce");
    await as("rita").edit(project, iid, { stateEvent: "close" });
    await world.publish();
    expect([...(await world.roleState()).retained.values()]).toMatchObject([
      { permission: { action: "sns:ListTopics" }, by: { username: "rita" } },
    ]);
    await world.publish();
    expect(await world.open()).toEqual([]);
  });

  it("in which a reviewer puts a line back keeps that line from then on", async () => {
    const world = await planned();
    await standing(world, "sqs:ListQueues", "sns:ListTopics");
    await world.proposeOf("reduce", { remove: ["sns:ListTopics", "sqs:ListQueues"] });
    await world.publish();
    const { iid, branch } = await world.requestOf("reduce");
    const before = await world.gitlab.file(world.path, "main");
    const content = (before?.content ?? "").replace("sqs:ListQueues", "s3:ListAllMyBuckets");
    await gitlab
      .as("rita")
      .Commits.create(project, branch, "Keep it", [{ action: "update", filePath: world.path, content }]);
    await world.merge(iid);
    const { retained, rejected, approved } = await world.roleState();
    expect([...retained.values()]).toMatchObject([{ permission: { action: "sns:ListTopics" } }]);
    expect(rejected.size).toBe(0);
    expect(JSON.stringify(approved?.policy)).toContain("sns:ListTopics");
  });
});

describe("A request to enforce", () => {
  const modes = '{\n  "dev": { "mode": "observe" },\n  "prod": { "mode": "observe", "owner": "shop" }\n}\n';

  it("changes the mode of its environment in the folder's file, and no other byte", async () => {
    const world = await planned();
    const file = `${world.folder}/plp.environments.json`;
    await world.commit("plp.environments.json", modes);
    await world.proposeOf("enforce", { more: enforced(world, file) });
    await world.end();
    for (let i = 0; i < 3; i++) await world.publish();
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened"]);
    const { branch, head, iid } = await world.requestOf("enforce");
    expect((await world.gitlab.file(file, branch))?.content).toBe(
      modes.replace('"prod": { "mode": "observe"', '"prod": { "mode": "enforce"'),
    );
    expect((await world.gitlab.change(head)).files).toHaveLength(1);
    expect((await world.gitlab.get(iid)).title).toBe(`Draft: ${world.folder}: enforce prod`);
  });

  it("is found again when it was opened and not recorded, although no policy file is in it", async () => {
    const world = await planned();
    const file = `${world.folder}/plp.environments.json`;
    await world.commit("plp.environments.json", modes);
    await world.proposeOf("enforce", { more: enforced(world, file) });
    await world.end();
    const create: typeof world.gitlab.create = async (request) => {
      await world.gitlab.create(request);
      throw new Error("crash");
    };
    await expect(world.publish({ gitlab: { ...world.gitlab, create } })).rejects.toThrow("crash");
    await world.publish();
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened"]);
  });

  it("waits while something new is in review", async () => {
    const world = await planned();
    const file = `${world.folder}/plp.environments.json`;
    await world.commit("plp.environments.json", modes);
    await world.propose("sqs:ListQueues");
    await world.proposeOf("enforce", { more: enforced(world, file) });
    await world.end();
    await world.publish();
    expect(await world.open()).toEqual(["grow"]);
  });

  it("of a folder without such a file opens nothing where no policy changes, and blocks nothing", async () => {
    const world = await planned();
    await world.proposeOf("enforce", { more: enforced(world, null) });
    await world.end();
    await world.publish();
    await world.publish();
    expect(await world.types()).toEqual(["RoundPlanned"]);
  });

  it("of a folder without such a file names the line where the policy changes too", async () => {
    const world = await planned();
    await world.proposeOf("enforce", { add: ["iam:PassRole"], more: enforced(world, null) });
    await world.end();
    await world.publish();
    const { iid } = await world.requestOf("enforce");
    expect((await world.gitlab.get(iid)).description).toContain('set `mode = "enforce"` in the output `plp`');
  });
});
