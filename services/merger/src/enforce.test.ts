import type { Readiness } from "@plp/domain";
import { describe, expect, it } from "vitest";
import { begin, path, used } from "./test-world.ts";

const window = { from: "2026-11-01T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };
const list = used("sqs:ListQueues", { first: "2026-11-02T10:00:00Z", last: "2026-11-22T10:00:00Z" });
const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: string | string[], Resource = "*") => ({ Effect: "Allow", Action, Resource });
const initialPath = "shop/policies/initial/prod.json";
const modes = '{\n  "prod": {\n    "mode": "observe"\n  }\n}\n';
const observed = { scope: { initialPolicyPath: "policies/initial/prod.json" } };

/** A role whose policy has all that it used since 1 November, beside a broad initial policy. */
async function quiet(given: Parameters<typeof begin>[0] = observed) {
  const world = await begin(given);
  world.files.set(path, document(allow(["sqs:ListQueues"])));
  world.files.set(initialPath, document(allow(["sqs:*", "s3:*", "iam:PassRole"])));
  world.files.set("shop/plp.environments.json", modes);
  await world.delivered("2026-11-20T10", list);
  return world;
}

const accessed = [
  { service: "sqs", lastAuthenticated: "2026-11-20T10:00:00.000Z" },
  { service: "s3", lastAuthenticated: null },
];

async function after(world: Awaited<ReturnType<typeof begin>>) {
  await world.merge("r1");
  const { state } = await world.role();
  const data: unknown = (await world.lastOfRole())?.data;
  const readiness = (data as { readiness?: Readiness } | undefined)?.readiness;
  return { enforce: state.open.get("enforce"), readiness, state };
}

describe("A role with nothing new for its quiet days", () => {
  it("is proposed for enforcing: what nobody can observe comes along, and the mode changes", async () => {
    const world = await quiet();
    await world.analysedAs("r1", { window, lastAccessed: accessed }, list);
    const { enforce } = await after(world);
    expect(enforce?.added.map(({ action, basis }) => [action, basis])).toEqual([
      ["iam:PassRole", "kept"],
      ...["ChangeMessageVisibility", "DeleteMessage", "ReceiveMessage", "SendMessage"].map((name) => [
        `sqs:${name}`,
        "kept",
      ]),
    ]);
    expect(enforce?.enforce).toMatchObject({
      ...{ modesFile: "shop/plp.environments.json", initialPolicy: initialPath, quietSince: window.from },
      carried: [
        { action: "iam:PassRole", why: "pass-role", source: expect.stringContaining("https://docs.aws") },
        {},
        {},
        {},
        {},
      ],
    });
    expect(enforce?.backtest).toMatchObject({ calls: 3, allowed: 3, wouldBeDenied: [] });
    expect(enforce?.base.files.map(({ path: of }) => of)).toEqual([
      ...[path, "shop/policies/prod.2.json", initialPath, "shop/plp.environments.json"],
    ]);
    expect(enforce?.files).toMatchObject([{ path, content: expect.stringContaining('"iam:PassRole"') }]);
    expect(enforce?.risks).toMatchObject([{ id: "pass-any-role" }]);
    await world.merge("r1", 2);
    expect((await world.role()).types.filter((type) => type === "PolicyProposed")).toHaveLength(1);
  });

  it("is proposed also where nothing has to come along: the mode is the change", async () => {
    const world = await quiet();
    world.files.set(initialPath, document(allow("sqs:List*")));
    world.files.delete("shop/plp.environments.json");
    await world.analysedAs("r1", { window, lastAccessed: accessed }, list);
    const { enforce } = await after(world);
    expect(enforce).toMatchObject({ added: [], files: [], enforce: { carried: [], modesFile: null } });
  });

  it("is taken back when something new is used", async () => {
    const world = await quiet();
    await world.analysedAs("r1", { window, lastAccessed: accessed }, list);
    expect((await after(world)).enforce).toBeDefined();
    await world.delivered(
      "2026-11-23T03",
      used("kms:ListKeys", { first: "2026-11-23T03:00:00Z", last: "2026-11-23T03:00:00Z" }),
    );
    await world.merge("r1", 2);
    const { state } = await world.role();
    expect(state.open.get("enforce")).toBeUndefined();
    expect(await world.lastOfRole()).toMatchObject({
      type: "ProposalWithdrawn",
      data: { reason: "it is not ready any more: 3 recorded calls would be denied" },
    });
  });

  it("is not proposed again after a reviewer closed the request", async () => {
    const world = await quiet();
    await world.analysedAs("r1", { window, lastAccessed: accessed }, list);
    await after(world);
    await world.rejectOpen("enforce");
    await world.merge("r1", 2);
    expect((await world.role()).state.open.get("enforce")).toBeUndefined();
  });
});

