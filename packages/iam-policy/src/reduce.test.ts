import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowingStatement } from "./covers.ts";
import { evaluate } from "./evaluate.ts";
import { permissionKey, permissionsOf } from "./permission.ts";
import { printPolicy } from "./print.ts";
import { type ReduceResult, reducePolicy } from "./reduce.ts";
import { isPlpSid } from "./sid.ts";
import { allRequests, policyOf, smallAction, smallCondition, smallPolicy, smallResource } from "./testing.ts";
import type { Permission, Policy } from "./types.ts";

/** Policies in which some statements are PLP's, and some of those protected. */
const ownedPolicy: fc.Arbitrary<Policy> = fc
  .tuple(smallPolicy, fc.array(fc.constantFrom("Plp", "PlpKeep", "Mine"), { minLength: 4, maxLength: 4 }))
  .map(([{ statements }, owners]) =>
    policyOf(...statements.map(({ verbatim }, at) => ({ Sid: `${owners[at]}${at}`, ...verbatim }))),
  );
const protectedSids = ["PlpKeep0", "PlpKeep1", "PlpKeep2", "PlpKeep3"];

const stranger = fc.record({ action: smallAction, resource: smallResource, condition: smallCondition });

/** A policy, and what is to be taken from it: mostly what it holds. */
const wish = ownedPolicy.chain((old) =>
  fc.tuple(
    fc.constant(old),
    fc
      .tuple(fc.subarray([...permissionsOf(old)]), fc.array(stranger, { maxLength: 1 }))
      .map(([held, strange]): readonly Permission[] => [...held, ...strange]),
  ),
);

const reduce = (old: Policy, removals: readonly Permission[]): ReduceResult =>
  reducePolicy({ old, removals, protectedSids });

const permission = (
  action: string,
  resource: string,
  condition: Permission["condition"] = null,
): Permission => ({ action, resource, condition });

function asPolicy({ action, resource, condition }: Permission): Policy {
  const conditions = condition === null ? {} : { Condition: condition };
  return policyOf({ Effect: "Allow", Action: action, Resource: resource, ...conditions });
}

