import type { ObservedPermission } from "@plp/domain";
import { parseParts, parsePolicy, partPath, policyHash, printPolicy } from "@plp/iam-policy";
import { transient } from "@plp/runtime";
import { describe, expect, it } from "vitest";
import { begin, path, used } from "./test-world.ts";

describe("A merge", () => {
  it("proposes what was seen, and nothing that was only denied; the files are those of the environment", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"), used("iam:ListUsers", { authorized: 0, denied: 1 }));
    await world.merge("r1");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.added.map(({ action }) => action)).toEqual(["sqs:ListQueues"]);
    expect(open?.denied).toMatchObject([{ action: "iam:ListUsers" }]);
    expect(open?.files).toMatchObject([{ path, content: expect.stringContaining('"sqs:ListQueues"') }]);
    expect(open?.base.files).toEqual([{ path, blob: null }]);
    expect((await world.run("r1")).end).toMatchObject({ kind: "proposed", proposal: open?.version });
    expect(world.sent).toEqual(["shop"]);
  });

  it("done twice is done once, and tells the publisher again where the first delivery may not have", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    const before = await world.role();
    await world.merge("r1");
    expect(world.sent).toEqual(["shop"]);
    await world.merge("r1", 2);
    expect(await world.role()).toEqual(before);
    expect(world.sent).toEqual(["shop", "shop"]);
  });

  it("of what was known before somebody else proposed is made again", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.analysed("r2", used("sns:ListTopics"));
    const both = await Promise.allSettled([world.merge("r1"), world.merge("r2")]);
    expect(both.filter(({ status }) => status === "rejected")).toMatchObject([
      { reason: { code: "role-moved", retryable: true } },
    ]);
    await world.merge("r1", 2);
    await world.merge("r2", 2);
    const open = (await world.role()).state.open.get("grow");
    expect(open?.added.map(({ action }) => action).sort()).toEqual(["sns:ListTopics", "sqs:ListQueues"]);
  });

  it("finds nothing new where the policy covers what was seen", async () => {
    const world = await begin();
    world.files.set(
      path,
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sqs:*", Resource: "*" }],
      }),
    );
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    const covered = ["RoleDiscovered", "UsageObserved", "PolicyEdited", "UsageMerged"];
    expect((await world.role()).types).toEqual(covered);
    await world.merge("r1");
    expect((await world.role()).types).toEqual(covered);
    expect((await world.run("r1")).end).toMatchObject({ kind: "nothing-new" });
  });

  it("on a base that moved supersedes the proposal, and keeps what it held", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    world.move("commit-2");
    world.files.set(
      path,
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: ["s3:ListAllMyBuckets"], Resource: "*" }],
      }),
    );
    await world.merge("r1");
    const { types, state } = await world.role();
    expect(types.slice(-3)).toEqual(["PolicyEdited", "ProposalSuperseded", "PolicyProposed"]);
    expect(state.open.get("grow")?.policy.Statement).toHaveLength(2);
  });

  it("keeps what an open proposal holds when a later window did not see it", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    await world.analysed("r2", used("sns:ListTopics"));
    await world.merge("r2");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.added.map(({ action }) => action).sort()).toEqual(["sns:ListTopics", "sqs:ListQueues"]);
  });

  it("holds back what a reviewer refused, and says so", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    await world.rejectOpen();
    await world.analysed("r2", used("sqs:ListQueues"), used("sns:ListTopics"));
    await world.merge("r2");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.added.map(({ action }) => action)).toEqual(["sns:ListTopics"]);
    expect(open?.heldBack.map(({ action }) => action)).toEqual(["sqs:ListQueues"]);
  });

  it.each([
    ["is not JSON", "{"],
    ["is no policy", '{"Statement": "none"}'],
    ["holds another document", "[]"],
  ])(
    "ends the run with a reason when the policy file %s, and the repaired file is merged",
    async (_, text) => {
      const world = await begin();
      world.files.set(path, text);
      await world.analysed("r1", used("sqs:ListQueues"));
      await world.merge("r1");
      expect((await world.run("r1")).end).toMatchObject({
        kind: "failed",
        code: "policy-unreadable",
        reason: expect.stringContaining(path),
      });
      expect((await world.role()).state.open.size).toBe(0);
      expect(world.sent).toEqual(["shop"]);
      world.files.delete(path);
      await world.analysed("r2", used("sqs:ListQueues"));
      await world.merge("r2");
      expect((await world.role()).state.open.size).toBe(1);
    },
  );

  it("asked for again on a base that cannot be read takes the proposal back, and what it held comes with the next", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    world.files.set(path, "{");
    await world.merge("r1");
    const { types, state } = await world.role();
    expect(types.at(-1)).toBe("ProposalWithdrawn");
    expect(state.kept).toMatchObject({
      additions: [{ action: "sqs:ListQueues" }],
      reason: expect.stringContaining(path),
    });
    expect(world.sent).toEqual(["shop", "shop"]);
    expect((await world.run("r1")).end).toMatchObject({ kind: "proposed" });
    for (let i = 0; i < 5; i++) await world.merge("r1");
    expect(world.sent).toHaveLength(2);
    world.files.delete(path);
    await world.analysed("r2");
    await world.merge("r2");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.added.map(({ action }) => action)).toEqual(["sqs:ListQueues"]);
    expect((await world.role()).state.kept).toBeNull();
  });

  it("that failed leaves the proposal of another run as it is", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    world.files.set(path, "{");
    await world.analysed("r2", used("sns:ListTopics"));
    await world.merge("r2");
    expect((await world.run("r2")).end).toMatchObject({ kind: "failed" });
    expect((await world.role()).state.open.get("grow")?.run).toBe("r1");
  });

  it("is tried again when the fault may pass", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    world.fail(transient("gitlab-502", "bad gateway"));
    await expect(world.merge("r1")).rejects.toMatchObject({ retryable: true });
    expect((await world.run("r1")).end).toBeNull();
    world.fail(null);
    await world.merge("r1");
    expect((await world.run("r1")).end).toMatchObject({ kind: "proposed" });
  });

  it("of a run without an analysis does nothing", async () => {
    const world = await begin();
    await world.merge("nobody-knows-it");
    expect(world.sent).toEqual([]);
    expect((await world.role()).types).toEqual(["RoleDiscovered"]);
  });
});

