import { describe, expect, it } from "vitest";
import { compacted, divided } from "./compact.ts";
import { sizesOf } from "./print.ts";
import { policyOf } from "./testing.ts";

const all = () => true;
const allow = (Sid: string, Action: string | string[], Resource: string | string[], more: object = {}) => ({
  ...{ Sid, Effect: "Allow", Action, Resource },
  ...more,
});

/** Sid, actions and resources of what is left. */
function compact(...statements: readonly object[]) {
  return compacted(policyOf(...statements), all).statements.map(({ sid, verbatim }) => [
    sid,
    verbatim.Action,
    verbatim.Resource,
  ]);
}

describe("the same in fewer characters", () => {
  it("is one statement where actions or resources are the same, in any order and case", () => {
    expect(
      compact(allow("PlpA", ["s3:Get", "s3:Put"], "a"), allow("PlpB", ["s3:put", "s3:get"], "b")),
    ).toEqual([["PlpA", ["s3:Get", "s3:Put"], ["a", "b"]]]);
    expect(compact(allow("PlpA", ["s3:Put"], ["a", "b"]), allow("PlpB", ["s3:Get"], ["b", "a"]))).toEqual([
      ["PlpA", ["s3:Get", "s3:Put"], ["a", "b"]],
    ]);
  });

  it("leaves out what another statement allows, of PLP's or of people's, before it or after it", () => {
    const [wide, narrow] = [allow("PlpA", "s3:*", "*"), allow("PlpB", ["s3:Get", "sqs:Send"], ["b", "c"])];
    const lean = [
      ["PlpA", "s3:*", "*"],
      ["PlpB", ["sqs:Send"], ["b", "c"]],
    ];
    expect(compact(wide, narrow)).toEqual(lean);
    expect(compact(narrow, wide)).toEqual(lean.toReversed());
    const { Resource: _, ...rest } = allow("Mine", "sqs:*", "x");
    expect(compact(narrow, { ...rest, NotResource: "x" }, wide).map(([sid]) => sid)).toEqual([
      "Mine",
      "PlpA",
    ]);
    expect(
      compact(allow("PlpA", "s3:Get", ["a", "b"]), allow("PlpB", ["s3:Get", "s3:Put"], ["a", "c"])),
    ).toEqual([
      ["PlpA", "s3:Get", ["a", "b"]],
      ["PlpB", ["s3:Get", "s3:Put"], ["a", "c"]],
    ]);
    expect(compact(allow("PlpA", "s3:Get", "a"), allow("PlpB", ["s3:Get", "s3:Put"], ["a", "c"]))).toEqual([
      ["PlpB", ["s3:Get", "s3:Put"], ["a", "c"]],
    ]);
  });

  it("is as it stood where there is nothing to join", () => {
    const one = allow("Mine", ["s3:Put", "s3:Get"], ["b", "a"]);
    const policy = policyOf(one, allow("Other", "sqs:Send", "q"));
    const { statements } = compacted(policy, all);
    expect(statements.map((statement, at) => statement === policy.statements[at])).toEqual([true, true]);
  });

  it("joins nothing that excepts, nothing that it does not understand, and no two effects, owners or conditions", () => {
    const { Action: _, ...noAction } = allow("PlpA", "x", ["a", "b"]);
    const { Resource: __, ...noResource } = allow("PlpA", "s3:Get", "x");
    const region = { Condition: { StringEquals: { "aws:RequestedRegion": "x" } } };
    const apart: readonly (readonly object[])[] = [
      [
        { ...noAction, NotAction: ["s3:Get"] },
        { ...noAction, Sid: "PlpB", NotAction: ["s3:Get"], Resource: "c" },
      ],
      [
        { ...noResource, NotResource: ["a", "b"] },
        { ...noResource, Sid: "PlpB", NotResource: ["a", "b"], Action: "s3:Put" },
      ],
      [
        { ...allow("PlpA", "s3:Get", "a"), Principal: "*" },
        { ...allow("PlpB", "s3:Get", "b"), Principal: "*" },
      ],
      [allow("PlpA", "s3:Get", "a"), allow("PlpB", "s3:Get", "b", { Effect: "Deny" })],
      [allow("PlpA", "s3:Get", "a"), allow("Mine", "s3:Get", "b")],
      [allow("PlpA", "s3:Get", "a"), allow("PlpB", "s3:Get", "b", region)],
    ];
    for (const statements of apart) {
      const policy = policyOf(...statements);
      expect(compacted(policy, all).statements).toEqual(policy.statements);
    }
  });

  it("keeps each PassRole of PLP's apart, alone or among others, and joins people's", () => {
    const pass = (owner: string) => [
      allow(`${owner}A`, ["iam:PassRole"], "r"),
      allow(`${owner}B`, ["iam:GetRole", "iam:PassRole"], "q"),
      allow(`${owner}C`, ["sts:AssumeRole"], "r"),
      allow(`${owner}D`, ["sts:TagSession"], "q"),
    ];
    expect(compact(...pass("Plp")).map(([sid]) => sid)).toEqual(["PlpA", "PlpB", "PlpC", "PlpD"]);
    expect(compact(...pass("Mine")).map(([sid]) => sid)).toEqual(["MineA", "MineB"]);
  });
});

