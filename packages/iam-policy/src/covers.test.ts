import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowingStatement, covers, denyingStatement, touchingStatement } from "./covers.ts";
import { parsePolicy } from "./parse.ts";
import { permissionsOf } from "./permission.ts";
import {
  allRequests,
  policyOf,
  smallAction,
  smallCondition,
  smallPolicy,
  smallResource,
  wildPolicy,
} from "./testing.ts";
import { allWorlds, naivelyAllowed, naivelyWithin, type World } from "./testing-naive.ts";
import type { AccessRequest, Permission } from "./types.ts";

const permission = (
  action: string,
  resource: string,
  condition: Permission["condition"] = null,
): Permission => ({
  action,
  resource,
  condition,
});

describe("covering a permission", () => {
  const wanted = fc.record({ action: smallAction, resource: smallResource, condition: smallCondition });

  /** Requests of the small world, and some that only the permission's wildcards reach. */
  const requestsOf = (one: Permission, world: World): readonly AccessRequest[] => {
    const filled = (pattern: string, filler: string) =>
      pattern.replace(
        /(\$\{.\})|\*|\?/g,
        (found, escaped) => escaped?.charAt(2) ?? (found === "*" ? filler : "~"),
      );
    const reached = ["", "~", "~~~~~~~~"].flatMap((filler) =>
      [[], ["x"], ["y"]].map((k) => ({
        ...{ action: filled(one.action, filler), resource: filled(one.resource, filler) },
        context: { k },
      })),
    );
    return [...allRequests, ...reached].filter((request) => naivelyWithin(one, request, world));
  };

  it("says yes only where every request is allowed, and no only where one is refused, in every world", () => {
    fc.assert(
      fc.property(wildPolicy, wanted, fc.constantFrom(...allWorlds), (policy, one, world) => {
        const answer = covers(policy, one);
        const allowed = requestsOf(one, world).map((request) => naivelyAllowed(policy, request, world));
        if (answer === "yes") expect(allowed).not.toContain(false);
        if (answer === "no") expect(allowed).toContain(false);
      }),
      { numRuns: 1500 },
    );
  });

  it("says yes of what stands there word for word, beside no Deny", () => {
    fc.assert(
      fc.property(smallPolicy, fc.nat(), (policy, pick) => {
        const statements = policy.statements.filter(({ effect }) => effect === "Allow");
        const permissions = permissionsOf(policy);
        const one = permissions[pick % Math.max(1, permissions.length)];
        if (one !== undefined) expect(covers({ ...policy, statements }, one)).toBe("yes");
      }),
      { numRuns: 300 },
    );
  });

  it("names an allowing or denying statement only where it alone speaks for every request", () => {
    fc.assert(
      fc.property(wildPolicy, wanted, fc.constantFrom(...allWorlds), (policy, one, world) => {
        for (const found of [allowingStatement(policy, one), denyingStatement(policy, one)]) {
          if (found === null) continue;
          const alone = { ...policy, statements: [{ ...found, effect: "Allow" as const }] };
          for (const request of requestsOf(one, world)) {
            expect([request, naivelyAllowed(alone, request, world)]).toEqual([request, true]);
          }
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("finds a statement that touches wherever one request is granted", () => {
    fc.assert(
      fc.property(wildPolicy, wanted, fc.constantFrom(...allWorlds), (policy, one, world) => {
        if (touchingStatement(policy, one) !== null) return;
        const allows = {
          ...policy,
          statements: policy.statements.filter(({ effect }) => effect === "Allow"),
        };
        for (const request of requestsOf(one, world)) {
          expect([request, naivelyAllowed(allows, request, world)]).toEqual([request, false]);
        }
      }),
      { numRuns: 700 },
    );
  });

  it("says yes only when one statement alone covers, else that it cannot tell", () => {
    const halves = policyOf(
      { Effect: "Allow", Action: "s3:Get*", Resource: "*", Condition: { StringEquals: { k: "x" } } },
      { Effect: "Allow", Action: "s3:Get*", Resource: "*", Condition: { StringNotEquals: { k: "x" } } },
    );
    expect(covers(halves, permission("s3:GetObject", "*", { StringLike: { k: ["*"] } }))).toBe("cannot-tell");
  });

  it("says no when a concrete request is refused", () => {
    const policy = policyOf({ Effect: "Allow", Action: "s3:Get*", Resource: "arn:aws:s3:::b/*" });
    expect(covers(policy, permission("s3:GetObject", "arn:aws:s3:::*"))).toBe("no");
    expect(covers(policy, permission("s3:*", "arn:aws:s3:::b/x"))).toBe("no");
    expect(covers(policy, permission("s3:GetObject", "arn:aws:s3:::b/x"))).toBe("yes");
  });

  it.each<[string, string | string[], string]>([
    ["with nothing in the place of the star", "arn:aws:s3:::b?*", "arn:aws:s3:::b*"],
    ["with one character there", ["arn:aws:s3:::b", "arn:aws:s3:::b??*"], "arn:aws:s3:::b*"],
    ["with many there", ["arn:aws:s3:::b", "arn:aws:s3:::b?"], "arn:aws:s3:::b*"],
    ["with another in the place of a question mark", "arn:aws:s3:::ba", "arn:aws:s3:::b?"],
  ])("tries a request %s", (_, resource, wanted) => {
    const policy = policyOf({ Effect: "Allow", Action: "s3:*", Resource: resource });
    expect(covers(policy, permission("s3:GetObject", wanted))).toBe("no");
  });

  it("does not add patterns up, nor does it find refused what they share", () => {
    const policy = policyOf({ Effect: "Allow", Action: "s3:*", Resource: ["b/", "b/?*", "c/?"] });
    expect(covers(policy, permission("s3:GetObject", "b/*"))).toBe("cannot-tell");
    const secure = { Bool: { "aws:SecureTransport": "false" } };
    const doubtful = policyOf(...policy.statements.map(({ verbatim }) => verbatim), {
      ...{ Effect: "Deny", Action: "*", Resource: "*", Condition: secure },
    });
    expect(covers(doubtful, permission("s3:GetObject", "c/?", { Bool: { x: ["true"] } }))).toBe(
      "cannot-tell",
    );
  });

  it("takes what a NotAction and a NotResource leave for granted", () => {
    const policy = policyOf({
      Effect: "Allow",
      NotAction: ["iam:*", "sts:*"],
      NotResource: ["arn:aws:s3:::secret/*", "x"],
    });
    expect(covers(policy, permission("s3:Get*", "arn:aws:s3:::b/*"))).toBe("yes");
    expect(covers(policy, permission("s3:Get*", "arn:aws:s3:::secret/*"))).toBe("no");
    expect(covers(policy, permission("sts:AssumeRole", "arn:aws:s3:::b/*"))).toBe("no");
  });

  it("cannot tell of a permission with a variable that no statement holds word for word", () => {
    const policy = policyOf({ Effect: "Allow", Action: "s3:*", Resource: "other/*" });
    expect(covers(policy, permission("s3:GetObject", "home/${aws:username}"))).toBe("cannot-tell");
    expect(covers(policy, permission("s3:${x}", "home/a"))).toBe("cannot-tell");
  });

  it("leaves open what a key that is absent from the request decides", () => {
    const policy = policyOf({
      Effect: "Allow",
      Action: "s3:*",
      Resource: "*",
      Condition: { Null: { k: "true" } },
    });
    expect(covers(policy, permission("s3:GetObject", "*"))).toBe("cannot-tell");
  });

  it("takes a narrower condition for covered and a wider one not", () => {
    const policy = policyOf({
      ...{ Effect: "Allow", Action: "s3:*", Resource: "*" },
      Condition: { StringEquals: { "aws:RequestedRegion": ["a", "b"] } },
    });
    const under = (condition: Permission["condition"]) =>
      covers(policy, permission("s3:PutObject", "*", condition));
    expect(under({ StringEquals: { "aws:requestedregion": ["a"] } })).toBe("yes");
    expect(under({ StringEquals: { "aws:RequestedRegion": ["a"] }, Bool: { x: ["true"] } })).toBe("yes");
    expect(under({ StringEquals: { "aws:RequestedRegion": ["a", "c"] } })).toBe("cannot-tell");
    expect(under(null)).toBe("no");
  });

  it("knows that more values of a refusing operator refuse more", () => {
    const policy = policyOf({
      ...{ Effect: "Allow", Action: "s3:*", Resource: "*" },
      Condition: { StringNotEquals: { k: ["a"] } },
    });
    expect(covers(policy, permission("s3:PutObject", "*", { StringNotEquals: { k: ["a", "b"] } }))).toBe(
      "yes",
    );
    expect(covers(policy, permission("s3:PutObject", "*", { StringNotEquals: { k: ["b"] } }))).toBe(
      "cannot-tell",
    );
  });

  it("never says yes beside a Deny that could touch the permission", () => {
    const allow = { Effect: "Allow", Action: "s3:*", Resource: "*" };
    const secure = { Bool: { "aws:SecureTransport": "false" } };
    const wanted = permission("s3:GetObject", "arn:aws:s3:::b/*");
    const beside = (deny: object) => covers(policyOf(allow, { Effect: "Deny", ...deny }), wanted);
    expect(beside({ Action: "s3:Get*", Resource: "arn:aws:s3:::b/secret" })).toBe("cannot-tell");
    expect(beside({ Action: "*", Resource: "*", Condition: secure })).toBe("cannot-tell");
    expect(beside({ Action: "*", Resource: "*" })).toBe("no");
    expect(beside({ Action: "s3:Put*", Resource: "*" })).toBe("yes");
    expect(beside({ NotAction: "s3:*", Resource: "*" })).toBe("yes");
    expect(beside({ NotAction: ["iam:*", "s3:*"], Resource: "*" })).toBe("yes");
    expect(beside({ Action: "s3:*", Resource: "arn:aws:s3:::other/*" })).toBe("yes");
    expect(beside({ Action: "*", NotResource: "arn:aws:s3:::b/*" })).toBe("yes");
  });

  it("does not take a statement that it does not understand for a yes or a no", () => {
    const policy = policyOf({ Effect: "Allow", Action: "*", Resource: "*", Principal: "*" });
    expect(covers(policy, permission("s3:GetObject", "*"))).toBe("cannot-tell");
  });

  it("does not mix up what ${ means in the two versions", () => {
    const condition = { StringEquals: { k: "${aws:username}" } };
    const statement = { Effect: "Allow", Action: "*", Resource: "*", Condition: condition };
    const wanted = permission("s3:GetObject", "*", { StringEquals: { k: ["${aws:username}"] } });
    expect(covers(parsePolicy({ Statement: statement }, "old"), wanted)).toBe("cannot-tell");
    expect(covers(policyOf(statement), wanted)).toBe("yes");
    const plain = { ...statement, Condition: { StringEquals: { k: "ada" } } };
    const same = permission("s3:GetObject", "*", { StringEquals: { k: ["ada"] } });
    expect(covers(parsePolicy({ Statement: plain }, "old"), same)).toBe("yes");
  });

  it("names an Allow that touches, and no other statement", () => {
    const policy = policyOf(
      { Sid: "D", Effect: "Deny", Action: "s3:*", Resource: "*" },
      { Sid: "P", Effect: "Allow", Action: "s3:Put*", Resource: "*" },
      { Sid: "G", Effect: "Allow", Action: "s3:Get*", Resource: "b/x" },
    );
    expect(touchingStatement(policy, permission("s3:GetObject", "b/*"))?.sid).toBe("G");
    expect(touchingStatement(policy, permission("s3:GetObject", "a/*"))).toBeNull();
    expect(touchingStatement(policy, permission("s3:ListBucket", "b/*"))).toBeNull();
  });

  it("names the statement that allows or denies", () => {
    const policy = policyOf(
      { Sid: "A", Effect: "Allow", Action: "s3:*", Resource: "*" },
      { Sid: "D", Effect: "Deny", Action: "s3:Delete*", Resource: "*" },
    );
    const wanted = permission("s3:DeleteObject", "arn:aws:s3:::b/*");
    expect(allowingStatement(policy, wanted)?.sid).toBe("A");
    expect(denyingStatement(policy, wanted)?.sid).toBe("D");
    expect(denyingStatement(policy, permission("s3:*", "*"))).toBeNull();
  });
});
