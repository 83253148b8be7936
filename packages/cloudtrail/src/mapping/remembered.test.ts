import { expect, test } from "vitest";
import { remembered, rememberedPair } from "./remembered.ts";

test("an answer is found once, also where it is null", () => {
  const asked: string[] = [];
  const answer = remembered((text) => {
    asked.push(text);
    return null;
  });
  expect([answer("a"), answer("a")]).toEqual([null, null]);
  expect(asked).toEqual(["a"]);
});

test("two texts are told from two others that read the same when they are joined", () => {
  const pair = rememberedPair((a, b) => `${a}|${b}`);
  expect([pair("a b", "c"), pair("a", "b c"), pair("a b", "c")]).toEqual(["a b|c", "a|b c", "a b|c"]);
});

test("no more than so many answers are kept, and no long text", () => {
  const asked: string[] = [];
  const pair = rememberedPair((a, b) => asked.push(a + b), 2);
  for (const [a, b] of [
    ["a", "1"],
    ["b", "2"],
    ["c", "3"],
    ["a", "1"],
  ] as const)
    pair(a, b);
  expect(asked).toEqual(["a1", "b2", "c3", "a1"]);
  pair("x".repeat(300), "y");
  pair("x".repeat(300), "y");
  expect(asked).toHaveLength(6);
});