describe("What people merged before the publisher looked", () => {
  it("is no edit: the approval says it", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    const open = (await world.role()).state.open.get("grow");
    await world.opened(open?.version ?? 0);
    world.files.set(path, open?.files[0]?.content ?? "");
    await world.analysed("r2", used("sqs:ListQueues"));
    await world.merge("r2");
    expect((await world.role()).types.slice(-2)).toEqual(["ProposalWithdrawn", "UsageMerged"]);
    expect((await world.role()).types).not.toContain("PolicyEdited");
  });

  it("is an edit when a reviewer had refused it, although the request was opened again", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    const open = (await world.role()).state.open.get("grow");
    await world.opened(open?.version ?? 0);
    await world.rejectOpen();
    world.files.set(path, open?.files[0]?.content ?? "");
    await world.analysed("r2", used("sqs:ListQueues"));
    await world.merge("r2");
    expect((await world.role()).types).toContain("PolicyEdited");
  });

  it("is an edit when no request holds it: somebody wrote the same by hand", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    const open = (await world.role()).state.open.get("grow");
    world.files.set(path, open?.files[0]?.content ?? "");
    await world.analysed("r2", used("sqs:ListQueues"));
    await world.merge("r2");
    expect((await world.role()).types).toContain("PolicyEdited");
  });
});

