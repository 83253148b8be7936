import {
  type Analysis,
  foldRole,
  foldRun,
  observeUsage,
  type RoleEvent,
  type RunEvent,
  roleStream,
  runStream,
  service,
  succeedAnalysis,
} from "@plp/domain";
import { commit, memoryBlobStore } from "@plp/event-store";
import { silentLog, systemClock } from "@plp/runtime";
import { memoryUsageStore } from "@plp/usage";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  startTestGitlab,
  type TestGitlab,
  temporaryFolder,
} from "../../packages/local-cloud/src/gitlab/test-gitlab.ts";
import { handleMerge } from "../../services/merger/src/handle-merge.ts";
import { project, publisherWorld, settingsOf } from "../support/request-world.ts";

const checks = {
  validatePolicy: async () => [],
  noNewAccess: async () => ({ result: "pass" as const }),
  notGranted: async () => ({ result: "pass" as const }),
};
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

const BOUND = 20;

/** A request is open; publisher and merger send each other messages until none is left. */
async function begin() {
  const world = publisherWorld(gitlab.url, gitlab.token);
  await world.begin();
  const [planned] = (await world.application()).round?.roles ?? [];
  if (planned === undefined) throw new Error("no role was planned");
  const { run, window } = planned;
  const { role, store } = world;
  const blobs = memoryBlobStore();
  const used = { action: "sqs:ListQueues", resource: "*", condition: null, inferred: false };
  const counts = { authorized: 3, failed: 0, denied: 0, deniedBy: null };
  const times = { first: window.from, last: window.from, regions: ["eu-central-1"], examples: [] };
  const analysis: Analysis = {
    ...{ schemaVersion: 1, run, role, window, gaps: [], generated: null, lastAccessed: null },
    trail: { permissions: [{ ...used, ...counts, ...times }], unmapped: [] },
  };
  const evidence = await blobs.put(Buffer.from(JSON.stringify(analysis)));
  const observed = {
    ...{ run, window, closed: true, gaps: [], analyzer: "trail" as const, complete: null, evidence, top: [] },
    counts: { authorized: 3, denied: 0, failed: 0, permissions: 1 },
  };
  const cause = {
    ...{ occurredAt: window.to, actor: service("test") },
    ...{ correlationId: "round-1", causationId: "cause" },
  };
  await commit<RoleEvent, ReturnType<typeof foldRole>>(store, {
    ...{ stream: roleStream(role), fold: foldRole, commitId: "observe" },
    decide: (state) => observeUsage(state, observed, cause),
  });
  await commit<RunEvent, ReturnType<typeof foldRun>>(store, {
    ...{ stream: runStream(run), fold: foldRun, commitId: "succeed" },
    decide: (state) => succeedAnalysis(state, 2, cause),
  });
  const { head, file } = world.gitlab;
  const lastCommit = async (_: string, sha: string) => ({ sha, author: "rita" });

  async function settleDown(first: "merge" | "publish"): Promise<number> {
    let sent = 0;
    let publishes = 0;
    const merger = {
      ...{
        store,
        blobs,
        usage: memoryUsageStore(),
        checks,
        settings: settingsOf(),
        clock: systemClock,
        log: silentLog,
      },
      repositories: [{ project, head, file, lastCommit }],
      send: {
        publish: async () => {
          publishes += 1;
        },
      },
    };
    if (first === "merge") world.merges.push(run);
    else publishes += 1;
    for (; sent < BOUND; sent += 1) {
      const next = world.merges.shift();
      if (next !== undefined) await handleMerge({ v: 1, type: "merge", run: next }, merger);
      else if (publishes > 0) {
        publishes -= 1;
        await world.publish();
      } else break;
    }
    return sent;
  }

  const write = (content: string, action: "create" | "update") =>
    gitlab.as("rita").Commits.create(project, "main", "By hand", [{ action, filePath: world.path, content }]);
  return { world, settleDown, write };
}

it("a policy file that became unreadable ends the talk of publisher and merger, and closes the request", async () => {
  const { world, settleDown, write } = await begin();
  expect(await settleDown("merge")).toBe(2);
  expect(await world.request()).toMatchObject({ status: "open" });
  await write("{ not json", "create");
  expect(await settleDown("publish")).toBeLessThan(6);
  expect(await settleDown("publish")).toBe(1);
  expect(await world.request()).toMatchObject({ status: "closed", closed: { decision: false } });
  expect((await world.roleState()).kept?.additions).toMatchObject([{ action: "sqs:ListQueues" }]);
});

it("a policy file that changed and can be read ends it with the request on the new base", async () => {
  const { world, settleDown, write } = await begin();
  await settleDown("merge");
  await write('{"Version": "2012-10-17", "Statement": []}\n', "create");
  expect(await settleDown("publish")).toBeLessThan(6);
  expect(await settleDown("publish")).toBe(1);
  expect(await world.request()).toMatchObject({ status: "open", base: await world.gitlab.head() });
});

it("what is on the default branch already by hand ends it with the request closed", async () => {
  const { world, settleDown, write } = await begin();
  await settleDown("merge");
  const { branch } = await world.request();
  await write((await world.gitlab.file(world.path, branch))?.content ?? "", "create");
  expect(await settleDown("publish")).toBeLessThan(6);
  expect(await settleDown("publish")).toBe(1);
  expect(await world.request()).toMatchObject({ status: "closed", closed: { decision: false } });
});
