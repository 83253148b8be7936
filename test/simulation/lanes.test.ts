import { startsPerDay } from "@plp/domain";
import { describe, expect, it } from "vitest";
import { type LanesOptions, type LanesResult, runLanes } from "./lanes.ts";
import { lanesAtRest, lastFirstAnalysis } from "./lanes-at-rest.ts";

const DAY = 86_400_000;
const perDay = startsPerDay("eu-central-1");
const one: LanesOptions = { accounts: 1, rolesPerAccount: 100, rolesPerApplication: 4, days: 15, seed: 1 };

async function run(options: Partial<LanesOptions>): Promise<LanesResult> {
  const result = await runLanes({ ...one, ...options });
  expect(lanesAtRest(result)).toEqual([]);
  return result;
}

describe("A lane with more roles than a day has starts", () => {
  it("takes the longest unanalysed first, over many applications, and uses every day", async () => {
    const result = await run({ rolesPerApplication: 1 });
    const days = Math.ceil(100 / perDay);
    expect(lastFirstAnalysis(result)).toBeLessThanOrEqual(days * DAY);
    expect(result.mostStartsInADay).toBe(perDay);
    expect(result.failed).toEqual([]);
  });

  it("lets nobody be analysed twice while somebody waits for the first time", async () => {
    const { analyses } = await run({ rolesPerAccount: 200, rolesPerApplication: 8, days: 4 });
    const counts = [...analyses.values()].map(({ length }) => length);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([0, 1]);
  });
});

describe("Lanes", () => {
  it("work side by side: what one waits for holds no other back", async () => {
    const result = await run({ accounts: 60, rolesPerAccount: 4, days: 8 });
    expect(lastFirstAnalysis(result)).toBeLessThan(DAY / 8);
    expect(result.measured.get("LaneWithoutQuota") ?? 0).toBe(0);
  });

  it.each<readonly [string, Partial<LanesOptions>]>([
    ["generations of others that eat most of the quota", { faults: { foreignPerDay: 35 } }],
    ["conflicts", { faults: { conflict: 0.3 } }],
    [
      "refusals for want of quota, at the start and as a failed job",
      { faults: { quotaRefusal: 0.1, quotaFailure: 0.2 } },
    ],
    ["windows with too many files", { faults: { mostHours: 60 } }],
    ["a death between every third start and its record", { faults: { crash: 0.3 } }],
  ])("come to their end in spite of %s, and nothing spins", async (_, faults) => {
    const result = await run({ rolesPerAccount: 40, days: 21, ...faults });
    expect(result.failed).toEqual([]);
    expect([...result.analyses.values()].every(({ length }) => length > 0)).toBe(true);
  });

  it("adopt the job of a start that was not recorded, instead of starting it again", async () => {
    const result = await run({ rolesPerAccount: 20, days: 7, faults: { crash: 0.5 } });
    const analyses = [...result.analyses.values()].reduce((sum, { length }) => sum + length, 0);
    expect(result.startsOfOurs).toBe(analyses);
  });
});
