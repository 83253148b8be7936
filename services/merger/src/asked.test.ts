import { parsePolicy, partPath, printPolicy } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { begin, path, used } from "./test-world.ts";

const since = "2026-11-20T00:00:00.000Z";
const enforced = { scope: { mode: "enforce" as const }, discoveredAt: since };
const at = (time: string) => ({ first: time, last: time });
const refused = used("iam:GetRole", {
  ...{ resource: "arn:aws:iam::111122223333:role/worker", authorized: 0, denied: 4, deniedBy: "identity" },
  ...at("2026-11-22T10:05:00Z"),
});
const list = used("sqs:ListQueues", at("2026-11-22T10:05:00Z"));

async function asked(world: Awaited<ReturnType<typeof begin>>) {
  return (await world.role()).state.open.get("asked");
}

describe("What an enforced role was refused for want of a policy", () => {
  it("is proposed in a request of its own, with the refusals as its calls", async () => {
    const world = await begin(enforced);
    await world.delivered("2026-11-22T10", refused, list);
    await world.analysed("r1", list);
    await world.merge("r1");
    const open = await asked(world);
    expect(open?.added).toMatchObject([
      { action: "iam:GetRole", basis: "asked", calls: 4, firstSeen: "2026-11-22T10:05:00Z", widened: false },
    ]);
    expect(open?.files).toMatchObject([{ path, content: expect.stringContaining('"iam:GetRole"') }]);
    expect(open?.files[0]?.content).not.toContain("sqs:ListQueues");
    const grow = (await world.role()).state.open.get("grow");
    expect(grow?.added.map(({ action }) => action)).toEqual(["sqs:ListQueues"]);
    expect(world.sent).toEqual(["shop"]);
  });

  it("is not proposed while people's files leave no room, and the run ends as it would without it", async () => {
    const world = await begin(enforced);
    for (let file = 1; file <= 10; file++) {
      const Resource = Array.from({ length: 60 }, (_, i) => `arn:aws:sqs:*:*:${"x".repeat(80)}${file}-${i}`);
      const policy = { Statement: [{ Effect: "Allow", Action: ["sqs:SendMessage"], Resource }] };
      world.files.set(partPath(path, file), printPolicy(parsePolicy(policy, path)));
    }
    await world.delivered("2026-11-22T10", refused);
    await world.analysed("r1");
    await world.merge("r1");
    expect(await asked(world)).toBeUndefined();
    expect((await world.run("r1")).end).toMatchObject({ kind: "nothing-new" });
    world.files.delete(partPath(path, 10));
    await world.merge("r1");
    expect((await asked(world))?.files.map((file) => file.path)).toEqual([partPath(path, 10)]);
  });

  it("appears with the next look at the last run, also after that run has ended; twice is once", async () => {
    const world = await begin(enforced);
    await world.analysed("r1");
    await world.merge("r1");
    expect(await asked(world)).toBeUndefined();
    await world.delivered("2026-11-23T04", { ...refused, ...at("2026-11-23T04:10:00Z") });
    await world.merge("r1");
    expect((await asked(world))?.added).toHaveLength(1);
    expect(world.sent).toEqual(["shop", "shop"]);
    await world.merge("r1");
    expect((await world.role()).types.filter((type) => type === "PolicyProposed")).toHaveLength(1);
    expect(world.sent).toHaveLength(2);
  });

  it.each([
    ["was allowed since", { authorized: 1 }],
    ["was refused before it was enforced", at("2026-11-19T10:00:00Z")],
    ["was refused by an organization's policy", { deniedBy: "scp" as const }],
    ["was refused by nobody knows what", { deniedBy: "unknown" as const }],
    ["is on a resource that no record tells", { resource: null }],
  ])("is not asked for when it %s", async (_, more) => {
    const world = await begin(enforced);
    await world.delivered("2026-11-22T10", { ...refused, ...more });
    await world.analysed("r1");
    await world.merge("r1");
    expect(await asked(world)).toBeUndefined();
  });

  it("is not asked for when another hour shows it allowed, the policy has it, or a reviewer refused it", async () => {
    const world = await begin(enforced);
    await world.delivered("2026-11-22T10", refused);
    await world.analysed("r1");
    await world.merge("r1");
    expect(await asked(world)).toBeDefined();
    await world.rejectOpen("asked");
    await world.merge("r1", 2);
    expect(await asked(world)).toBeUndefined();
    const other = await begin(enforced);
    await other.delivered("2026-11-22T10", refused);
    await other.delivered("2026-11-22T11", { ...refused, denied: 0, deniedBy: null, authorized: 1 });
    await other.analysed("r1");
    await other.merge("r1");
    expect(await asked(other)).toBeUndefined();
  });

  it("is not asked for while the initial policy answers, and what was asked is taken back then", async () => {
    const world = await begin(enforced);
    await world.delivered("2026-11-22T10", refused);
    await world.analysed("r1");
    await world.merge("r1");
    await world.scope({ mode: "observe" });
    await world.analysed("r2");
    await world.merge("r2");
    expect(await asked(world)).toBeUndefined();
    expect((await world.role()).types).toContain("ProposalWithdrawn");
  });

  it("is held against the settings never and ask like all else", async () => {
    const world = await begin({ ...enforced, settings: { never: ["iam:*"] } });
    await world.delivered("2026-11-22T10", refused);
    await world.analysed("r1");
    await world.merge("r1");
    expect(await asked(world)).toBeUndefined();
  });
});
