import { describe, expect, it } from "vitest";
import { begin, environment, outputs } from "./testing/discovery.ts";

describe("The hourly tick", () => {
  it("asks every folder for the newest hours of its trail, and GitLab for what no hook told", async () => {
    const world = begin();
    world.folders.set("shop", "{}");
    const at = "2026-11-23T04:10:00.000Z";
    expect(await world.fanOut({ v: 1, type: "hour", at })).toEqual([
      { v: 1, type: "reconcile", only: "trail", at, project: "iam/roles", folder: "shop" },
      { v: 1, type: "poll", at, project: "iam/roles" },
    ]);
  });

  it("has the three hours that ended last read, in the Regions of the roles in scope and where global services log", async () => {
    const world = begin();
    const regions = { regions: ["eu-central-1", "eu-west-1"] };
    world.folders.set(
      "shop",
      outputs("shop", {
        prod: environment("prod", regions),
        sandbox: environment("sandbox", { generate: false }),
      }),
    );
    expect(await world.hour("shop")).toEqual([]);
    await world.look("shop");
    const hours = ["2026-11-23T03", "2026-11-23T02", "2026-11-23T01"];
    expect(await world.hour("shop")).toEqual(
      ["eu-central-1", "eu-west-1", "us-east-1"].flatMap((region) =>
        hours.map((hour) => `trail ${region} ${hour}`),
      ),
    );
  });

  it("reads no trail where the analyzer alone serves, and none for roles that left", async () => {
    const alone = begin({ settings: { analyzer: { default: "access-analyzer" } } });
    alone.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await alone.look("shop");
    expect(await alone.hour("shop")).toEqual([]);
    const world = begin();
    world.folders.set("shop", outputs("shop", { prod: environment("prod") }));
    await world.look("shop");
    world.nextRound();
    world.folders.set("shop", outputs("shop", {}));
    await world.look("shop");
    expect(await world.hour("shop")).toEqual([]);
  });
});
