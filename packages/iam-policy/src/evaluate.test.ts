import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";
import { parsePolicy } from "./parse.ts";
import { allRequests, smallPolicy, wildPolicy } from "./testing.ts";
import { allWorlds, naivelyAllowed } from "./testing-naive.ts";
import type { Verdict } from "./types.ts";

const policy = (...statements: readonly object[]) =>
  parsePolicy({ Version: "2012-10-17", Statement: statements }, "p.json");
const get = { action: "s3:GetObject", resource: "arn:aws:s3:::b/k" };
const allowAll = { Effect: "Allow", Action: "*", Resource: "*" };

function underCondition(condition: object, context: Record<string, readonly string[]>): Verdict {
  return evaluate(policy({ ...allowAll, Condition: condition }), { ...get, context });
}

describe("evaluating a request", () => {
  it("allows what an Allow names, without regard to the action's case", () => {
    const one = policy({ Effect: "Allow", Action: "S3:get*", Resource: "arn:aws:s3:::b/*" });
    expect(evaluate(one, get)).toBe("allowed");
    expect(evaluate(one, { ...get, resource: "arn:aws:s3:::B/k" })).toBe("unmatched");
    expect(evaluate(one, { ...get, action: "s3:PutObject" })).toBe("unmatched");
  });

  it("lets a Deny win wherever it stands", () => {
    const deny = { Effect: "Deny", NotAction: "s3:List*", NotResource: "arn:aws:s3:::other/*" };
    expect(evaluate(policy(allowAll, deny), get)).toBe("denied");
    expect(evaluate(policy(deny, allowAll), get)).toBe("denied");
    expect(evaluate(policy(deny, allowAll), { ...get, action: "s3:ListBucket" })).toBe("allowed");
    expect(evaluate(policy(deny, allowAll), { ...get, resource: "arn:aws:s3:::other/x" })).toBe("allowed");
  });

  it("cannot tell where a Deny hangs on what it does not know, and is sure without an Allow", () => {
    const deny = { ...allowAll, Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } };
    expect(evaluate(policy(allowAll, deny), get)).toBe("cannot-tell");
    expect(evaluate(policy(deny), get)).toBe("unmatched");
  });

  it("cannot tell of a statement that it does not understand", () => {
    expect(evaluate(policy({ ...allowAll, Principal: "*" }), get)).toBe("cannot-tell");
  });

  it("takes a resource of * for an action without resource, which no ARN pattern matches", () => {
    const request = { action: "s3:ListAllMyBuckets", resource: "*" };
    expect(evaluate(policy(allowAll), request)).toBe("allowed");
    expect(evaluate(policy({ ...allowAll, Resource: "arn:aws:s3:::*" }), request)).toBe("unmatched");
  });

  it("leaves open what ${ means before version 2012-10-17", () => {
    const old = parsePolicy({ Statement: { ...allowAll, Resource: "arn:aws:s3:::b/${*}" } }, "p.json");
    expect(evaluate(old, { ...get, resource: "arn:aws:s3:::b/*" })).toBe("cannot-tell");
  });
});

describe("the evaluator", () => {
  it("is never sure of what another evaluator, as plain as can be, says otherwise in any world", () => {
    fc.assert(
      fc.property(wildPolicy, fc.constantFrom(...allWorlds), (one, world) => {
        for (const request of allRequests) {
          const verdict = evaluate(one, request);
          if (verdict === "cannot-tell") continue;
          expect([request, verdict === "allowed"]).toEqual([request, naivelyAllowed(one, request, world)]);
        }
      }),
      { numRuns: 700 },
    );
  });

  it("is sure where all worlds agree, and no operator meets several values", () => {
    const single = allRequests.filter(({ context }) => (context?.k?.length ?? 0) < 2);
    fc.assert(
      fc.property(smallPolicy, (one) => {
        for (const request of single) expect(evaluate(one, request)).not.toBe("cannot-tell");
      }),
      { numRuns: 200 },
    );
  });
});

