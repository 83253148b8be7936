import { describe, expect, it } from "vitest";
import { begin, path, used } from "./test-world.ts";

const queue = "arn:aws:sqs:eu-central-1:111122223333:orders";
const early = { from: "2026-05-25T00:00:00.000Z", to: "2026-06-01T00:00:00.000Z" };
const late = { from: "2026-05-31T18:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };
const times = (time: string) => ({ resource: queue, first: time, last: time });
const tag = used("sqs:TagQueue", times("2026-05-30T10:00:00Z"));
const remove = used("sqs:DeleteQueue", times("2026-05-30T10:00:00Z"));
const noContradiction = [{ service: "sqs", lastAuthenticated: "2026-11-20T10:00:00.000Z" }];

/** Two permissions were merged in June; since then only one of them was used. */
async function merged(more: Parameters<typeof begin>[0] = {}) {
  const world = await begin({ discoveredAt: early.to, ...more });
  world.turn("2026-06-01T05:00:00.000Z");
  await world.analysedAs("r1", { window: early }, tag, remove);
  await world.merge("r1");
  await world.approveOpen("grow", "2026-06-02T10:00:00.000Z");
  world.turn("2026-11-23T05:00:00.000Z");
  await world.delivered("2026-11-20T10", { ...tag, ...times("2026-11-20T10:00:00Z") });
  return world;
}

async function reduce(world: Awaited<ReturnType<typeof begin>>) {
  return (await world.role()).state.open.get("reduce");
}

describe("What nobody used within its retention", () => {
  it("is proposed for removal, line by line, with a backtest of what is left", async () => {
    const world = await merged();
    await world.analysedAs("r2", { window: late, lastAccessed: noContradiction });
    await world.merge("r2");
    const open = await reduce(world);
    expect(open?.removed).toEqual([{ action: "sqs:DeleteQueue", resource: queue, condition: null }]);
    expect(open?.files).toMatchObject([{ path, content: expect.not.stringContaining("DeleteQueue") }]);
    expect(open?.files[0]?.content).toContain("TagQueue");
    expect(open).toMatchObject({ added: [], backtest: { calls: 3, allowed: 3 }, risks: [] });
    expect(open?.window).toEqual({ from: "2026-08-25T00:00:00.000Z", to: late.to });
    expect((await world.run("r2")).end).toMatchObject({ kind: "proposed", proposal: open?.version });
  });

  it("stays after a reviewer closed the request, and the request does not come back", async () => {
    const world = await merged();
    await world.analysedAs("r2", { window: late, lastAccessed: noContradiction });
    await world.merge("r2");
    await world.rejectOpen("reduce");
    await world.merge("r2", 2);
    expect(await reduce(world)).toBeUndefined();
  });

  it.each([
    [
      "a hole in what was analysed",
      { gaps: [{ from: late.from, to: "2026-09-01T00:00:00.000Z", reason: "not read" }] },
    ],
    [
      "a use that IAM saw and the trail did not",
      { lastAccessed: [{ service: "sqs", lastAuthenticated: "2026-11-22T10:00:00.000Z" }] },
    ],
    ["no word of IAM", { lastAccessed: null }],
    ["no trail", { analyzer: "access-analyzer" as const }],
  ])("stays when there is %s", async (_, how) => {
    const world = await merged();
    await world.analysedAs("r2", { window: late, lastAccessed: noContradiction, ...how });
    await world.merge("r2");
    expect(await reduce(world)).toBeUndefined();
  });

  it("stays when a call came after the window, which the next merge takes up", async () => {
    const world = await merged();
    await world.delivered("2026-11-23T03", { ...remove, ...times("2026-11-23T03:00:00Z") });
    await world.analysedAs("r2", { window: late, lastAccessed: noContradiction });
    await world.merge("r2");
    expect(await reduce(world)).toBeUndefined();
  });

  it("is taken back when it is used after all", async () => {
    const world = await merged();
    await world.analysedAs("r2", { window: late, lastAccessed: noContradiction });
    await world.merge("r2");
    expect(await reduce(world)).toBeDefined();
    await world.delivered("2026-11-23T03", { ...remove, ...times("2026-11-23T03:00:00Z") });
    await world.merge("r2", 2);
    expect(await reduce(world)).toBeUndefined();
  });

  it("stays where reviewers protect its statement, or people changed the file", async () => {
    const sid = /"Sid": "(Plp\w+)"/;
    const before = await merged();
    const protectedSids = [sid.exec(before.files.get(path) ?? "")?.[1] ?? ""];
    const world = await merged({ scope: { protectedSids } });
    await world.analysedAs("r2", { window: late, lastAccessed: noContradiction });
    await world.merge("r2");
    expect(await reduce(world)).toBeUndefined();
    const edited = await merged();
    const text = edited.files.get(path) ?? "";
    edited.files.set(
      path,
      text.replace('"sqs:DeleteQueue",', '"sqs:DeleteQueue",\n        "sqs:GetQueueUrl",'),
    );
    await edited.analysedAs("r2", { window: late, lastAccessed: noContradiction });
    await edited.merge("r2");
    expect(await reduce(edited)).toBeUndefined();
  });

  it("stays while the environment keeps it longer than usage is kept", async () => {
    const world = await merged({ scope: { retentionDays: 100 } });
    await world.analysedAs("r2", { window: late, lastAccessed: noContradiction });
    await world.merge("r2");
    expect(await reduce(world)).toBeDefined();
    const longer = await merged({ scope: { retentionDays: 176 } });
    await longer.analysedAs("r2", { window: late, lastAccessed: noContradiction });
    await longer.merge("r2");
    expect(await reduce(longer)).toBeUndefined();
  });
});
