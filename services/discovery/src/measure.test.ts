import { openedRequest } from "@plp/domain";
import { describe, expect, it } from "vitest";
import type { IamRepository } from "./ports.ts";
import { begin, environment, outputs } from "./testing/discovery.ts";

const tick = { v: 1, type: "tick", at: "2026-11-23T00:30:00.000Z" } as const;

describe("The daily tick measures", () => {
  it("the days that the GitLab token has left", async () => {
    const world = begin();
    await world.fanOut(tick);
    expect(world.measured).toEqual([]);
    world.tokenEnds("2026-12-20");
    await world.fanOut(tick);
    expect(world.measured).toEqual(["TokenDaysLeft 26"]);
    await world.fanOut({ ...tick, type: "hour" });
    expect(world.measured).toHaveLength(1);
  });

  it("nothing of a GitLab that does not tell, and goes on", async () => {
    const world = begin();
    world.folders.set("shop", "{}");
    const silent: IamRepository = {
      project: "iam/silent",
      head: async () => "c1",
      folders: async () => ["web"],
      outputs: async () => null,
      tokenEnds: async () => Promise.reject(new Error("403")),
    };
    const sent = await world.fanOut(tick, [silent]);
    expect(sent).toMatchObject([{ folder: "web" }, { folder: "shop" }]);
  });

  it("how long ago the last round began that came to its end", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.look("shop");
    world.nextRound(2);
    await world.tick("shop");
    expect(world.measured).toEqual(["HoursSinceFinishedRound 48"]);
    await world.endRuns("shop");
    world.nextRound(7);
    await world.look("shop");
    world.nextRound(1);
    await world.tick("shop");
    // The second round goes on; the first one, which ended, began nine days and a day ago.
    expect(world.measured.at(-1)).toBe("HoursSinceFinishedRound 240");
    await world.endRuns("shop");
    await world.tick("shop");
    expect(world.measured.at(-1)).toBe("HoursSinceFinishedRound 24");
  });

  it("a round as going on while a role of it still waits for a start of its lane", async () => {
    const world = begin();
    await world.othersWait(44);
    const both = { prod: environment("prod"), test: environment("test") };
    world.folders.set("shop", outputs("shop", both));
    await world.look("shop");
    await world.endRuns("shop");
    world.nextRound(7);
    await world.othersWait(45);
    await world.tick("shop");
    expect(world.measured).toEqual(["HoursSinceFinishedRound 168"]);
    // The others are gone two days later.
    world.nextRound(2);
    await world.look("shop");
    await world.endRuns("shop");
    await world.tick("shop");
    expect(world.measured.at(-1)).toBe("HoursSinceFinishedRound 0");
  });

  it("how long the oldest request has waited for a person", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.look("shop");
    await world.decide("shop", (state, cause) =>
      openedRequest(
        state,
        {
          ...{ kind: "grow", iid: 7, url: "http://gitlab/7", branch: "plp-grow/shop-12345678" },
          ...{ head: "h1", base: "c1", title: "Draft: shop", description: "d1", roles: [] },
        },
        cause,
      ),
    );
    world.nextRound(15);
    await world.tick("shop");
    expect(world.measured).toContain("RequestWaitingDays 15");
  });

  it("a run whose time was up", async () => {
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.look("shop");
    await world.startRuns("shop");
    world.nextRound(200);
    await world.tick("shop");
    expect(world.measured).toContain("RunsPastDeadline 1");
  });
});