describe("A merged policy that AWS would not take", () => {
  const queue = (i: number) =>
    used("sqs:GetQueueUrl", { resource: `arn:aws:sqs:eu-central-1:111122223333:${"q".repeat(60)}-${i}` });

  it("because of its size is proposed as far as it fits: the rest is asked about with numbers, and waits", async () => {
    const world = await begin();
    await world.analysed("r1", ...Array.from({ length: 800 }, (_, i) => queue(i)));
    await world.merge("r1");
    const { state } = await world.role();
    const open = state.open.get("grow");
    expect(open?.files.length).toBe(10);
    expect((open?.added.length ?? 0) + state.waiting.length).toBe(800);
    expect(open?.added.length).toBeGreaterThan(400);
    expect(open?.questions.filter(({ detail }) => /have no room/.test(detail))).toEqual([
      {
        kind: "too-large",
        detail: expect.stringMatching(
          new RegExp(
            `^${state.waiting.length} of 800 permissions .* takes 1\\d files .* AWS attaches at most 10 `,
          ),
        ),
      },
    ]);
    const before = await world.role();
    await world.merge("r1", 2);
    expect(await world.role()).toEqual(before);
  });

  it("because people filled its files fails the run with numbers, until there is room; what waited comes then", async () => {
    const world = await begin();
    for (let file = 1; file <= 10; file++) {
      const Resource = Array.from({ length: 60 }, (_, i) => `arn:aws:sqs:*:*:${"x".repeat(80)}${file}-${i}`);
      const policy = { Statement: [{ Effect: "Allow", Action: ["sqs:ListQueues"], Resource }] };
      world.files.set(partPath(path, file), printPolicy(parsePolicy(policy, path)));
    }
    await world.analysed("r1", used("sns:ListTopics"));
    await world.merge("r1");
    expect((await world.run("r1")).end).toMatchObject({
      kind: "failed",
      code: "policy-too-large",
      reason: expect.stringMatching(
        /^1 of 1 permissions .*sns:ListTopics.* takes 11 files .* AWS attaches at most 10 policies.*divide the work/,
      ),
    });
    const full = await world.role();
    expect(full.types.at(-1)).toBe("UsageMerged");
    await world.merge("r1", 2);
    expect(await world.role()).toEqual(full);
    world.files.delete(partPath(path, 10));
    await world.analysed("r2");
    await world.merge("r2");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.added.map(({ action }) => action)).toEqual(["sns:ListTopics"]);
    expect(open?.files.map((file) => file.path)).toEqual([partPath(path, 10)]);
    expect((await world.role()).state.waiting).toEqual([]);
  });

  it("proposes nothing to enforce while something waits for room", async () => {
    const world = await begin();
    await world.analysed("r1", ...Array.from({ length: 800 }, (_, i) => queue(i)));
    await world.merge("r1");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.readiness?.against).toContain("something new waits for a decision");
  });

  it("as it stands is proposed with its statements joined, as it will be read again", async () => {
    const world = await begin();
    await world.analysed("r1", ...Array.from({ length: 240 }, (_, i) => queue(i)));
    await world.merge("r1");
    const open = (await world.role()).state.open.get("grow");
    expect([open?.added.length, open?.files.length]).toEqual([240, 6]);
    expect(open?.questions).toEqual([
      { kind: "too-large", detail: expect.stringMatching(/joined or divided .* proved/) },
    ]);
    const files = open?.files.map(({ path: name, content }) => ({ path: name, text: content ?? "" })) ?? [];
    expect(policyHash(parseParts(files).policy)).toBe(open?.policyHash);
  });

  it("is proposed with a question while it takes no more files than AWS attaches", async () => {
    const world = await begin();
    await world.analysed("r1", ...Array.from({ length: 450 }, (_, i) => queue(i)));
    await world.merge("r1");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.added).toHaveLength(450);
    expect(open?.files.length).toBeGreaterThan(8);
    expect(open?.questions).toEqual([
      { kind: "too-large", detail: expect.stringMatching(/takes (9|10) files.*8 files are meant/) },
    ]);
  });

  it("because of one statement of somebody's is named with it, and what is new goes into another file", async () => {
    const world = await begin();
    const large = {
      Sid: "ByHand",
      Effect: "Allow",
      Action: "sqs:ListQueues",
      Resource: Array.from({ length: 100 }, (_, i) => `arn:aws:sqs:*:*:${"x".repeat(60)}${i}`),
    };
    const policy = { Version: "2012-10-17", Statement: [large] };
    world.files.set(path, printPolicy(parsePolicy(policy, path)));
    await world.analysed("r1");
    await world.merge("r1");
    expect((await world.run("r1")).end).toMatchObject({ kind: "nothing-new" });
    await world.analysed("r2", used("sns:ListTopics"));
    await world.merge("r2");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.files.map((file) => file.path)).toEqual(["shop/policies/prod.2.json"]);
    expect(open?.questions).toEqual([
      { kind: "too-large", detail: expect.stringMatching(/over 6144 characters even alone: "ByHand" \d{4}/) },
    ]);
  });

  it("because one permission alone is too long is not proposed, and all others are", async () => {
    const world = await begin();
    const long = used("sqs:GetQueueUrl", {
      resource: "arn:aws:sqs:eu-central-1:111122223333:q",
      condition: {
        StringEquals: { "aws:RequestTag/k": Array.from({ length: 90 }, (_, i) => `${"v".repeat(70)}${i}`) },
      },
    });
    await world.analysed("r1", long, used("sns:ListTopics"));
    await world.merge("r1");
    const { state } = await world.role();
    expect(state.open.get("grow")?.added.map(({ action }) => action)).toEqual(["sns:ListTopics"]);
    expect(state.waiting.map(({ action }) => action)).toEqual(["sqs:GetQueueUrl"]);
    expect(state.open.get("grow")?.questions).toEqual([
      {
        kind: "too-large",
        detail: expect.stringMatching(/^1 of 2 permissions .*even alone: "PlpSqsQ" \d{4}/),
      },
    ]);
  });
});

