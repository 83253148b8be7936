import { describe, expect, it } from "vitest";
import { emptyPolicy, parsePolicy } from "./parse.ts";
import { type Limits, placeInParts } from "./place.ts";
import { policySize, printPolicy, sizesOf } from "./print.ts";
import { actionsOf } from "./service-reference.ts";
import { policyOf } from "./testing.ts";
import type { Policy } from "./types.ts";

const sqs = actionsOf("sqs").map(({ action }) => action);

/** A statement about as many actions. */
const one = (Sid: string, actions: number): object => ({
  ...{ Sid, Effect: "Allow", Action: sqs.slice(0, actions) },
  Resource: `arn:aws:sqs:*:*:${Sid}`,
});

function place(policy: Policy, limits: Partial<Limits>) {
  const parts = placeInParts(policy, { max: 6144, maxParts: 8, previous: [], sizeOf: sizesOf(), ...limits });
  for (const part of parts) expect(part.size).toBe(policySize(part.policy));
  return parts.map((part) => part.policy);
}

const sids = (parts: readonly Policy[]) => parts.map(({ statements }) => statements.map(({ sid }) => sid));
const together = (...parts: readonly Policy[]): Policy => ({
  ...emptyPolicy,
  statements: parts.flatMap(({ statements }) => statements),
});
/** As somebody reads it who does not know the one before. */
const readAgain = (policy: Policy) => parsePolicy(printPolicy(policy), "again");

describe("a statement that stands in a part", () => {
  const previous = [policyOf(one("First", 1), one("PlpA", 1)), policyOf(one("Mine", 1), one("PlpB", 1))];

  it("stays there, people's and PLP's, also for one who reads the files anew", () => {
    const old = together(...previous);
    expect(place(old, { previous })).toEqual(previous);
    expect(place(readAgain(old), { previous }).map((part) => previous.indexOf(part))).toEqual([0, 1]);
    const turned = { ...old, statements: readAgain(old).statements.toReversed() };
    expect(place(turned, { previous }).map((part) => previous.indexOf(part))).toEqual([0, 1]);
  });

  it("stays there when it changes, where it is PLP's", () => {
    const next = policyOf(one("First", 1), one("Mine", 1), one("PlpA", 1), one("PlpB", 5));
    const parts = place(next, { previous });
    expect(parts[0]).toBe(previous[0]);
    expect(parts[1]?.statements.map(({ sid, actions }) => [sid, actions?.length])).toEqual([
      ["Mine", 1],
      ["PlpB", 5],
    ]);
  });

  it("stays there as often as it stands there", () => {
    const twice = [policyOf(one("Mine", 1)), policyOf(one("Mine", 1), one("PlpB", 1))];
    expect(sids(place(readAgain(together(...twice)), { previous: twice }))).toEqual(sids(twice));
  });

  it("is a new one where it is people's and changed", () => {
    const next = policyOf(one("First", 1), one("Mine", 2), one("PlpA", 1), one("PlpB", 1));
    expect(sids(place(next, { previous }))).toEqual([["First", "Mine", "PlpA"], ["PlpB"]]);
  });
});

describe("a part that overflows", () => {
  it("gives up the last of PLP's statements first, and none of people's", () => {
    const previous = [policyOf(one("Mine", 20), one("PlpA", 3), one("PlpB", 3), one("PlpC", 3))];
    const [whole = emptyPolicy] = previous;
    const max = policySize(whole) - 10;
    expect(sids(place(whole, { previous, max }))).toEqual([["Mine", "PlpA", "PlpB"], ["PlpC"]]);
    const people = policyOf(one("Mine", 20), one("Other", 20));
    expect(sids(place(people, { previous: [people], max: policySize(people) - 10 }))).toEqual([
      ["Mine", "Other"],
    ]);
  });

  it("gives up what changed before what stood, and what stood after it", () => {
    const stood = policyOf(one("Mine", 20), one("PlpA", 3), one("PlpB", 3), one("PlpC", 3));
    const next = policyOf(one("Mine", 20), one("PlpA", 9), one("PlpB", 3), one("PlpC", 3));
    const parted = (size: number) => sids(place(readAgain(next), { previous: [stood], max: size }));
    expect(parted(policySize(stood))).toEqual([["Mine", "PlpB", "PlpC"], ["PlpA"]]);
    const tight = policySize(policyOf(one("Mine", 20), one("PlpB", 3)));
    expect(parted(tight)).toEqual([
      ["Mine", "PlpB"],
      ["PlpA", "PlpC"],
    ]);
    expect(parted(tight - 1)).toEqual([["Mine"], ["PlpA", "PlpB", "PlpC"]]);
  });

  it("keeps people's statements together when all of PLP's are gone and it is too large all the same", () => {
    const stood = policyOf(one("Mine", 20), one("Other", 20), one("PlpA", 3));
    const next = policyOf(one("Mine", 20), one("Other", 20), one("PlpA", 9));
    expect(sids(place(next, { previous: [stood], max: 900 }))).toEqual([["Mine", "Other"], ["PlpA"]]);
  });

  it("does not overflow while it has just as many characters as it may have", () => {
    const previous = [policyOf(one("PlpA", 9), one("PlpB", 9))];
    const [whole = emptyPolicy] = previous;
    expect(place(whole, { previous, max: policySize(whole) })).toEqual(previous);
  });
});