describe("a statement too large for a part", () => {
  const sizeOf = sizesOf();

  function pieces(statement: object, max: number | null = null) {
    const [one] = policyOf(statement).statements;
    if (one === undefined) throw new Error("there is one");
    const room = max ?? sizeOf(one) - 1;
    const found = divided(one, { max: room, spare: room, sizeOf }, new Set(["PlpA"]));
    return found.map(({ sid, verbatim }) => {
      expect(verbatim.Sid ?? null).toBe(sid);
      expect(Object.hasOwn(verbatim, "Sid")).toBe(sid !== null);
      return [sid, verbatim.Action, verbatim.Resource];
    });
  }

  const long = (name: string) => name.repeat(40);

  it("is cut in the longer of its lists, the actions first; one piece keeps the Sid", () => {
    const other = expect.stringMatching(/^PlpA[0-9a-f]{6}$/);
    expect(pieces(allow("PlpA", ["s3:Get", "s3:Put"], long("a")))).toEqual([
      ["PlpA", ["s3:Get"], long("a")],
      [other, ["s3:Put"], long("a")],
    ]);
    expect(pieces(allow("PlpA", ["s3:Get", "s3:Put"], [long("a"), long("b")]))).toEqual([
      ["PlpA", ["s3:Get", "s3:Put"], long("a")],
      [other, ["s3:Get", "s3:Put"], long("b")],
    ]);
    expect(pieces(allow("PlpA", ["s3:Get", "s3:Put"], ["r:aaaa", "r:bbbb"]))).toEqual([
      ["PlpA", ["s3:Get"], ["r:aaaa", "r:bbbb"]],
      [other, ["s3:Put"], ["r:aaaa", "r:bbbb"]],
    ]);
  });

  it("is cut in the other list, too, where that is not enough", () => {
    const statement = allow("PlpA", ["s3:Get", "s3:Put"], [long("a"), long("b")]);
    const single = allow("PlpA123456", ["s3:Get"], long("a"));
    const found = pieces(statement, JSON.stringify(single).length);
    expect(found.map(([, actions, resource]) => [actions, resource])).toEqual([
      [["s3:Get"], long("a")],
      [["s3:Put"], long("a")],
      [["s3:Get"], long("b")],
      [["s3:Put"], long("b")],
    ]);
    expect(new Set(found.map(([sid]) => sid)).size).toBe(4);
  });

  it("has no Sid in any piece where it has none", () => {
    const { Sid: _, ...statement } = allow("", ["s3:Get", "s3:Put"], "a");
    expect(pieces(statement).map(([sid]) => sid)).toEqual([null, null]);
  });

  it("comes back alone where it fits, where nothing can be cut, and where it is not understood", () => {
    const fits = allow("PlpA", ["s3:Get", "s3:Put"], "a");
    const [one] = policyOf(fits).statements;
    expect(pieces(fits, one === undefined ? 0 : sizeOf(one))).toHaveLength(1);
    expect(pieces(allow("PlpA", ["s3:Get"], long("a")))).toEqual([["PlpA", ["s3:Get"], long("a")]]);
    expect(pieces({ ...fits, Principal: "*" })).toHaveLength(1);
    const { Action: __, ...rest } = fits;
    expect(pieces({ ...rest, NotAction: ["s3:Get", "s3:Put"] })).toHaveLength(1);
  });
});
