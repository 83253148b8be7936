import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditionImplies } from "./implies.ts";
import { allRequests, smallCondition } from "./testing.ts";
import { allWorlds, naivelyWithin } from "./testing-naive.ts";
import type { ConditionBlock } from "./types.ts";

const k = (...values: string[]) => ({ k: values });

describe("one condition implying another", () => {
  it("is right in every context of a small world", () => {
    const merged = fc
      .tuple(smallCondition, smallCondition)
      .map(([a, b]) => (a === null && b === null ? null : { ...a, ...b }));
    fc.assert(
      fc.property(merged, merged, fc.constantFrom(...allWorlds), (stronger, weaker, world) => {
        if (!conditionImplies(stronger, weaker)) return;
        for (const request of allRequests) {
          const within = (condition: ConditionBlock | null) =>
            naivelyWithin({ action: "*", resource: "*", condition }, request, world);
          if (within(stronger)) expect([request, within(weaker)]).toEqual([request, true]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, ConditionBlock | null, ConditionBlock | null]>([
    ["no condition by any", { StringEquals: k("a") }, null],
    ["no condition by none", null, null],
    [
      "itself, whatever the case of the key and the order of the values",
      { StringEquals: { K: ["a", "b"] } },
      { StringEquals: k("b", "a") },
    ],
    ["itself, also with an operator that nobody knows", { Odd: k("a") }, { Odd: k("a") }],
    ["itself, also without values", { StringEquals: k() }, { StringEquals: k() }],
    [
      "more values of an operator that wants one of them",
      { StringEquals: k("a") },
      { StringEquals: k("a", "b") },
    ],
    [
      "fewer values of an operator that wants none of them",
      { StringNotEquals: k("a", "b") },
      { StringNotEquals: k("a") },
    ],
    ["the same if the key is there at all", { StringEquals: k("a") }, { StringEqualsIfExists: k("a", "b") }],
    ["one clause of several", { StringEquals: k("a"), Bool: { l: ["true"] } }, { Bool: { l: ["true"] } }],
    [
      "two clauses by two",
      { StringEquals: { k: ["a"], l: ["b"] } },
      { StringEquals: { k: ["a", "c"], l: ["b", "d"] } },
    ],
  ])("finds implied: %s", (_, stronger, weaker) => {
    expect(conditionImplies(stronger, weaker)).toBe(true);
  });

  it.each<[string, ConditionBlock | null, ConditionBlock]>([
    ["a condition by none", null, { StringEquals: k("a") }],
    ["fewer values", { StringEquals: k("a", "b") }, { StringEquals: k("a") }],
    [
      "a value of two lists that have one in common",
      { StringEquals: k("a", "b") },
      { StringEquals: k("b", "c") },
    ],
    ["more values that none may be", { StringNotEquals: k("a") }, { StringNotEquals: k("a", "b") }],
    ["the same by another key", { StringEquals: { l: ["a"] } }, { StringEquals: k("a", "b") }],
    [
      "a key that must be there by one that may be missing",
      { StringEqualsIfExists: k("a") },
      { StringEquals: k("a", "b") },
    ],
    ["another kind of operator", { StringEquals: k("1") }, { NumericEquals: k("1", "2") }],
    ["another comparison", { NumericLessThan: k("1") }, { NumericGreaterThan: k("1", "2") }],
    ["the opposite", { StringEquals: k("a") }, { StringNotEquals: k("a", "b") }],
    [
      "another qualifier",
      { "ForAnyValue:StringEquals": k("a") },
      { "ForAllValues:StringEquals": k("a", "b") },
    ],
    ["more values of an operator that nobody knows", { Odd: k("a") }, { Odd: k("a", "b") }],
    ["a known operator by an unknown one", { Odd: k("a") }, { StringEquals: k("a", "b") }],
    ["an unknown operator by a known one", { StringEquals: k("a") }, { Odd: k("a", "b") }],
    ["any values by none", { StringEquals: k() }, { StringEquals: k("a") }],
    ["no values by some", { StringNotEquals: k("a") }, { StringNotEquals: k() }],
    ["both of two clauses by one", { StringEquals: k("a") }, { StringEquals: { k: ["a"], l: ["a"] } }],
  ])("does not find implied: %s", (_, stronger, weaker) => {
    expect(conditionImplies(stronger, weaker)).toBe(false);
  });
});
