import { describe, expect, it } from "vitest";
import { arnOf, begin, environment, outputs } from "./testing/discovery.ts";

const shop = outputs("shop", { dev: environment("dev"), prod: environment("prod") });

describe("A message that comes again", () => {
  it("retires no role that its first delivery could not look at", async () => {
    const world = begin();
    world.folders.set("shop", shop);
    await world.look("shop");
    world.nextRound();
    world.missing.add(arnOf("dev"));
    await world.look("shop");
    world.missing.clear();
    await world.look("shop");
    expect((await world.role("dev")).types).toEqual(["RoleDiscovered"]);
  });

  it("sends on what its first delivery asked for, although the role cannot be looked at now", async () => {
    const world = begin();
    world.folders.set("shop", shop);
    const isRun = (text: string) => text.startsWith("analysis");
    const asked = (await world.look("shop")).filter(isRun);
    world.missing.add(arnOf("dev"));
    expect((await world.look("shop")).filter(isRun).sort()).toEqual([...asked].sort());
    expect(asked).toHaveLength(2);
  });

  it("asks for every run of the plan, although a role of it cannot be looked at now", async () => {
    const world = begin();
    world.folders.set("shop", shop);
    await world.look("shop");
    await world.endRuns("shop");
    world.nextRound();
    // Of the second round the plan alone is written before the end.
    world.crashAfter(1);
    await expect(world.look("shop")).rejects.toThrow("crashed");
    const runs = (await world.application("shop")).round?.roles.map(({ run }) => run) ?? [];
    world.crashAfter(Number.POSITIVE_INFINITY);
    world.missing.add(arnOf("dev"));
    const sent = (await world.look("shop")).filter((text) => text.startsWith("analysis"));
    expect(sent.map((text) => text.split(" ").at(-1)).sort()).toEqual([...runs].sort());
  });

  it("records every role of the plan, although one cannot be looked at now", async () => {
    const world = begin();
    world.folders.set("shop", shop);
    // The claims of the name and of two roles, and the plan.
    world.crashAfter(4);
    await expect(world.look("shop")).rejects.toThrow("crashed");
    expect((await world.application("shop")).round?.roles).toHaveLength(2);
    world.crashAfter(Number.POSITIVE_INFINITY);
    world.missing.add(arnOf("dev"));
    await world.look("shop");
    expect((await world.role("dev")).types).toEqual(["RoleDiscovered"]);
  });
});

describe("A message that a newer round has overtaken", () => {
  it("sends on what its first delivery asked for and could not send", async () => {
    const world = begin();
    world.folders.set("shop", shop);
    await world.look("shop");
    const runs = (await world.application("shop")).round?.roles.map(({ run }) => run) ?? [];
    world.nextRound(7);
    await world.look("shop");
    world.earlierRound(7);
    const sent = (await world.look("shop")).filter((text) => text.startsWith("analysis"));
    expect(sent.map((text) => text.split(" ").at(-1)).sort()).toEqual([...runs].sort());
  });
});

describe("A run that no message carries any more", () => {
  it("ends at the tick after eight days, with a reason, and is not sent again", async () => {
    const world = begin();
    world.folders.set("shop", shop);
    await world.look("shop");
    await world.startRuns("shop");
    const [planned] = (await world.application("shop")).round?.roles ?? [];
    const run = planned?.run ?? "";
    world.nextRound(7);
    expect((await world.tick("shop")).some((text) => text.endsWith(run))).toBe(true);
    expect((await world.run(run)).end).toBeNull();
    world.nextRound(1);
    expect((await world.tick("shop")).some((text) => text.endsWith(run))).toBe(false);
    expect((await world.run(run)).end).toMatchObject({ kind: "failed", code: "run-deadline" });
  });
});
