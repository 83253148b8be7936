import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Window } from "../scope.ts";
import { addition, causeAt, history, proposalOf, scopeOf } from "../testing.ts";
import { discoverRole, observeUsage, proposePolicy } from "./decide.ts";
import type { Gap, ObservedUsage } from "./events.ts";
import { foldRole } from "./fold.ts";
import { coveredSince, quietOf } from "./quiet.ts";
import type { RoleState } from "./state.ts";

const day = (n: number) => new Date(Date.UTC(2026, 8, 1) + n * 86_400_000).toISOString();
const window = (from: number, to: number): Window => ({ from: day(from), to: day(to) });
const gap = (from: number, to: number): Gap => ({ ...window(from, to), reason: "not read" });
const known = () =>
  history(foldRole).when((state) =>
    discoverRole(
      state,
      { scope: scopeOf(), commit: { sha: "c", author: null }, previousUniqueId: null },
      causeAt(day(0)),
    ),
  );
let runs = 0;
const observe =
  (of: Window, more: Partial<ObservedUsage> = {}) =>
  (state: RoleState) =>
    observeUsage(
      state,
      {
        ...{ run: `run-${++runs}`, window: of, closed: true, gaps: [], analyzer: "both", complete: true },
        ...{
          counts: { authorized: 1, denied: 0, failed: 0, permissions: 1 },
          evidence: "e",
          top: [],
          ...more,
        },
      },
      causeAt(of.to),
    );

describe("What is covered without a hole", () => {
  it("goes back through windows that join", () => {
    const two = known()
      .when(observe(window(-7, 1)))
      .when(observe(window(0, 8)));
    expect(coveredSince(two.state)).toBe(day(-7));
    expect(coveredSince(known().state)).toBeNull();
  });

  it("ends at a gap, unless a later analysis covers it", () => {
    const holed = known()
      .when(observe(window(-7, 1)))
      .when(observe(window(1, 8), { gaps: [gap(3, 4)] }));
    expect(coveredSince(holed.state)).toBe(day(4));
    expect(coveredSince(holed.when(observe(window(2, 9))).state)).toBe(day(-7));
  });

  it("is nothing while the end of the last window is missing, or PLP did not read the trail then", () => {
    const first = known().when(observe(window(-7, 1)));
    expect(coveredSince(first.when(observe(window(1, 8), { gaps: [gap(7, 8)] })).state)).toBeNull();
    expect(coveredSince(first.when(observe(window(1, 8), { analyzer: "access-analyzer" })).state)).toBeNull();
    expect(coveredSince(first.when(observe(window(1, 8), { analyzer: "none" })).state)).toBe(day(-7));
  });

  it("is what no moment is missing of, for any windows and gaps", () => {
    const span = fc
      .tuple(fc.nat(20), fc.integer({ min: 1, max: 8 }))
      .map(([from, length]) => [from, from + length] as const);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(span, fc.array(span, { maxLength: 2 })), { minLength: 1, maxLength: 6 }),
        (all) => {
          let role = known();
          for (const [[from, to], gaps] of all)
            role = role.when(observe(window(from, to), { gaps: gaps.map(([a, b]) => gap(a, b)) }));
          const end = Math.max(...all.map(([[, to]]) => to));
          const isKnown = (at: number) =>
            all.some(
              ([[from, to], gaps]) => from <= at && at < to && !gaps.some(([a, b]) => a <= at && at < b),
            );
          let first = end;
          while (isKnown(first - 1)) first -= 1;
          expect(coveredSince(role.state)).toBe(first === end ? null : day(first));
        },
      ),
    );
  });
});

describe("Quiet days", () => {
  const grow = (firstSeen: string | null) => (state: RoleState) =>
    proposePolicy(
      state,
      proposalOf([addition("sqs:ListQueues", "*", { firstSeen })], { window: window(0, 8) }),
      causeAt(day(8)),
    );

  it("count from the first use of the newest new permission to the end of what was analysed", () => {
    const role = known()
      .when(observe(window(-7, 1)))
      .when(observe(window(0, 8)));
    expect(quietOf(role.state)).toEqual({ since: day(-7), days: 15 });
    expect(quietOf(role.when(grow(day(6))).state)).toEqual({ since: day(6), days: 2 });
    expect(quietOf(role.when(grow(null)).state)).toEqual({ since: day(8), days: 0 });
    expect(quietOf(role.when(grow(day(6))).when(observe(window(7, 22))).state)).toMatchObject({ days: 16 });
  });

  it("begin anew after a hole, and are not known without an analysis", () => {
    const role = known().when(observe(window(-7, 8), { gaps: [gap(2, 5)] }));
    expect(quietOf(role.state)).toEqual({ since: day(5), days: 3 });
    expect(quietOf(known().state)).toBeNull();
  });
});
