import { describe, expect, it } from "vitest";
import { divide } from "./divide.ts";

const names = (count: number) => Array.from({ length: count }, (_, at) => `name-${at}`);
const runsOf = (items: readonly string[], most: number) =>
  divide(
    items,
    (run) => run.length <= most,
    (name) => name,
  );

describe("a list cut into runs", () => {
  it("is all of it, in its order, each run as long as may be at most", () => {
    const runs = runsOf(names(200), 7);
    expect(runs.flat()).toEqual(names(200));
    expect(Math.max(...runs.map(({ length }) => length))).toBeLessThanOrEqual(7);
    expect(runsOf(names(5), 5)).toEqual([names(5)]);
  });

  it("is cut in its middle third, so no run is a crumb", () => {
    for (let count = 6; count < 120; count += 1) {
      const shortest = Math.min(...runsOf(names(count), 5).map(({ length }) => length));
      expect([count, shortest >= 2]).toEqual([count, true]);
    }
  });

  it("is cut where the names say, at each place of the third", () => {
    const cuts = names(40).map((name, at) => runsOf(["first", `${name}-a`, `${at}-b`], 2)[0]?.length);
    expect(new Set(cuts)).toEqual(new Set([1, 2]));
  });

  it("moves few of its borders where an item comes or goes", () => {
    const items = names(300);
    const before = new Set(runsOf(items, 10).map((run) => run.join()));
    const moved = [40, 150, 260].map((left) => {
      const after = runsOf(items.toSpliced(left, 1), 10);
      return after.filter((run) => !before.has(run.join())).length;
    });
    expect(Math.max(...moved)).toBeLessThan(before.size / 4);
  });

  it("leaves an item that does not fit even alone in a run of its own", () => {
    expect(runsOf(names(3), 0)).toEqual(names(3).map((name) => [name]));
    expect(runsOf([], 0)).toEqual([[]]);
  });
});