describe("What a run used whose merge failed", () => {
  const denied = used("iam:ListUsers", { authorized: 0, denied: 1 });

  async function failed(...permissions: readonly ObservedPermission[]) {
    const world = await begin();
    world.files.set(path, "{");
    await world.analysed("r1", ...permissions);
    await world.merge("r1");
    world.files.delete(path);
    return world;
  }

  it("is in the next merge of the role, with its window, once", async () => {
    const world = await failed(used("sqs:ListQueues"), denied);
    await world.analysed("r2", used("sns:ListTopics"));
    await world.merge("r2");
    const { state } = await world.role();
    const open = state.open.get("grow");
    expect(open?.added.map(({ action }) => action).sort()).toEqual(["sns:ListTopics", "sqs:ListQueues"]);
    expect(open).toMatchObject({ run: "r2", joined: ["r1"], denied: [{ action: "iam:ListUsers" }] });
    expect(state.unmerged).toEqual([]);
    const before = await world.role();
    await world.merge("r2");
    expect(await world.role()).toEqual(before);
  });

  it("is in it also where the next run found nothing, and no refusal where the next one was allowed", async () => {
    const world = await failed(denied);
    await world.analysed("r2", used("iam:ListUsers"));
    await world.merge("r2");
    const open = (await world.role()).state.open.get("grow");
    expect(open).toMatchObject({ added: [{ action: "iam:ListUsers" }], denied: [] });
  });

  it("is in it also when the role was out of scope then", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.scope({ generate: false });
    await world.merge("r1");
    expect((await world.run("r1")).end).toMatchObject({ kind: "nothing-new" });
    await world.scope({ generate: true });
    await world.analysed("r2");
    await world.merge("r2");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.added.map(({ action }) => action)).toEqual(["sqs:ListQueues"]);
  });

  it("holds no merge up when its evidence is gone, and goes on waiting", async () => {
    const world = await failed(used("sqs:ListQueues"));
    await world.analysed("r2", used("sns:ListTopics"));
    world.loseEvidence("r1");
    await world.merge("r2");
    const { state } = await world.role();
    expect(state.open.get("grow")?.added.map(({ action }) => action)).toEqual(["sns:ListTopics"]);
    expect(state.unmerged).toEqual(["r1"]);
  });

  it("does not come back once a merge found it covered and people took it away", async () => {
    const world = await begin();
    const policy = (...actions: string[]) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
      });
    world.files.set(path, policy("sqs:ListQueues", "sns:ListTopics"));
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    world.files.set(path, policy("sns:ListTopics"));
    await world.analysed("r2", used("sns:ListTopics"));
    await world.merge("r2");
    expect((await world.role()).state.open.size).toBe(0);
  });
});

describe("A merge to nothing new", () => {
  it("leaves its questions and refusals in the role's history", async () => {
    const world = await begin();
    await world.analysed("r1", used("iam:ListUsers", { authorized: 0, denied: 1 }));
    await world.merge("r1");
    expect(await world.lastOfRole()).toMatchObject({
      type: "UsageMerged",
      data: { run: "r1", proposal: null, denied: [{ action: "iam:ListUsers" }], questions: [] },
    });
  });

  it("beyond the open proposal says which one holds it", async () => {
    const world = await begin();
    await world.analysed("r1", used("sqs:ListQueues"));
    await world.merge("r1");
    const open = (await world.role()).state.open.get("grow");
    await world.analysed("r2", used("sqs:ListQueues"));
    await world.merge("r2");
    expect(await world.lastOfRole()).toMatchObject({
      type: "UsageMerged",
      data: { run: "r2", proposal: open?.version },
    });
    expect((await world.role()).state.open.get("grow")).toEqual(open);
  });
});
