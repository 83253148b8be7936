import { pauseRounds, resumeRounds } from "@plp/domain";
import { causeAt } from "@plp/domain/testing";
import { describe, expect, it } from "vitest";
import { account, arnOf, begin, environment, outputs } from "./testing/discovery.ts";

const analyses = (sent: readonly string[]) => sent.filter((text) => text.startsWith("analysis"));

describe("A folder of a round", () => {
  it("becomes a plan, its roles and one run each; looked at twice it is the same", async () => {
    const world = begin();
    world.folders.set(
      "shop",
      outputs("shop", {
        prod: environment("prod"),
        test: environment("test"),
        sandbox: environment("box", { generate: false }),
      }),
    );
    const first = await world.look("shop");
    const { round } = await world.application("shop");
    expect(round?.roles.map(({ environment: name }) => name)).toEqual(["prod", "test"]);
    expect(round?.excluded).toMatchObject([{ environment: "sandbox", reason: "generate = false" }]);
    expect(analyses(first)).toHaveLength(2);
    expect(first.at(-1)).toBe("publish shop");
    expect((await world.role("prod")).types).toEqual(["RoleDiscovered"]);
    expect((await world.role("box")).types).toEqual([]);
    expect(await world.look("shop")).toEqual(first);
    expect((await world.application("shop")).version).toBe(1);
  });

  it("asks for the hours of its window that nobody has read, also of the Region of global services", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    const hours = (await world.look("shop")).filter((text) => text.startsWith("trail"));
    expect(hours).toHaveLength(2 * (7 * 24 + 1));
    expect(hours).toContain("trail us-east-1 2026-11-23T03");
  });

  it("whose role does not exist tells so, and takes up the others", async () => {
    const world = begin();
    world.missing.add(arnOf("prod"));
    world.folders.set("shop", outputs("shop", { prod: environment("prod"), test: environment("test") }));
    expect(analyses(await world.look("shop"))).toHaveLength(1);
    expect((await world.application("shop")).round?.failed).toMatchObject([{ environment: "prod" }]);
  });

  it("whose outputs are gone or broken is refused, and taken up again when they are repaired", async () => {
    const world = begin();
    expect(await world.look("shop")).toEqual([]);
    expect((await world.application("shop")).refused).toMatchObject({ code: "outputs-missing" });
    world.folders.set("shop", "{");
    await world.look("shop");
    expect((await world.application("shop")).refused).toMatchObject({ code: "outputs-not-json" });
    world.nextRound();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.look("shop");
    expect((await world.application("shop")).refused).toBeNull();
  });

  it("never takes up PLP's own roles nor those that the settings name", async () => {
    const world = begin({ settings: { never_analyse: ["arn:aws:iam::*:role/ci/iam-*"] } });
    const own = { role_arn: `arn:aws:iam::${account}:role/plp-reader`, policy_path: "x.json" };
    world.folders.set("shop", outputs("shop", { a: environment("iam-admin"), b: environment("b", own) }));
    expect(analyses(await world.look("shop"))).toEqual([]);
    expect((await world.application("shop")).round?.excluded).toHaveLength(2);
  });
});

describe("Claims", () => {
  it.each([
    ["name", outputs("shop", { prod: environment("other") }), "name-claimed"],
    ["role", outputs("other", { prod: environment("prod") }), "role-claimed"],
  ])("of the same %s refuse both folders, until one is gone", async (_, second, code) => {
    const world = begin();
    world.folders.set("a", outputs("shop", { prod: environment("prod") })).set("b", second);
    await world.look("a", "b");
    expect((await world.application("a")).refused).toMatchObject({ code, other: "b" });
    expect((await world.application("b")).refused).toMatchObject({ code, other: "a" });
    world.nextRound();
    expect(analyses(await world.look("a", "b"))).toEqual([]);
    world.nextRound();
    world.folders.delete("a");
    expect(analyses(await world.look("b"))).toHaveLength(1);
    expect((await world.application("b")).refused).toBeNull();
  });

  it("of a role that an environment gave up go to the one that took it", async () => {
    const world = begin();
    world.folders.set("a", outputs("one", { prod: environment("prod") }));
    await world.look("a");
    world.nextRound();
    world.folders.set("a", outputs("one", { prod: environment("fresh") }));
    world.folders.set("b", outputs("two", { prod: environment("prod") }));
    await world.look("b", "a");
    expect((await world.application("b")).refused).toBeNull();
    expect((await world.application("a")).refused).toBeNull();
  });

  it("see a role that was deleted and made again", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.look("shop");
    world.nextRound();
    world.uniqueIds.set(arnOf("prod"), "AROASECOND");
    await world.look("shop");
    expect((await world.role("prod", "AROASECOND")).types).toEqual(["RoleRecreated", "RoleDiscovered"]);
  });
});

