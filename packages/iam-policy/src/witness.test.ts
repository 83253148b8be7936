import { describe, expect, it } from "vitest";
import { compilePattern } from "./match.ts";
import { representatives } from "./witness.ts";

const enough = 100_000;

function texts(
  inner: string,
  helping: readonly string[] = [],
  harming: readonly string[] = [],
  left = enough,
) {
  const compiled = (patterns: readonly string[]) => patterns.map((one) => compilePattern(one));
  const fuel = { left };
  const found = representatives(compilePattern(inner), compiled(helping), compiled(harming), fuel);
  return { found: found?.toSorted() ?? null, used: left - fuel.left };
}

describe("the texts that stand for all others of a pattern", () => {
  it.each<[string, string, readonly string[], readonly string[], readonly string[]]>([
    ["a name is its own", "orders", ["*"], ["o*"], ["orders"]],
    ["the shortest", "*a*", [], [], ["a"]],
    ["one with a letter that no pattern names", "?", ["x"], [], ["q"]],
    ["one for all that only help", "a*", ["ab*", "ac", "a?d"], [], ["a"]],
    ["one more where a pattern covers only the empty rest", "a*", ["a"], [], ["a", "ax"]],
    ["one for each combination of those that harm", "*", [], ["a", "b"], ["", "a", "b"]],
    ["both that overlap", "*", [], ["a*", "*b"], ["", "a", "ab", "b"]],
    ["with a variable as a star", "a${x}", [], ["ab"], ["a", "ab"]],
  ])("are %s", (_, inner, helping, harming, expected) => {
    expect(texts(inner, helping, harming).found).toEqual(expected);
  });

  it("find a letter also where all common ones are taken", () => {
    const common = Array.from("xqzjvwkyfbgdhpmcnlrutsaeio0123456789-_~");
    expect(texts("?", common).found).toEqual(["\u0100"]);
    expect(texts("?", [...common, "\u0100"]).found).toEqual(["\u0101"]);
  });

  it("are none where the steps do not suffice, and take no step more than they say", () => {
    const { found, used } = texts("*a*b*", ["*b*a*"], ["a?"]);
    expect(found?.length).toBeGreaterThan(1);
    expect(texts("*a*b*", ["*b*a*"], ["a?"], used)).toEqual({ found, used });
    expect(texts("*a*b*", ["*b*a*"], ["a?"], used - 1).found).toBeNull();
  });

  it("cost little where a pattern goes on after the other has ended, and where stars follow stars", () => {
    const hard = `*x${"?".repeat(20)}`;
    expect(texts("x?", [hard], [hard]).used).toBeLessThan(500);
    const letters = Array.from("abcdefghijklmnop");
    const stars = [`*${letters.join("*")}*`, `*${letters.toReversed().join("*")}*`];
    expect(texts(stars[0] ?? "", [stars[1] ?? ""]).used).toBeLessThan(2_500);
  });
});
