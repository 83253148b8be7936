import { describe, expect, it } from "vitest";
import { atOnce, marksAtOnce } from "./at-once.ts";

describe("what is asked for at once", () => {
  it("is loaded together by group, each getting its own answer", async () => {
    const loads: (readonly string[])[] = [];
    const ask = atOnce<string, string>(
      (item) => item.slice(0, 1),
      async (items) => {
        loads.push(items);
        return items.map((item) => item.toUpperCase());
      },
    );
    expect(await Promise.all(["a1", "b1", "a2"].map(ask))).toEqual(["A1", "B1", "A2"]);
    expect(loads).toEqual([["a1", "a2"], ["b1"]]);
    expect(await ask("a3")).toBe("A3");
    expect(loads).toHaveLength(3);
  });

  it("fails together, and is loaded anew by who asks afterwards", async () => {
    let fails = true;
    const ask = atOnce<number, number>(
      () => "all",
      async (items) => {
        if (fails) throw new Error("throttled");
        return items;
      },
    );
    const both = await Promise.allSettled([ask(1), ask(2)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fails = false;
    expect(await ask(3)).toBe(3);
  });
});

describe("the marks of a trail's hours", () => {
  it("are one query for the hours of a day, and each hour gets its own", async () => {
    const queries: string[] = [];
    const marks = marksAtOnce({
      marks: async (accountId, region, from, to) => {
        queries.push(`${accountId} ${region} ${from} ${to}`);
        const mark = { accountId, region, readAt: `${from}:30:00Z`, files: [], bad: [] };
        return ["2026-11-16T03", "2026-11-16T04"].map((hour) => ({ ...mark, hour }));
      },
    });
    const hours = ["2026-11-16T05", "2026-11-16T03", "2026-11-17T00"];
    const found = await Promise.all(hours.map((hour) => marks("111122223333", "eu-central-1", hour, hour)));
    expect(found.map((each) => each.map(({ hour }) => hour))).toEqual([[], ["2026-11-16T03"], []]);
    expect(queries).toEqual([
      "111122223333 eu-central-1 2026-11-16T03 2026-11-16T05",
      "111122223333 eu-central-1 2026-11-17T00 2026-11-17T00",
    ]);
  });
});