describe("A lane", () => {
  it("starts at most a day's generations, of who waits longest, whichever application it belongs to", async () => {
    const world = begin();
    const environments = Object.fromEntries(["a", "b", "c"].map((name) => [name, environment(name)]));
    world.folders.set("shop", outputs("shop", environments));
    await world.othersWait(43);
    expect(analyses(await world.look("shop"))).toHaveLength(2);
    await world.othersWait(45);
    expect(analyses(await world.tick("shop"))).toEqual([]);
  });

  it("starts a day's generations in each Region, one with a small quota beside one with a large", async () => {
    const world = begin();
    const far = ["a", "b", "c", "d", "e"].map((name) => [name, environment(name, { region: "af-south-1" })]);
    const near = ["f", "g"].map((name) => [name, environment(name)]);
    world.folders.set("shop", outputs("shop", Object.fromEntries([...far, ...near])));
    await world.othersWait(43);
    expect(analyses(await world.look("shop"))).toHaveLength(4 + 2);
  });

  it("is looked at again by the tick, for those who are next by then", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.othersWait(45);
    expect(analyses(await world.look("shop"))).toEqual([]);
    // The others do not join again, so they are gone.
    world.nextRound(2);
    expect(analyses(await world.tick("shop"))).toHaveLength(1);
  });

  it("is not spent on a role that was not used since its last window", async () => {
    const world = begin({ settings: { analyzer: "both" } });
    await world.othersWait(45);
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    expect(analyses(await world.look("shop"))).toEqual([]);
  });

  it("keeps a run that has not ended for the next round", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    const first = analyses(await world.look("shop"));
    world.nextRound();
    expect(analyses(await world.look("shop"))).toEqual(first);
  });
});

describe("A role", () => {
  it("that left scope says so, and one that no output names any more is retired", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod"), test: environment("test") }));
    await world.look("shop");
    world.nextRound();
    world.folders.set("shop", outputs("shop", { prod: environment("prod", { generate: false }) }));
    await world.look("shop");
    expect((await world.role("prod")).types).toEqual(["RoleDiscovered", "RoleRescoped"]);
    expect((await world.role("test")).state.retired).toBe(true);
  });

  it("is not retired by an environment that could only not be read", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.look("shop");
    world.nextRound();
    world.folders.set("shop", outputs("shop", { prod: environment("prod", { account_id: "1" }) }));
    await world.look("shop");
    expect((await world.role("prod")).state.retired).toBe(false);
  });

  it("whose mode changes says so", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.look("shop");
    world.nextRound();
    world.folders.set("shop", outputs("shop", { prod: environment("prod", { mode: "enforce" }) }));
    await world.look("shop");
    expect((await world.role("prod")).types).toEqual(["RoleDiscovered", "ModeChanged"]);
  });
});

describe("A round", () => {
  it("sends one message per folder, its window ending an hour before it or where it is told", async () => {
    const world = begin();
    world.folders.set("b", "{}").set("a", "{}");
    const at = "2026-11-23T04:00:00.000Z";
    expect(await world.fanOut({ v: 1, type: "round", round: "r1", at })).toMatchObject([
      { type: "application", folder: "a", windowEnd: "2026-11-23T03:00:00.000Z", commit: "commit-1" },
      { type: "application", folder: "b" },
    ]);
    const windowEnd = "2026-03-02T12:00:00.000Z";
    expect(await world.fanOut({ v: 1, type: "round", round: "r1", at, windowEnd })).toMatchObject([
      { windowEnd },
      {},
    ]);
    expect(await world.fanOut({ v: 1, type: "tick", at })).toMatchObject([
      { type: "reconcile", folder: "a" },
      {},
    ]);
  });

  it("begins only while rounds are not paused; what was begun goes on meanwhile", async () => {
    const world = begin();
    world.folders.set("a", "{}");
    const at = "2026-11-23T04:00:00.000Z";
    const round = () => world.fanOut({ v: 1, type: "round", round: "r1", at });
    await world.control((state) => pauseRounds(state, "migration", causeAt(at)));
    expect(await round()).toEqual([]);
    expect(await world.fanOut({ v: 1, type: "tick", at })).toHaveLength(1);
    await world.control((state) => resumeRounds(state, causeAt(at)));
    expect(await round()).toHaveLength(1);
  });
});
