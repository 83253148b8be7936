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

const begin = () => publisherWorld(gitlab.url, gitlab.token, settingsOf({}));
type World = ReturnType<typeof begin>;

async function proposed(): Promise<World> {
  const world = begin();
  await world.begin();
  await world.propose("sqs:ListQueues");
  await world.end();
  return world;
}

/** GitLab made the request, and the function died before it could say so in the stream. */
async function openedAndForgotten(world: World): Promise<number> {
  let iid = 0;
  const through: Gitlab = {
    ...world.gitlab,
    create: async (request) => {
      ({ iid } = await world.gitlab.create(request));
      throw new Error("crash");
    },
  };
  await world.publish({ gitlab: through }).catch(() => undefined);
  return iid;
}

const as = (username: string) => gitlab.as(username).MergeRequests;
const markReady = async (world: World, iid: number) => {
  const { title } = await world.gitlab.get(iid);
  await as("rita").edit(project, iid, { title: title.replace(/^Draft: /, "") });
};

describe("A request that was opened and not recorded", () => {
  it("is known at the next look, although people have merged it since", async () => {
    const world = await proposed();
    const iid = await openedAndForgotten(world);
    await markReady(world, iid);
    await as("rita").merge(project, iid);
    await world.publish();
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened", "RequestMerged"]);
    expect((await world.roleTypes()).at(-1)).toBe("ProposalApproved");
  });

  it("is not edited when people have taken it over since", async () => {
    const world = await proposed();
    const iid = await openedAndForgotten(world);
    await markReady(world, iid);
    const before = await world.gitlab.get(iid);
    await world.publish();
    expect(await world.types()).toEqual(["RoundPlanned", "RequestOpened", "RequestFrozen"]);
    expect(await world.gitlab.get(iid)).toMatchObject({ sha: before.sha, description: before.description });
  });
});

describe("People who are faster than a look", () => {
  it("freeze a request a second time after they reopened it", async () => {
    const world = await proposed();
    await world.publish();
    const { iid } = await world.request();
    await markReady(world, iid);
    await world.publish();
    await as("dave").edit(project, iid, { stateEvent: "close" });
    await world.publish();
    await as("rita").edit(project, iid, { stateEvent: "reopen" });
    await world.look();
    expect((await world.types()).slice(-2)).toEqual(["RequestReopened", "RequestFrozen"]);
  });

  it("find what they changed on main still there: a branch stands on the commit that it was compared with", async () => {
    const world = await proposed();
    let compared: string | null = null;
    let pushed: string | null = null;
    const through: Gitlab = {
      ...world.gitlab,
      head: async () => {
        const head = await world.gitlab.head();
        compared ??= head;
        const actions = [
          { action: "create" as const, filePath: `${world.folder}/${head}.md`, content: "by hand" },
        ];
        await gitlab.as("rita").Commits.create(project, "main", "Edit", actions);
        return head;
      },
      push: async (commit) => {
        pushed = commit.base;
        return world.gitlab.push(commit);
      },
    };
    await world.publish({ gitlab: through });
    expect(pushed).toBe(compared);
  });

  it("approve while nothing but the text is about to change, and read on what they approved", async () => {
    const world = await proposed();
    await world.publish();
    const { iid, branch } = await world.request();
    const text = "<!-- plp:begin -->\nby hand\n<!-- plp:end -->";
    await as("rita").edit(project, iid, { description: text });
    const through: Gitlab = {
      ...world.gitlab,
      branch: async (name) => {
        if (name === branch) await gitlab.as("rita").MergeRequestApprovals.approve(project, iid);
        return world.gitlab.branch(name);
      },
    };
    await world.publish({ gitlab: through });
    expect((await world.gitlab.get(iid)).description).toBe(text);
    await world.publish();
    expect((await world.types()).at(-1)).toBe("RequestFrozen");
  });
});
