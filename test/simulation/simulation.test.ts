import { describe, expect, it } from "vitest";
import { complaint, firstFailing, simulateTwice } from "./find.ts";
import { type PlantName, plants } from "./plants.ts";
import { simulate } from "./simulate.ts";

const SEEDS = 30;
/** Seeds in which a planted mistake has to show. */
const MOST = 60;

describe("The handlers, over everything that can go wrong", () => {
  it(`do nothing that must not happen and come to rest, for ${SEEDS} seeds`, async () => {
    const complaints: string[] = [];
    let merged = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const result = await simulate(seed);
      merged += result.counts.merged;
      const text = complaint(result);
      if (text !== null) complaints.push(text);
    }
    expect(complaints).toEqual([]);
    expect(merged).toBeGreaterThan(SEEDS / 2);
  });

  it("do the same for the same seed, commit ids and all", async () => {
    for (const seed of [3, 5]) expect(complaint(await simulateTwice(seed))).toBeNull();
    expect((await simulate(3)).trace).not.toBe((await simulate(4)).trace);
  });
});

describe("A planted mistake is found", () => {
  it.each(Object.keys(plants) as PlantName[])("%s", async (plant) => {
    const found = await firstFailing(plant, MOST);
    expect(found, `nothing was found in ${MOST} seeds`).not.toBeNull();
    // The same seed without the mistake is clean: it was the mistake that was found.
    if (found !== null) expect(complaint(await simulate(found.seed))).toBeNull();
  });
});