describe("a new statement", () => {
  const pair = policyOf(one("PlpA", 9), one("PlpB", 9));

  it("comes where a tenth of the part stays free, or else into a part of its own", () => {
    const [first] = pair.statements;
    const previous = [{ ...pair, statements: first === undefined ? [] : [first] }];
    const size = policySize(pair);
    expect(sids(place(pair, { previous, max: Math.ceil(size / 0.9) }))).toEqual([["PlpA", "PlpB"]]);
    expect(sids(place(pair, { previous, max: Math.floor(size / 0.9) - 2 }))).toEqual([["PlpA"], ["PlpB"]]);
  });

  it("takes the last free character before there are too many parts", () => {
    const max = policySize(pair);
    expect(sids(place(pair, { max, maxParts: 1 }))).toEqual([["PlpA", "PlpB"]]);
    expect(sids(place(pair, { max, maxParts: 2 }))).toEqual([["PlpA"], ["PlpB"]]);
    expect(sids(place(pair, { max: max - 1, maxParts: 1 }))).toEqual([["PlpA"], ["PlpB"]]);
  });

  it("moves few others where nothing is known of the parts before", () => {
    const all = Array.from({ length: 120 }, (_, at) => one(`Plp${String(at).padStart(3, "0")}`, 3));
    const before = new Set(place(policyOf(...all), { max: 2000, maxParts: 99 }).map(printPolicy));
    const moved = [20, 60, 100].map((left) => {
      const after = place(policyOf(...all.toSpliced(left, 1)), { max: 2000, maxParts: 99 });
      return after.filter((part) => !before.has(printPolicy(part))).length;
    });
    expect(Math.max(...moved)).toBeLessThan(before.size / 4);
  });
});

describe("the Id and the Version of a policy", () => {
  const large = (...names: string[]) =>
    parsePolicy(
      { Version: "2012-10-17", Id: "shop", Statement: names.map((name) => one(name, 20)) },
      "large",
    );
  const heads = (parts: readonly Policy[]) => parts.map(({ id, version }) => [id, version]);

  it("stand in its first part, and the Version in each", () => {
    const max = policySize(large("PlpA")) + 20;
    const [first, other] = [
      ["shop", "2012-10-17"],
      [null, "2012-10-17"],
    ];
    expect(heads(place(large("PlpA", "PlpB", "PlpC"), { max }))).toEqual([first, other, other]);
    expect(heads(place(large("PlpA"), { max: 10 }))).toEqual([first]);
    const previous = [large("PlpA")];
    expect(heads(place(large("PlpA", "PlpB"), { max, previous }))).toEqual([first, other]);
    const withEmpty = [...previous, emptyPolicy];
    expect(heads(place(large("PlpA", "PlpB"), { max, previous: withEmpty }))).toEqual([first, other]);
  });

  it("stay in a part as they are, but for an empty one", () => {
    const ancient = parsePolicy({ Version: "2008-10-17", Id: "old", Statement: [] }, "ancient");
    expect(heads(place(large("PlpA"), { previous: [ancient] }))).toEqual([["shop", "2012-10-17"]]);
    const kept = { ...large("PlpA"), id: "kept" };
    expect(heads(place(large("PlpA", "PlpB"), { previous: [kept] }))).toEqual([["kept", "2012-10-17"]]);
  });
});