describe("the laws of reducing", () => {
  it("takes what was asked for and nothing else, tried on every request of a small world", () => {
    fc.assert(
      fc.property(wish, ([old, removals]) => {
        const { policy, removed } = reduce(old, removals);
        const taken = removed.map(asPolicy);
        for (const request of allRequests) {
          const before = evaluate(old, request);
          const after = evaluate(policy, request);
          if (after === "allowed") expect(before).toBe("allowed");
          if (before === "allowed" && after !== "allowed") {
            expect(taken.some((one) => evaluate(one, request) === "allowed")).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("proves each of its results", () => {
    fc.assert(
      fc.property(wish, ([old, removals]) => {
        expect(reduce(old, removals).proof).toEqual({ holds: true, outside: [], lost: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("names whatever is still allowed, and what is removed nothing allows any more", () => {
    fc.assert(
      fc.property(wish, ([old, removals]) => {
        const { policy, removed, notRemovable } = reduce(old, removals);
        const asked = new Set(notRemovable.map((one) => permissionKey(one.permission)));
        const gone = new Set(removed.map(permissionKey));
        for (const one of removals) {
          const key = permissionKey(one);
          expect([gone.has(key), asked.has(key)]).not.toEqual([true, true]);
          if (gone.has(key)) expect(allowingStatement(policy, one)).toBeNull();
          if (allowingStatement(policy, one) !== null) expect(asked.has(key)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("leaves people's and protected statements as they are, people's first and in their order", () => {
    fc.assert(
      fc.property(wish, ([old, removals]) => {
        const { policy } = reduce(old, removals);
        const people = ({ statements }: Policy) => statements.filter(({ sid }) => !isPlpSid(sid));
        const kept = ({ statements }: Policy) =>
          statements.filter(({ sid }) => protectedSids.includes(sid ?? ""));
        expect(people(policy)).toEqual(people(old));
        expect(kept(policy)).toEqual(kept(old));
        if (policy !== old) expect(policy.statements.slice(0, people(old).length)).toEqual(people(old));
      }),
    );
  });

  it("takes nothing the second time, and does not depend on the order of the removals", () => {
    fc.assert(
      fc.property(wish, ([old, removals]) => {
        const once = reduce(old, removals);
        expect(reduce(old, removals.toReversed())).toEqual(once);
        const twice = reduce(once.policy, removals);
        expect([twice.policy === once.policy, twice.removed]).toEqual([true, []]);
      }),
    );
  });
});

describe("a reduction", () => {
  const queue = "arn:aws:sqs:eu-central-1:111122223333:shop-orders";
  const own = {
    ...{ Sid: "PlpSqsShopOrders", Effect: "Allow" },
    ...{ Action: ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:TagQueue"], Resource: queue },
  };

  it("is one line less for one permission less", () => {
    const old = policyOf(own);
    const { policy, removed } = reduce(old, [permission("SQS:deletequeue", queue)]);
    const lines = printPolicy(old).split("\n");
    expect(removed).toEqual([permission("SQS:deletequeue", queue)]);
    expect(printPolicy(policy).split("\n")).toEqual(lines.filter((line) => !line.includes("DeleteQueue")));
  });

  it("leaves a statement out with its last permission, and the policy as it is without any", () => {
    const old = policyOf({ ...own, Sid: "Mine" }, { ...own, Sid: "PlpA", Action: ["sqs:ListQueues"] });
    expect(reduce(old, [permission("sqs:ListQueues", queue)]).policy.statements).toEqual([old.statements[0]]);
    expect(reduce(old, []).policy).toBe(old);
    expect(reduce(old, [permission("s3:ListBucket", "*")])).toMatchObject({ removed: [], notRemovable: [] });
  });

  it("divides a statement whose resources keep different actions, the largest part keeping the Sid", () => {
    const [a, b, c] = [`${queue}-a`, `${queue}-b`, `${queue}-c`];
    const old = policyOf({ ...own, Resource: [a, b, c] });
    const gone = [permission("sqs:DeleteQueue", b), permission("sqs:TagQueue", b)];
    const { policy, proof } = reduce(old, gone);
    expect(policy.statements.map(({ verbatim }) => verbatim)).toEqual([
      { ...own, Resource: [a, c] },
      { ...own, Sid: "PlpSqsShopOrdersB", Action: ["sqs:CreateQueue"], Resource: b },
    ]);
    expect(proof.holds).toBe(true);
    const whole = reduce(old, [
      permission("sqs:DeleteQueue", b),
      ...own.Action.map((one) => permission(one, a)),
    ]);
    expect(whole.policy.statements.map(({ sid, resources }) => [sid, resources])).toEqual([
      ["PlpSqsShopOrders", [c]],
      ["PlpSqsShopOrdersB", [b]],
    ]);
  });

  it("keeps the condition, and takes only what stands under the same one", () => {
    const condition = { StringEquals: { "aws:RequestedRegion": ["b", "a"] } };
    const old = policyOf({ ...own, Condition: condition });
    const there = { StringEquals: { "AWS:RequestedRegion": ["a", "b"] } };
    const { policy, removed } = reduce(old, [permission("sqs:TagQueue", queue, there)]);
    expect(removed).toHaveLength(1);
    expect(policy.statements[0]?.verbatim.Condition).toEqual(condition);
    expect(reduce(old, [permission("sqs:TagQueue", queue)])).toMatchObject({
      ...{ removed: [], policy: old },
      notRemovable: [{ detail: expect.stringMatching(/allows a part of it, or under another condition/) }],
    });
  });

  it.each<[string, readonly object[], RegExp]>([
    [
      "people's statement",
      [own, { ...own, Sid: "Mine" }],
      /statement "Mine", which is people's, allows it\.$/,
    ],
    ["a statement without a Sid", [{ ...own, Sid: undefined }], /statement number 0, which is people's/],
    [
      "a protected statement",
      [own, { ...own, Sid: "PlpKeep1" }],
      /"PlpKeep1", which is protected, allows it\.$/,
    ],
    [
      "a wider action",
      [own, { ...own, Sid: "PlpW", Action: "sqs:*" }],
      /"PlpW" allows it by a wider pattern/,
    ],
    [
      "a wider resource",
      [own, { ...own, Sid: "PlpW", Resource: "*" }],
      /"PlpW" allows it by a wider pattern/,
    ],
    [
      "a form that PLP does not write",
      [{ Sid: "PlpN", Effect: "Allow", NotAction: "iam:*", Resource: queue }],
      /"PlpN" allows it by a wider pattern/,
    ],
  ])("stops at %s, and says so", (_, statements, why) => {
    const old = policyOf(...statements.map((one) => JSON.parse(JSON.stringify(one))));
    const removal = permission("sqs:TagQueue", queue);
    const { policy, removed, notRemovable } = reduce(old, [removal]);
    expect([policy, removed]).toEqual([old, []]);
    expect(notRemovable).toEqual([
      { kind: "not-removable", detail: expect.stringMatching(why), permission: removal },
    ]);
  });

  it("stops at a part of people's permission, and says so", () => {
    const old = policyOf({ ...own, Sid: "Mine" });
    expect(reduce(old, [permission("sqs:TagQueue", "*")]).notRemovable).toMatchObject([
      { detail: expect.stringMatching(/"Mine", which is people's, allows a part of it/) },
    ]);
  });

  it("leaves what the proof cannot read, and says so", () => {
    const home = "arn:aws:s3:::home/${aws:username}/*";
    const old = policyOf({ Sid: "PlpHome", Effect: "Allow", Action: ["s3:GetObject"], Resource: home });
    const { policy, notRemovable, proof } = reduce(old, [permission("s3:GetObject", home)]);
    expect([policy, proof.holds]).toEqual([old, true]);
    expect(notRemovable).toMatchObject([
      { detail: expect.stringMatching(/cannot be shown what its removal/) },
    ]);
  });
});