describe("conditions", () => {
  const yes = "allowed";
  const no = "unmatched";
  const open = "cannot-tell";
  it.each<[object, Record<string, readonly string[]>, Verdict]>([
    [{ StringEquals: { "aws:RequestedRegion": ["a", "b"] } }, { "aws:requestedregion": ["b"] }, yes],
    [{ StringEquals: { k: "a*" } }, { k: ["ab"] }, no],
    [{ StringEquals: { k: "a${*}" } }, { k: ["a*"] }, yes],
    [{ StringEquals: { k: "${aws:username}" } }, { k: ["ada"] }, open],
    [{ StringEquals: { k: "A" } }, { k: ["a"] }, no],
    [{ StringEqualsIgnoreCase: { k: "A" } }, { k: ["a"] }, yes],
    [{ StringNotEquals: { k: ["a", "b"] } }, { k: ["b"] }, no],
    [{ StringNotEquals: { k: ["a", "b"] } }, { k: ["c"] }, yes],
    [{ StringLike: { k: "a*?" } }, { k: ["ab"] }, yes],
    [{ StringNotLike: { k: "a*" } }, { k: ["ab"] }, no],
    [{ NumericLessThan: { k: "10" } }, { k: ["9.5"] }, yes],
    [{ NumericGreaterThanEquals: { k: 10 } }, { k: ["9"] }, no],
    [{ NumericEquals: { k: "ten" } }, { k: ["10"] }, open],
    [{ DateLessThan: { k: "2026-01-01T00:00:00Z" } }, { k: ["2025-12-31T23:59:59Z"] }, yes],
    [{ DateGreaterThan: { k: "2026-01-01T00:00:00Z" } }, { k: ["1767225600"] }, no],
    [{ DateEquals: { k: "tomorrow" } }, { k: ["2026-01-01T00:00:00Z"] }, open],
    [{ Bool: { k: true } }, { k: ["TRUE"] }, yes],
    [{ BinaryEquals: { k: "QUI=" } }, { k: ["QUI="] }, yes],
    [{ IpAddress: { k: "10.0.0.0/8" } }, { k: ["10.1.2.3"] }, yes],
    [{ IpAddress: { k: "10.0.0.0/8" } }, { k: ["11.1.2.3"] }, no],
    [{ IpAddress: { k: "10.0.0.1" } }, { k: ["10.0.0.1"] }, yes],
    [{ IpAddress: { k: "2001:db8::/32" } }, { k: ["2001:db8:1::5"] }, yes],
    [{ IpAddress: { k: "2001:db8::/32" } }, { k: ["2001:db9::5"] }, no],
    [{ IpAddress: { k: "::ffff:10.0.0.0/104" } }, { k: ["::ffff:10.9.9.9"] }, yes],
    [{ IpAddress: { k: "0.0.0.0/0" } }, { k: ["::1"] }, no],
    [{ NotIpAddress: { k: "10.0.0.0/8" } }, { k: ["11.0.0.1"] }, yes],
    [{ IpAddress: { k: "10.0.0.0/99" } }, { k: ["10.0.0.1"] }, open],
    [{ IpAddress: { k: "10.0.0.0/8" } }, { k: ["cloudformation.amazonaws.com"] }, open],
    [{ ArnLike: { k: "arn:aws:sns:*:1:t*" } }, { k: ["arn:aws:sns:r:1:topic:x"] }, yes],
    [{ ArnEquals: { k: "arn:aws:*:1:t" } }, { k: ["arn:aws:sns:r:1:t"] }, open],
    [
      { ArnLike: { k: "arn:aws:iam::${aws:PrincipalAccount}:role/x" } },
      { k: ["arn:aws:iam::1:role/x"] },
      open,
    ],
    [{ ArnLike: { k: "arn:aws:iam::${aws:PrincipalAccount}:role/x" } }, { k: ["arn:aws:iam::1:role/y"] }, no],
    [{ ArnLike: { k: "arn:aws:s3:::b" } }, { k: ["b"] }, open],
    [{ ArnLike: { k: "b" } }, { k: ["arn:aws:s3:::b"] }, no],
    [{ ArnNotEquals: { k: "arn:aws:sns:r:1:t" } }, { k: ["arn:aws:sns:r:1:u"] }, yes],
    [{ Null: { k: "true" } }, { k: [] }, yes],
    [{ Null: { k: "true" } }, { k: ["x"] }, no],
    [{ Null: { k: "false" } }, { k: ["x"] }, yes],
    [{ Null: { k: "true" } }, {}, open],
    [{ StringEquals: { k: "a" } }, {}, open],
    [{ StringEquals: { k: "a" } }, { k: [] }, no],
    [{ StringNotEquals: { k: "a" } }, { k: [] }, yes],
    [{ StringEqualsIfExists: { k: "a" } }, { k: [] }, yes],
    [{ StringEqualsIfExists: { k: "a" } }, { k: ["b"] }, no],
    [{ StringEqualsIfExists: { k: "a" } }, {}, open],
    [{ "ForAllValues:StringEquals": { k: ["a", "b"] } }, { k: ["a", "b"] }, yes],
    [{ "ForAllValues:StringEquals": { k: ["a", "b"] } }, { k: ["a", "c"] }, no],
    [{ "ForAllValues:StringEquals": { k: ["a"] } }, { k: [] }, yes],
    [{ "ForAnyValue:StringEquals": { k: ["a"] } }, { k: ["c", "a"] }, yes],
    [{ "ForAnyValue:StringEquals": { k: ["a"] } }, { k: [] }, no],
    [{ "ForAnyValue:StringNotEquals": { k: ["a"] } }, { k: ["a", "b"] }, yes],
    [{ "ForAllValues:StringNotLike": { k: ["a*"] } }, { k: ["ab", "b"] }, no],
    [{ StringEquals: { k: "a" } }, { k: ["a", "b"] }, open],
    [{ StringEquals: { k: ["a", "b"] } }, { k: ["a", "b"] }, open],
    [{ StringEquals: { k: "a" } }, { k: ["b", "c"] }, no],
    [{ "ForAnyValue:StringLike": { k: "*" } }, { k: [""] }, no],
    [{ "ForAllValues:StringEquals": { k: "a" } }, { k: [""] }, yes],
    [{ "ForAllValues:StringEquals": { k: "a" } }, { k: ["", "a"] }, no],
    [{ StringEquals: { k: "a", l: "b" } }, { k: ["a"], l: ["c"] }, no],
    [{ StringEquals: { k: "a" }, Bool: { l: "true" } }, { k: ["a"] }, open],
    [{ StringMatches: { k: "a" } }, { k: ["a"] }, open],
  ])("%j given %j: %s", (condition, context, expected) => {
    expect(underCondition(condition, context)).toBe(expected);
  });
});
