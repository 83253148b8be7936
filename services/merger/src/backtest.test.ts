import { describe, expect, it } from "vitest";
import { begin, used } from "./test-world.ts";

const queue = "arn:aws:sqs:eu-central-1:111122223333:orders";
const document = (...statements: object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string, Condition?: object) => ({
  ...{ Effect: "Allow", Action, Resource: "*" },
  ...(Condition === undefined ? {} : { Condition }),
});
const list = used("sqs:ListQueues", { authorized: 3 });
const tag = used("sqs:TagQueue", { resource: queue, authorized: 4 });

async function backtestOf(world: Awaited<ReturnType<typeof begin>>) {
  return (await world.role()).state.open.get("grow")?.backtest;
}

describe("The backtest of a proposal", () => {
  it("holds the proposed policy against every recorded call, those of earlier windows included", async () => {
    const world = await begin();
    await world.delivered("2026-11-17T10", list, tag);
    await world.delivered(
      "2026-09-01T10",
      used("kms:ListKeys", { authorized: 7 }),
      used("s3:ListBucket", { authorized: 0, denied: 9 }),
    );
    await world.delivered("2026-08-01T10", used("sns:ListTopics", { authorized: 1 }));
    await world.analysed("r1", list, tag);
    await world.merge("r1");
    expect(await backtestOf(world)).toMatchObject({
      ...{ calls: 14, allowed: 7, undecided: [] },
      wouldBeDenied: [{ action: "kms:ListKeys", count: 7, reason: "no-allow" }],
    });
  });

  it("goes back as far as the environment wants permissions to be kept", async () => {
    const world = await begin({ scope: { retentionDays: 200 } });
    await world.delivered("2026-08-01T10", used("sns:ListTopics", { authorized: 1 }));
    await world.analysed("r1", list);
    await world.merge("r1");
    expect(await backtestOf(world)).toMatchObject({
      calls: 1,
      wouldBeDenied: [{ action: "sns:ListTopics" }],
    });
  });

  it("leaves what was delivered after the window to the merge that takes it up", async () => {
    const world = await begin();
    await world.delivered("2026-11-17T10", list);
    await world.delivered("2026-11-23T04", used("sns:ListTopics"));
    await world.analysed("r1", list);
    await world.merge("r1");
    expect(await backtestOf(world)).toMatchObject({ calls: 3, allowed: 3, wouldBeDenied: [] });
  });

  it("shows what reviewers refused and the role still does", async () => {
    const world = await begin();
    await world.delivered("2026-11-17T10", list, tag);
    await world.analysed("r1", list);
    await world.merge("r1");
    await world.rejectOpen();
    await world.analysed("r2", list, tag);
    await world.merge("r2");
    expect(await backtestOf(world)).toMatchObject({
      allowed: 4,
      wouldBeDenied: [{ action: "sqs:ListQueues", count: 3 }],
    });
  });

  it("asks the permissions boundary of the environment, and knows the Region and the role of a call", async () => {
    const world = await begin({ scope: { permissionsBoundaryPath: "policies/boundary.json" } });
    const here = { StringEquals: { "aws:RequestedRegion": "eu-central-1" } };
    const byAnother = { ArnNotEquals: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/ci/shop-prod" } };
    world.files.set(
      "shop/policies/boundary.json",
      document(allow("sqs:ListQueues", here), allow("sqs:TagQueue", byAnother)),
    );
    await world.delivered("2026-11-17T10", list, tag);
    await world.analysed("r1", list, tag);
    await world.merge("r1");
    expect(await backtestOf(world)).toMatchObject({
      ...{ allowed: 3, undecided: [] },
      wouldBeDenied: [{ action: "sqs:TagQueue", count: 4, reason: "boundary" }],
    });
  });

  it.each([
    ["is missing", null],
    ["is no policy", "[]"],
  ])("is made without a boundary that %s, and asks about it", async (_, text) => {
    const world = await begin({ scope: { permissionsBoundaryPath: "policies/boundary.json" } });
    if (text !== null) world.files.set("shop/policies/boundary.json", text);
    await world.delivered("2026-11-17T10", list);
    await world.analysed("r1", list);
    await world.merge("r1");
    const open = (await world.role()).state.open.get("grow");
    expect(open?.backtest).toMatchObject({ calls: 3, allowed: 3 });
    expect(open?.questions).toMatchObject([
      { kind: "unreadable", detail: expect.stringContaining("shop/policies/boundary.json") },
    ]);
  });

  it("is none where PLP does not read the trail, or its items are damaged, which is asked", async () => {
    const blind = await begin({ settings: { analyzer: "access-analyzer" } });
    await blind.analysed("r1", list);
    await blind.merge("r1");
    expect(await backtestOf(blind)).toBeNull();
    const damaged = await begin();
    damaged.damageUsage();
    await damaged.analysed("r1", list);
    await damaged.merge("r1");
    const open = (await damaged.role()).state.open.get("grow");
    expect(open?.backtest).toBeNull();
    expect(open?.questions).toMatchObject([{ kind: "unreadable" }]);
  });

  it("holds fifty lines of each kind at the most, and tells how much there is beyond", async () => {
    const world = await begin();
    const many = Array.from({ length: 53 }, (_, i) =>
      used("sqs:TagQueue", { resource: `${queue}-${i}`, authorized: i + 1 }),
    );
    await world.delivered("2026-11-17T10", list, ...many);
    await world.analysed("r1", list);
    await world.merge("r1");
    const found = await backtestOf(world);
    expect(found?.wouldBeDenied).toHaveLength(50);
    expect(found?.wouldBeDenied[0]).toMatchObject({ count: 53 });
    expect(found?.more).toEqual({
      wouldBeDenied: { lines: 3, calls: 1 + 2 + 3 },
      undecided: { lines: 0, calls: 0 },
    });
  });
});