describe("A role is not ready, and the history says why,", () => {
  it("before its quiet days are over", async () => {
    const world = await quiet({ scope: { ...observed.scope, quietDays: 30 } });
    await world.analysedAs("r1", { window }, list);
    expect((await after(world)).readiness).toEqual({
      quietDays: 22,
      of: 30,
      against: ["22 of 30 quiet days"],
    });
  });

  it("while it grows, and the proposal tells it, too", async () => {
    const world = await quiet();
    await world.analysedAs("r1", { window }, list, used("sns:ListTopics", { first: "2026-11-21T02:00:00Z" }));
    const { enforce, state } = await after(world);
    expect(enforce).toBeUndefined();
    expect(state.open.get("grow")?.readiness?.against).toContain("something new waits for a decision");
  });

  it.each([
    ["when nobody knows its initial policy", {}, null, "initial_policy_path"],
    ["when its initial policy is not there", observed, null, "is not there"],
    ["when its initial policy cannot be read", observed, "[]", "cannot be read"],
    [
      "when a part of it can only be copied by a person",
      observed,
      document({ Effect: "Allow", Action: "s3:GetObject", NotResource: "arn:aws:s3:::x" }),
      "1 open question",
    ],
  ])("%s", async (_, given, initial, reason) => {
    const world = await quiet(given);
    if (initial === null) world.files.delete(initialPath);
    else world.files.set(initialPath, initial);
    await world.analysedAs("r1", { window }, list);
    const { enforce, readiness } = await after(world);
    expect(enforce).toBeUndefined();
    expect(readiness?.against).toEqual([expect.stringContaining(reason)]);
  });

  it("when recorded calls would be denied, or none could be read", async () => {
    const world = await quiet();
    await world.delivered("2026-10-20T10", used("kms:ListKeys"));
    await world.analysedAs("r1", { window }, list);
    expect((await after(world)).readiness?.against).toEqual(["3 recorded calls would be denied"]);
    const damaged = await quiet();
    damaged.damageUsage();
    await damaged.analysedAs("r1", { window }, list);
    expect((await after(damaged)).readiness?.against).toContain("no backtest could be made");
  });

  it("while a service was used of which nobody knows how, until people answer by a statement", async () => {
    const world = await quiet();
    const lastAccessed = [...accessed, { service: "kms", lastAuthenticated: "2026-11-20T10:00:00.000Z" }];
    await world.analysedAs("r1", { window, lastAccessed }, list);
    expect((await after(world)).readiness?.against).toEqual(["1 open question"]);
    const answered = await quiet();
    answered.files.set(path, document(allow(["sqs:ListQueues"]), { ...allow("kms:*"), Effect: "Deny" }));
    await answered.analysedAs("r1", { window, lastAccessed }, list);
    expect((await after(answered)).enforce).toBeDefined();
  });

  it("and not any more once it is enforced", async () => {
    const world = await quiet({ scope: { ...observed.scope, mode: "enforce" } });
    await world.analysedAs("r1", { window }, list);
    expect(await after(world)).toMatchObject({ enforce: undefined, readiness: undefined });
  });
});
