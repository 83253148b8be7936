import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellsOf, regionOf, within } from "./regions.ts";
import { allRequests, smallCondition } from "./testing.ts";
import { allWorlds, naivelyWithin, type World } from "./testing-naive.ts";
import type { AccessRequest, ConditionBlock } from "./types.ts";

const k = (...values: string[]) => ({ k: values });
const region = (...values: string[]) => ({ "aws:RequestedRegion": values });

function holds(condition: ConditionBlock | null, request: AccessRequest, world: World): boolean {
  return naivelyWithin({ action: "*", resource: "*", condition }, request, world);
}

describe("the region of contexts in which a condition holds", () => {
  it("lies within another only where that holds in all of it", () => {
    fc.assert(
      fc.property(smallCondition, smallCondition, fc.constantFrom(...allWorlds), (a, b, world) => {
        if (!within(regionOf(a), b)) return;
        for (const request of allRequests) {
          if (holds(a, request, world)) expect([request, holds(b, request, world)]).toEqual([request, true]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is covered by its cells", () => {
    fc.assert(
      fc.property(smallCondition, fc.constantFrom(...allWorlds), (condition, world) => {
        const cells = cellsOf(regionOf(condition)).map((cell): ConditionBlock | null =>
          cell.length === 0
            ? null
            : Object.fromEntries(cell.map(({ operator, key, values }) => [operator, { [key]: values }])),
        );
        for (const request of allRequests) {
          if (!holds(condition, request, world)) continue;
          expect([request, cells.some((cell) => holds(cell, request, world))]).toEqual([request, true]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each<[string, ConditionBlock, number]>([
    ["one for each value of a key that has one", { StringEquals: region("a", "b", "c") }, 3],
    ["one for each value of which any will do", { "ForAnyValue:StringLike": k("a", "b") }, 2],
    [
      "one for each pair of values",
      { StringEquals: region("a", "b"), ArnLike: { "aws:PrincipalArn": ["c", "d"] } },
      4,
    ],
    ["one where the key may have several values", { StringEquals: k("a", "b") }, 1],
    [
      "one where all of the request's must be among them",
      { "ForAllValues:StringEquals": region("a", "b") },
      1,
    ],
    ["one where it may be none of them", { StringNotEquals: region("a", "b") }, 1],
    ["one for an operator that nobody knows", { Odd: region("a", "b") }, 1],
    ["one for a single value", { StringEquals: region("a") }, 1],
    ["one also for a key without a value", { StringEquals: region() }, 1],
    [
      "no more than 64",
      { StringEquals: { ...region(...Array.from({ length: 65 }, (_, at) => `r${at}`)) } },
      1,
    ],
    ["all of 64", { StringEquals: { ...region(...Array.from({ length: 64 }, (_, at) => `r${at}`)) } }, 64],
  ])("is cut into cells: %s", (_, condition, count) => {
    expect(cellsOf(regionOf(condition))).toHaveLength(count);
  });

  it("is all contexts where there is no condition", () => {
    expect(cellsOf(regionOf(null))).toEqual([[]]);
    expect([within([], null), within([], { Bool: k("true") })]).toEqual([true, false]);
  });

  it.each<[ConditionBlock, ConditionBlock]>([
    [{ StringEquals: { K: ["a", "b"] } }, { StringEquals: k("b", "a", "a") }],
    [{ Odd: k("a") }, { Odd: k("a") }],
    [{ StringEquals: k("a") }, { StringEquals: k("a", "b") }],
    [{ StringNotEquals: k("a", "b") }, { StringNotEquals: k("a") }],
    [{ StringEquals: k("a") }, { StringEqualsIfExists: k("a", "b") }],
    [{ StringEqualsIfExists: k("a") }, { StringEqualsIfExists: k("a", "b") }],
    [{ StringEquals: k("ab", "ac") }, { StringLike: k("a*") }],
    [{ StringEquals: k("ab") }, { StringLikeIfExists: k("a?") }],
    [{ StringEquals: k("7") }, { NumericLessThan: k("8") }],
    [{ StringEquals: k("10.1.2.3") }, { IpAddress: k("10.0.0.0/8") }],
    [{ StringEqualsIgnoreCase: k("a") }, { StringEqualsIgnoreCase: k("a", "b") }],
    [{ "ForAnyValue:StringEquals": k("ab") }, { "ForAnyValue:StringLike": k("a*") }],
    [{ StringEquals: k("a"), Bool: { l: ["true"] } }, { Bool: { l: ["true"] } }],
  ])("of %j lies within %j", (a, b) => {
    expect(within(regionOf(a), b)).toBe(true);
  });

  it.each<[ConditionBlock, ConditionBlock]>([
    [{ StringEquals: k("a", "b") }, { StringEquals: k("a") }],
    [{ StringEquals: { l: ["a"] } }, { StringEquals: k("a") }],
    [{ StringEquals: k("a", "c") }, { StringEquals: k("a", "b") }],
    [{ StringNotEquals: k("a") }, { StringNotEquals: k("a", "b") }],
    [{ StringEqualsIfExists: k("a") }, { StringEquals: k("a", "b") }],
    [{ StringEqualsIfExists: k("ab") }, { StringLike: k("a*") }],
    [{ StringEquals: k("ab", "b") }, { StringLike: k("a*") }],
    [{ StringEquals: k("a${x}") }, { StringLike: k("a*") }],
    [{ StringEquals: k("ab", "a${x}") }, { StringLike: k("a*") }],
    [{ StringEquals: k("a") }, { StringLike: k("${x}*") }],
    [{ StringLike: k("ab") }, { StringEquals: k("ab", "ac") }],
    [{ StringNotEquals: k("ab") }, { StringLike: k("a*") }],
    [{ StringEquals: k("b") }, { StringNotLike: k("a*") }],
    [{ StringEquals: k("true") }, { Null: k("false") }],
    [{ "ForAllValues:StringEquals": k("ab") }, { "ForAllValues:StringLike": k("a*") }],
    [{ "ForAnyValue:StringEquals": k("a") }, { StringEquals: k("a", "b") }],
    [{ Odd: k("a") }, { Odd: k("a", "b") }],
    [{ Odd: k("a") }, { StringEquals: k("a", "b") }],
    [{ StringEquals: k("a") }, { Odd: k("a", "b") }],
    [{ StringEquals: k() }, { StringEquals: k("a") }],
    [{ StringNotEquals: k("a") }, { StringNotEquals: k() }],
    [{ StringEquals: k("a") }, { StringEquals: { k: ["a"], l: ["a"] } }],
  ])("of %j does not lie within %j", (a, b) => {
    expect(within(regionOf(a), b)).toBe(false);
  });
});
