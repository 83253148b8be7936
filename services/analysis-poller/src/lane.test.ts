import { emptyRun, type RunState } from "@plp/domain";
import { describe, expect, it } from "vitest";
import { waitAfter } from "./lane.ts";
import { LONGEST_WAIT } from "./waits.ts";

const at = "2026-11-23T04:00:00.000Z";
const run: RunState = {
  ...emptyRun,
  requested: {
    role: { arn: "arn:aws:iam::111122223333:role/ci/shop-prod", uniqueId: "AROAEXAMPLE" },
    application: { project: "iam/roles", folder: "shop" },
    environment: "prod",
    round: "round-1",
    window: { from: "2026-11-16T03:00:00.000Z", to: "2026-11-23T03:00:00.000Z" },
    lane: "111122223333",
    region: "eu-central-1",
    regions: ["eu-central-1"],
    idle: false,
    at,
  },
};

describe("A busy lane", () => {
  it("is waited for so that the receives of a message last as long as its queue keeps it", () => {
    const begin = Date.parse(at);
    let receives = 0;
    for (let now = begin; now < begin + 7 * 86_400_000; receives += 1)
      now += waitAfter({ kind: "busy" }, run, new Date(now)) * 1000;
    expect(receives).toBeLessThan(1000);
    expect(waitAfter({ kind: "busy" }, run, new Date(begin))).toBe(60);
    expect(waitAfter({ kind: "quota" }, run, new Date(begin))).toBeLessThan(LONGEST_WAIT);
  });
});
