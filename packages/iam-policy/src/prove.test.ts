import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";
import { growPolicy } from "./grow.ts";
import { parsePolicy } from "./parse.ts";
import { notGranted, prove, proveRemoval, proveSame } from "./prove.ts";
import {
  addition,
  allRequests,
  policyOf,
  smallAction,
  smallCondition,
  smallPolicy,
  smallResource,
  wildPolicy,
} from "./testing.ts";
import { allWorlds, naivelyAllowed, naivelyWithin } from "./testing-naive.ts";
import type { Permission, Policy } from "./types.ts";

const permission = fc.record({ action: smallAction, resource: smallResource, condition: smallCondition });

function asPolicy({ action, resource, condition }: Permission): Policy {
  const conditions = condition === null ? {} : { Condition: condition };
  return policyOf({ Effect: "Allow", Action: action, Resource: resource, ...conditions });
}

/** A text that the pattern matches: its wildcards filled with a letter that stands in no pattern. */
function textOf(pattern: string): string {
  return pattern.replace(/\$\{(.)\}|[*?]/g, (_, escaped: string | undefined) => escaped ?? "q");
}

describe("the proof", () => {
  it("is right whenever it says that nothing is wider, tried on every request of a small world", () => {
    fc.assert(
      fc.property(
        smallPolicy,
        smallPolicy,
        fc.array(permission, { maxLength: 2 }),
        (old, next, additions) => {
          if (prove({ old, next, additions }).wider) return;
          const granted = [old, ...additions.map(asPolicy)];
          for (const request of allRequests) {
            if (evaluate(next, request) !== "allowed") continue;
            expect(granted.some((policy) => evaluate(policy, request) === "allowed")).toBe(true);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("is right in every world, whatever AWS makes of what it leaves open", () => {
    fc.assert(
      fc.property(
        wildPolicy,
        wildPolicy,
        fc.array(permission, { maxLength: 2 }),
        fc.constantFrom(...allWorlds),
        (old, next, additions, world) => {
          if (prove({ old, next, additions }).wider) return;
          for (const request of allRequests) {
            if (!naivelyAllowed(next, request, world)) continue;
            const granted = additions.some((one) => naivelyWithin(one, request, world));
            expect([request, granted || naivelyAllowed(old, request, world)]).toEqual([request, true]);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("is right about policies that are almost the same", () => {
    const twist = fc.record({
      from: fc.nat(3),
      key: fc.constantFrom("Action", "Resource", "Condition", "Effect", "drop"),
    });
    fc.assert(
      fc.property(smallPolicy, smallPolicy, fc.array(twist, { maxLength: 3 }), (old, donor, twists) => {
        const statements: object[] = old.statements.map(({ verbatim }) => verbatim);
        for (const { from, key } of twists) {
          const place = from % Math.max(1, statements.length);
          const given = donor.statements[from]?.verbatim[key];
          if (key === "drop") statements.splice(place, 1);
          else if (statements[place] && given !== undefined && Object.hasOwn(statements[place], key)) {
            statements[place] = { ...statements[place], [key]: given };
          }
        }
        const next = policyOf(...statements);
        if (prove({ old, next, additions: [] }).wider) return;
        for (const request of allRequests) {
          if (evaluate(next, request) === "allowed") expect(evaluate(old, request)).toBe("allowed");
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("finds a narrower policy to be none wider, when statements and Denies only come and go the right way", () => {
    fc.assert(
      fc.property(smallPolicy, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (old, keep) => {
        const statements = old.statements.filter(({ effect }, index) => effect === "Deny" || keep[index]);
        expect(prove({ old, next: { ...old, statements }, additions: [] }).wider).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("gives witnesses that the new policy allows and nothing else does, where no condition is in play", () => {
    const bare = smallPolicy.map(({ statements }) =>
      policyOf(...statements.map(({ verbatim }) => ({ ...verbatim, Condition: {} }))),
    );
    fc.assert(
      fc.property(bare, bare, (old, next) => {
        for (const outside of prove({ old, next, additions: [] }).outside) {
          const request = { action: textOf(outside.action), resource: textOf(outside.resource) };
          expect(evaluate(next, request)).toBe("allowed");
          expect(evaluate(old, request)).not.toBe("allowed");
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("accepts statements that share what neither covers alone", () => {
    const one = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
    const old = policyOf(
      { ...one, Condition: { StringEquals: { "aws:RequestedRegion": "x" } } },
      { ...one, Condition: { StringLike: { "aws:RequestedRegion": "y*" } } },
    );
    const next = policyOf({ ...one, Condition: { StringEquals: { "aws:RequestedRegion": ["x", "yes"] } } });
    expect(prove({ old, next, additions: [] }).wider).toBe(false);
    expect(prove({ old: next, next: old, additions: [] }).wider).toBe(true);
  });

  it("accepts that also where their resources are wider", () => {
    const of = (Resource: string, ...regions: string[]) => ({
      ...{ Effect: "Allow", Action: "s3:GetObject", Resource },
      Condition: { StringEquals: { "aws:RequestedRegion": regions } },
    });
    const next = policyOf(of("ab*", "x", "y"));
    expect(prove({ old: policyOf(of("a*", "x"), of("*", "y")), next, additions: [] }).wider).toBe(false);
    expect(prove({ old: policyOf(of("a*", "x"), of("b*", "y")), next, additions: [] }).wider).toBe(true);
  });

  it("does not let them share a key that may have several values at once, but for ForAnyValue", () => {
    const one = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
    const under = (operator: string, ...values: string[]) => ({
      ...one,
      Condition: { [operator]: { "aws:TagKeys": values } },
    });
    const shared = (operator: string) =>
      prove({
        old: policyOf(under(operator, "x"), under(operator, "y")),
        next: policyOf(under(operator, "x", "y")),
        additions: [],
      }).wider;
    expect(["StringEquals", "ForAllValues:StringEquals", "ForAnyValue:StringEquals"].map(shared)).toEqual([
      ...[true, true, false],
    ]);
  });

  it("takes an escaped star for that character, in resources and in actions", () => {
    const objects = (resource: string, action = "s3:GetObject") =>
      policyOf({ Effect: "Allow", Action: action, Resource: `arn:aws:s3:::b/${resource}` });
    const widened = prove({ old: objects("${*}"), next: objects("*"), additions: [] });
    expect(widened).toMatchObject({ wider: true, outside: [{ resource: "arn:aws:s3:::b/*" }] });
    expect(prove({ old: objects("*"), next: objects("${*}"), additions: [] }).wider).toBe(false);
    expect(prove({ old: objects("*", "s3:${*}"), next: objects("*", "s3:*"), additions: [] }).wider).toBe(
      true,
    );
  });

  it("does not take a sum of patterns for less than it is", () => {
    const old = policyOf({ Effect: "Allow", Action: ["s3:Get*", "s3:Put*"], Resource: ["a*", "b*"] });
    const next = policyOf({ Effect: "Allow", Action: "s3:*", Resource: "a*" });
    const [witness] = prove({ old, next, additions: [] }).outside;
    expect(witness?.action).toMatch(/^s3:(?!get|put)/);
    const split = policyOf({ Effect: "Allow", Action: "s3:Get*", Resource: ["?", "??*", ""] });
    const whole = policyOf({ Effect: "Allow", Action: "s3:Get*", Resource: "*" });
    expect(prove({ old: split, next: whole, additions: [] }).wider).toBe(false);
  });

  it("lets equal statements cancel, understood or not, whatever the order of their keys", () => {
    const odd = { Sid: "Odd", Effect: "Allow", NotAction: "iam:*", Resource: "*", Principal: "*" };
    const deny = { Effect: "Deny", Action: "*", Resource: "*", Condition: { StringMatches: { k: "v" } } };
    const turned = Object.fromEntries(Object.entries(odd).reverse());
    expect(prove({ old: policyOf(odd, deny), next: policyOf(deny, turned), additions: [] }).wider).toBe(
      false,
    );
    expect(prove({ old: policyOf(deny), next: policyOf(deny, turned), additions: [] }).wider).toBe(true);
  });

  it("sees a Deny that was dropped or loosened, also behind statements that cancel", () => {
    const allow = { Effect: "Allow", Action: "s3:*", Resource: "*" };
    const deny = { Effect: "Deny", Action: "s3:Delete*", Resource: "*" };
    const loose = { ...deny, Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } } };
    const old = policyOf(allow, deny);
    expect(prove({ old, next: policyOf(allow), additions: [] }).wider).toBe(true);
    expect(prove({ old, next: policyOf(allow, loose), additions: [] }).wider).toBe(true);
    expect(prove({ old: policyOf(allow, loose), next: old, additions: [] }).wider).toBe(false);
    const stricter = policyOf(allow, { ...deny, Action: ["s3:Delete*", "s3:Put*"] });
    expect(prove({ old, next: stricter, additions: [] }).wider).toBe(false);
  });

  it("sees a Deny that was dropped behind a statement that lost a line", () => {
    const deny = { Effect: "Deny", Action: "s3:Delete*", Resource: "*" };
    const old = policyOf(
      { Effect: "Allow", Action: ["s3:DeleteObject", "s3:GetObject"], Resource: "*" },
      deny,
    );
    const next = policyOf({ Effect: "Allow", Action: "s3:DeleteObject", Resource: "*" });
    expect(prove({ old, next, additions: [] }).wider).toBe(true);
  });

  it("takes a Deny that is gone for nothing where it spoke of other resources", () => {
    const deny = { Effect: "Deny", Action: "s3:*", Resource: "x" };
    const old = policyOf({ Effect: "Allow", Action: "s3:*", Resource: "*" }, deny);
    const wider = (Resource: string) =>
      prove({ old, next: policyOf({ Effect: "Allow", Action: "s3:Get*", Resource }), additions: [] }).wider;
    expect(["y", "x", "*"].map(wider)).toEqual([false, true, true]);
  });

  it("lets a Deny that refuses more stand for the one in whose place it came, also under a condition", () => {
    const allow = { Effect: "Allow", Action: "s3:*", Resource: "*" };
    const denies = (key: string, value: string, ...Action: string[]) => ({
      ...{ Effect: "Deny", Action, Resource: "*" },
      Condition: { StringEquals: { [key]: value } },
    });
    for (const value of ["x", "${aws:username}"]) {
      const old = policyOf(allow, denies("k", value, "s3:Delete*"));
      const more = policyOf(allow, denies("k", value, "s3:Delete*", "s3:Put*"));
      expect(prove({ old, next: more, additions: [] }).wider).toBe(false);
      const other = policyOf(allow, denies("l", value, "s3:Delete*", "s3:Put*"));
      expect(prove({ old, next: other, additions: [] }).wider).toBe(true);
    }
  });

  it("takes a Deny more for no more, also one that it does not understand", () => {
    const old = policyOf({ Effect: "Allow", Action: "s3:*", Resource: "*" });
    const deny = { Effect: "Deny", Action: "iam:*", Resource: "*", Principal: "*" };
    const next = { ...old, statements: [...old.statements, ...policyOf(deny).statements] };
    expect(prove({ old, next, additions: [] }).wider).toBe(false);
  });

  it("takes what it does not understand for no grant, and for all that it names where it is new", () => {
    const plain = { Effect: "Allow", Action: "s3:*", Resource: ["a", "b"] };
    const odd = { ...plain, Principal: "*" };
    expect(prove({ old: policyOf(odd), next: policyOf(plain), additions: [] }).wider).toBe(true);
    const outside = (statement: object) =>
      prove({ old: policyOf({ ...plain, Resource: "*" }), next: policyOf(statement), additions: [] }).outside;
    expect(outside(odd)).toEqual([{ action: "s3:*", resource: "a", condition: null }]);
    const { Action: _, Resource: __, ...rest } = odd;
    const except = outside({ ...rest, NotAction: "iam:*", NotResource: "c" });
    expect(except).toEqual([{ action: "*", resource: "*", condition: null }]);
  });

  it("shows a permission that excepts as the whole of what is left", () => {
    const { outside } = prove({
      old: policyOf(),
      next: policyOf({ Effect: "Allow", NotAction: "s3:Delete*", NotResource: "arn:aws:s3:::b/*" }),
      additions: [],
    });
    expect(outside).toEqual([{ action: "*", resource: "*", condition: null }]);
  });

  it("tells no more than fifty witnesses", () => {
    const names = (count: number) => Array.from({ length: count }, (_, at) => `arn:aws:s3:::b${at}`);
    const told = (count: number) => {
      const next = policyOf({ Effect: "Allow", Action: "s3:GetObject", Resource: names(count) });
      return prove({ old: policyOf(), next, additions: [] }).outside.map(({ resource }) => resource);
    };
    expect(told(3)).toEqual(names(3));
    expect(told(60)).toEqual(names(50));
  });

  it("reads a condition with ${ only where its version says what that is", () => {
    const statement = (Condition: object, ...Action: string[]) => ({
      ...{ Effect: "Allow", Action, Resource: "*", Condition },
    });
    const narrowed = (Version: string, condition: object) =>
      prove({
        old: parsePolicy({ Version, Statement: statement(condition, "s3:GetObject", "s3:PutObject") }, "old"),
        next: parsePolicy({ Version, Statement: statement(condition, "s3:GetObject") }, "next"),
        additions: [],
      }).wider;
    const [named, plain] = [{ StringLike: { k: "${aws:username}" } }, { StringLike: { k: "a" } }];
    expect([narrowed("2012-10-17", named), narrowed("2012-10-17", plain)]).toEqual([false, false]);
    expect([narrowed("2008-10-17", named), narrowed("2008-10-17", plain)]).toEqual([true, false]);
  });

  it("takes a variable of one version for none of the other", () => {
    const home = { Effect: "Allow", Resource: "arn:aws:s3:::home/${aws:username}/*" };
    const Statement = { ...home, Action: ["s3:GetObject", "s3:PutObject"] };
    const old = parsePolicy({ Version: "2008-10-17", Statement }, "old");
    expect(prove({ old, next: policyOf({ ...home, Action: "s3:GetObject" }), additions: [] }).wider).toBe(
      true,
    );
  });

  it("reads actions without regard to case, also where it looks for one that nobody lists", () => {
    const of = (...Action: string[]) => policyOf({ Effect: "Allow", Action, Resource: "*" });
    expect(prove({ old: of("s3:gx"), next: of("S3:G?"), additions: [] }).wider).toBe(true);
    expect(prove({ old: of("s3:g*"), next: of("S3:G?"), additions: [] }).wider).toBe(false);
  });

  it("tries a name that none of the listed ones is", () => {
    for (const [one, other] of ["xq", "qx", "zx", "ab"]) {
      const old = policyOf({ Effect: "Allow", Action: "s3:GetObject", Resource: [one, other] });
      const next = policyOf({ Effect: "Allow", Action: "s3:GetObject", Resource: "?" });
      expect(prove({ old, next, additions: [] }).wider).toBe(true);
    }
  });

  it("takes no policy variable for a star, but the same variable for itself", () => {
    const home = { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::home/${aws:username}/*" };
    const narrowed = policyOf({ ...home, Action: "s3:GetObject" });
    expect(prove({ old: policyOf(home), next: narrowed, additions: [] }).wider).toBe(false);
    const all = policyOf({ ...home, Resource: "arn:aws:s3:::home/*" });
    expect(prove({ old: all, next: narrowed, additions: [] }).wider).toBe(false);
    expect(prove({ old: policyOf(home), next: all, additions: [] }).wider).toBe(true);
    const other = policyOf({ ...home, Resource: "arn:aws:s3:::home/${aws:userid}/*" });
    expect(prove({ old: policyOf(home), next: other, additions: [] }).wider).toBe(true);
  });

  it("does not let statements with ${ cancel across versions", () => {
    const statement = { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::b/${*}" };
    const old = parsePolicy({ Version: "2008-10-17", Statement: statement }, "old");
    expect(prove({ old, next: policyOf(statement), additions: [] }).wider).toBe(true);
  });

  it("does not take an escape in an addition for what stands in a file of the older version", () => {
    const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/${*}" };
    const next = parsePolicy({ Version: "2008-10-17", Statement: statement }, "next");
    const old = { ...next, statements: [] };
    const additions = [addition("s3:GetObject", "arn:aws:s3:::b/${*}")];
    expect(prove({ old, next, additions }).wider).toBe(true);
    expect(prove({ old, next: policyOf(statement), additions }).wider).toBe(false);
  });

  it("cannot decide about an addition with a variable or an unknown operator, and names it", () => {
    const next = policyOf({
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::${BucketName}",
    });
    const additions = [
      addition("s3:PutObject", "arn:aws:s3:::b/*"),
      addition("s3:GetObject", "arn:aws:s3:::${BucketName}"),
      addition("s3:GetObject", "*", { StringMatches: { k: ["v"] } }),
    ];
    const proof = prove({ old: policyOf(), next, additions });
    expect(proof.undecided).toEqual([1, 2]);
    expect(proof.wider).toBe(true);
  });

  it("names all that it cannot decide, in their order", () => {
    const additions = [
      addition("s3:GetObject", "*", { StringMatches: { k: ["v"] } }),
      addition("s3:GetObject", "arn:aws:s3:::b/*"),
      addition("s3:${x}", "*"),
      addition("s3:PutObject", "*", { StringMatches: { k: ["v"] } }),
    ];
    expect(prove({ old: policyOf(), next: policyOf(), additions }).undecided).toEqual([0, 2, 3]);
  });

  it("does not lend the condition of one addition to another on the same resource", () => {
    const under = (value: string) => ({ StringEquals: { "aws:RequestedRegion": [value] } });
    const [resource, action] = ["arn:aws:s3:::b/*", "s3:GetObject"];
    const next = policyOf(
      { Effect: "Allow", Action: action, Resource: resource, Condition: under("x") },
      { Effect: "Allow", Action: "s3:PutObject", Resource: resource },
    );
    const additions = [addition(action, resource, under("x")), addition("s3:PutObject", resource)];
    const wider = (...some: typeof additions) => prove({ old: policyOf(), next, additions: some }).wider;
    expect(wider(...additions)).toBe(false);
    expect(wider(...additions.toReversed())).toBe(false);
    const [given, put] = [addition("s3:PutObject", resource, under("x")), addition(action, resource)];
    expect(wider(put, given)).toBe(true);
    expect(wider(given, put)).toBe(true);
    expect(wider(addition(action, resource, under("y")), addition("s3:PutObject", resource))).toBe(true);
  });

  it("lets statements without ${ cancel across versions, also those that it does not understand", () => {
    const odd = { Effect: "Allow", Action: "s3:*", Resource: "*", Principal: null };
    const old = parsePolicy({ Version: "2008-10-17", Statement: odd }, "old");
    expect(prove({ old, next: policyOf(odd), additions: [] }).wider).toBe(false);
    expect(prove({ old, next: policyOf({ ...odd, Principal: {} }), additions: [] }).wider).toBe(true);
  });

  it("finds two policies the same only where neither allows more", () => {
    const both = policyOf({ Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "*" });
    const one = policyOf({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" });
    const split = policyOf(
      { Effect: "Allow", Action: "s3:PutObject", Resource: "*" },
      { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
    );
    expect([proveSame(both, split), proveSame(split, both)]).toEqual([true, true]);
    expect([proveSame(both, one), proveSame(one, both)]).toEqual([false, false]);
    expect(proveSame(policyOf(), policyOf())).toBe(true);
  });

  it("shows that a removal takes no more than it says", () => {
    const old = policyOf({
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: "arn:aws:s3:::b/*",
    });
    const next = policyOf({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" });
    const put = { action: "s3:PutObject", resource: "arn:aws:s3:::b/*", condition: null };
    expect(proveRemoval({ old, next, removals: [put] }).wider).toBe(false);
    expect(proveRemoval({ old, next, removals: [] }).outside).toEqual([put]);
    expect(proveRemoval({ old, next: policyOf(), removals: [put] }).wider).toBe(true);
  });
});

describe("patterns made to exhaust the proof", () => {
  /** Which of the last twenty characters was the letter makes a million cases of each. */
  const wild = ["x", "y", "z"].map((letter) => `*${letter}${"?".repeat(20)}`);
  const [hard = ""] = wild;
  const get = "s3:GetObject";
  const allow = (Action: string | string[], Resource: string | string[], more: object = {}) => ({
    ...{ Effect: "Allow", Action, Resource },
    ...more,
  });
  const under = (value: string) => ({ Condition: { StringEquals: { "aws:RequestedRegion": value } } });
  const wider = (old: object[], next: object[], additions: readonly Permission[] = []) =>
    prove({ old: policyOf(...old), next: policyOf(...next), additions }).wider;

  it("make it say wider, of resources as of actions, although nothing is", () => {
    const outside = (old: object, next: object) =>
      prove({ old: policyOf(old), next: policyOf(next), additions: [] }).outside;
    expect(outside(allow(get, "*"), allow(get, ["a", hard]))).toEqual([
      { action: get, resource: hard, condition: null },
    ]);
    const condition = { StringEquals: { "aws:RequestedRegion": ["x"] } };
    expect(outside(allow("*", ["a", "b"]), allow(hard, ["a", "b"], under("x")))).toEqual([
      { action: hard, resource: "a", condition },
    ]);
  });

  it("do not matter where they stand letter for letter on both sides", () => {
    const old = [allow([get, "s3:PutObject", "s3:PutObjectTagging"], wild)];
    expect(wider(old, [allow([get, "s3:PutObject"], wild)])).toBe(false);
    const additions = wild.map((resource) => addition("s3:ListBucket", resource));
    const next = [allow([get, "s3:ListBucket"], wild)];
    expect(wider(old, next, additions)).toBe(false);
    expect(wider([allow(wild, ["a", "b"])], [allow(wild, "a")])).toBe(false);
    const excepting = (...NotAction: string[]) => ({ Effect: "Allow", NotAction, Resource: wild });
    expect(
      wider([excepting("iam:*", "sts:*")], [{ ...excepting("sts:*", "iam:*"), Resource: wild[0] }]),
    ).toBe(false);
  });

  it("do not matter either where a wider action stands beside them", () => {
    expect(wider([allow("s3:*", wild)], [allow(get, wild)])).toBe(false);
    const additions = wild.map((resource) => addition("s3:PutObject", resource));
    expect(wider([allow("s3:Get*", wild)], [allow([get, "s3:PutObject"], wild)], additions)).toBe(false);
    expect(wider([allow("s3:*", wild, under("x"))], [allow(get, wild, under("x"))])).toBe(false);
  });

  it("do not matter where they stand under another condition", () => {
    const [old, next] = [allow("s3:*", "a*"), allow(get, "a*x??????")];
    expect(wider([old, allow("s3:*", wild, under("x"))], [next])).toBe(false);
    expect(wider([old], [next, { ...allow("s3:*", wild, under("x")), Effect: "Deny" }])).toBe(false);
    const additions = wild.map((resource) =>
      addition(get, resource, { StringEquals: { "aws:RequestedRegion": ["x"] } }),
    );
    expect(wider([old], [next], additions)).toBe(false);
    expect(wider([old, allow("s3:*", hard)], [next])).toBe(true);
  });

  it("are together no harder than one proof, and what comes after them is not shown either", () => {
    const policy = policyOf(allow("s3:*", ["a", "*"]), { ...allow("s3:*", "b"), Effect: "Deny" });
    const on = (resource: string, action = get) => ({ action, resource, condition: null });
    const hard = wild.map((resource) => on(resource));
    expect(notGranted(policy, [on("b"), ...hard, on("b")])).toEqual([...hard, on("b")]);
    expect(notGranted(policy, [on("b"), on("a", "sqs:SendMessage")])).toEqual([on("a", "sqs:SendMessage")]);
    expect(notGranted(policyOf(allow(get, "c${*}")), [on("c${*}"), on("c*")])).toEqual([on("c*")]);
  });

  it("are no worse than a statement with more permissions than it can look at", () => {
    const many = (name: string) => Array.from({ length: 1100 }, (_, at) => `${name}${at}`);
    const [actions, resources] = [many("s3:a"), many("arn:aws:s3:::b")];
    const [old, next] = [allow(actions, resources, { Sid: "A" }), allow(actions, resources, { Sid: "B" })];
    const { outside } = prove({ old: policyOf(old), next: policyOf(next), additions: [] });
    expect(outside).toEqual([{ action: "s3:a909", resource: "arn:aws:s3:::b0", condition: null }]);
    expect(wider([old], [{ ...next, Action: actions.slice(0, 100) }])).toBe(false);
  });
});

describe("a merge with a bug planted in it is caught", () => {
  const old = policyOf(
    { Sid: "Deny", Effect: "Deny", Action: "s3:DeleteBucket", Resource: "*" },
    {
      ...{ Sid: "PlpS3B", Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::b/*" },
      Condition: { StringEquals: { "aws:RequestedRegion": "eu-central-1" } },
    },
  );
  const additions = [
    addition("s3:PutObject", "arn:aws:s3:::b/*"),
    addition("sqs:SendMessage", "arn:aws:sqs:eu-central-1:111122223333:q"),
  ];
  const good = () => growPolicy(old, additions);
  const tampered = (change: (statement: Record<string, unknown>) => object | null): Policy => {
    const statements = good().statements.flatMap(({ verbatim }) => change({ ...verbatim }) ?? []);
    return policyOf(...statements);
  };

  it("and the merge without one is not", () => {
    expect(prove({ old, next: good(), additions }).wider).toBe(false);
  });

  it.each<[string, (statement: Record<string, unknown>) => object | null]>([
    [
      "another resource",
      (one) => (one.Sid === "PlpSqsQ" ? { ...one, Resource: "arn:aws:sqs:eu-central-1:1:r" } : one),
    ],
    ["a star at the end of the resource", (one) => ({ ...one, Resource: `${one.Resource}*` })],
    ["an action wildcard", (one) => (one.Sid === "PlpSqsQ" ? { ...one, Action: ["sqs:Send*"] } : one)],
    [
      "one action too many",
      (one) => (one.Sid === "PlpSqsQ" ? { ...one, Action: ["sqs:SendMessage", "sqs:DeleteQueue"] } : one),
    ],
    ["a condition dropped", ({ Condition: _, ...one }) => one],
    [
      "a condition value more",
      (one) =>
        one.Condition
          ? { ...one, Condition: { StringEquals: { "aws:RequestedRegion": ["eu-central-1", "us-east-1"] } } }
          : one,
    ],
    [
      "an operator loosened",
      (one) =>
        one.Condition
          ? { ...one, Condition: { StringEqualsIfExists: { "aws:RequestedRegion": "eu-central-1" } } }
          : one,
    ],
    [
      "statements crossed",
      (one) => ({ ...one, Resource: ["arn:aws:s3:::b/*", "arn:aws:sqs:eu-central-1:111122223333:q"] }),
    ],
    ["Action turned into NotAction", ({ Action, ...one }) => ({ ...one, NotAction: Action })],
    ["Deny turned into Allow", (one) => ({ ...one, Effect: "Allow" })],
  ])("%s", (_, change) => {
    expect(prove({ old, next: tampered(change), additions }).wider).toBe(true);
  });

  it("a Deny dropped, when something stood behind it", () => {
    const before = policyOf(
      { Effect: "Allow", Action: "s3:*", Resource: "*" },
      ...old.statements.map(({ verbatim }) => verbatim),
    );
    const grown = growPolicy(before, additions);
    const next = { ...grown, statements: grown.statements.filter(({ effect }) => effect === "Allow") };
    expect(prove({ old: before, next, additions }).wider).toBe(true);
  });

  it("fields that say less than what will be printed", () => {
    const statements = good().statements.map((one) =>
      one.sid === "PlpSqsQ" ? { ...one, verbatim: { ...one.verbatim, Resource: "*" } } : one,
    );
    expect(prove({ old, next: { ...good(), statements }, additions }).wider).toBe(true);
  });
});
