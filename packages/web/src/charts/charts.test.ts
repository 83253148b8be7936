import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { events } from "../testing.ts";
import { niceAtLeast, shareOf, thinned } from "./scale.ts";
import { shareBar } from "./share-bar.ts";
import { stepChart } from "./step-chart.ts";
import { steps } from "./steps.ts";

describe("scales", () => {
  test.prop([fc.integer({ min: 1, max: 10_000_000 })])("the top of a scale is near and above", (value) => {
    const top = niceAtLeast(value);
    expect(top).toBeGreaterThanOrEqual(value);
    expect(top).toBeLessThanOrEqual(value * 2.5);
  });

  test.prop([fc.array(fc.integer(), { minLength: 1, maxLength: 900 }), fc.integer({ min: 2, max: 400 })])(
    "thinning keeps the first, the last and the order",
    (all, most) => {
      const thin = thinned(all, most);
      expect(thin.length).toBeLessThanOrEqual(Math.max(most, Math.min(all.length, most)));
      expect([thin[0], thin.at(-1)]).toEqual([all[0], all.at(-1)]);
    },
  );

  it("a moment outside is at the end that is nearer", () => {
    const [from, to] = ["2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"];
    expect(["2025-01-01", "2026-01-02", "2027-01-01"].map((at) => shareOf(at, from, to))).toEqual([
      0, 0.5, 1,
    ]);
    expect(shareOf(from, from, from)).toBe(0);
  });
});

describe("charts", () => {
  const counts = [
    { at: "2026-01-01T00:00:00Z", permissions: 5 },
    { at: "2026-01-03T00:00:00Z", permissions: 10 },
  ];
  const draw = (more: object = {}) =>
    String(stepChart({ label: "Permissions", counts, until: "2026-01-05T00:00:00Z", ...more }));

  it("a curve steps where the number changed, and is told in words", () => {
    expect(draw()).toContain('d="M0 48H500V0H1000"');
    expect(draw()).toContain('aria-label="Permissions: 5 on 1 Jan 2026, 10 on 5 Jan 2026."');
    expect(stepChart({ label: "Permissions", counts: [], until: "2026-01-05T00:00:00Z" })).toBeNull();
  });

  it("marks gaps and the chosen moment", () => {
    const gaps = [{ from: "2026-01-02T00:00:00Z", to: "2026-01-03T00:00:00Z" }];
    expect(draw({ gaps, cursor: "2026-01-04T00:00:00Z" })).toMatch(
      /class="gap" x="25%" width="25%".*class="cursor" x1="75%"/s,
    );
  });

  it("every event has its mark, evenly placed; of very many, the important ones", () => {
    expect(String(steps(events)).match(/<svg x="[\d.]+%"/g)).toEqual(
      ["0", "25", "50", "75", "100"].map((x) => `<svg x="${x}%"`),
    );
    const many = Array.from({ length: 5_000 }, (_, index) => ({
      ...events[0],
      version: index + 1,
      type: index === 2_500 ? "ProposalApproved" : "UsageObserved",
    })) as typeof events;
    const drawn = String(steps(many));
    expect(drawn.match(/<svg x=/g)?.length).toBe(241);
    expect(drawn.match(/class="decided"/g)).toHaveLength(1);
  });

  it("parts of a whole fill it", () => {
    const bar = String(
      shareBar("Roles", [
        { text: "proposed", count: 3, kind: "good" },
        { text: "failed", count: 0, kind: "bad" },
        { text: "had nothing new", count: 1, kind: "calm" },
      ]),
    );
    expect(bar).toContain('aria-label="Roles: 3 proposed, 1 had nothing new"');
    expect(bar).toMatch(/class="good" x="0%" width="75%".*class="calm" x="75%" width="25%"/s);
    expect(bar).not.toContain("failed");
  });
});
