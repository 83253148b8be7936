import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowingStatement, covers, denyingStatement } from "./covers.ts";
import { evaluate } from "./evaluate.ts";
import { parsePolicy } from "./parse.ts";
import { allRequests, policyOf, smallAction, smallCondition, smallPolicy, smallResource } from "./testing.ts";
import type { Permission } from "./types.ts";

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
  it("agrees with trying every request of a small world", () => {
    const wanted = fc.record({ action: smallAction, resource: smallResource, condition: smallCondition });
    fc.assert(
      fc.property(smallPolicy, wanted, (policy, one) => {
        const condition = one.condition === null ? {} : { Condition: one.condition };
        const itself = policyOf({
          Effect: "Allow",
          Action: one.action,
          Resource: one.resource,
          ...condition,
        });
        const requests = allRequests.filter((request) => evaluate(itself, request) === "allowed");
        const answer = covers(policy, one);
        if (answer === "yes") {
          for (const request of requests) expect(evaluate(policy, request)).toBe("allowed");
        }
        if (requests.length > 0 && requests.every((request) => evaluate(policy, request) === "allowed")) {
          // Outside the small world there may be a refusal; inside it there is none.
          if (!/[*?]/.test(one.action + one.resource) && one.condition === null)
            expect(answer).not.toBe("no");
        }
      }),
      { numRuns: 1500 },
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
