import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowingStatement } from "./covers.ts";
import { evaluate } from "./evaluate.ts";
import { permissionsOf } from "./permission.ts";
import { printPolicy } from "./print.ts";
import { restorePolicy } from "./restore.ts";
import { isPlpSid } from "./sid.ts";
import { allRequests, policyOf, smallPolicy } from "./testing.ts";
import type { Permission, Policy } from "./types.ts";

const protectedSids = ["PlpKeep0", "PlpKeep1", "PlpKeep2", "PlpKeep3"];

/** Policies in which some statements are PLP's, and some of those protected. */
const ownedPolicy: fc.Arbitrary<Policy> = fc
  .tuple(smallPolicy, fc.array(fc.constantFrom("Plp", "PlpKeep", "Mine"), { minLength: 4, maxLength: 4 }))
  .map(([{ statements }, owners]) =>
    policyOf(...statements.map(({ verbatim }, at) => ({ Sid: `${owners[at]}${at}`, ...verbatim }))),
  );

const allow = (sid: string, action: readonly string[], resource = "*", more: object = {}) => ({
  ...{ Sid: sid, Effect: "Allow", Action: action, Resource: resource },
  ...more,
});
const restore = (old: Policy, to: Policy, only: readonly string[] | null = null) =>
  restorePolicy({ old, to, only, protectedSids });
const actions = (permissions: readonly Permission[]) => permissions.map(({ action }) => action);

function asPolicy({ action, resource, condition }: Permission): Policy {
  const conditions = condition === null ? {} : { Condition: condition };
  return policyOf({ Effect: "Allow", Action: action, Resource: resource, ...conditions });
}

describe("the laws of restoring", () => {
  it("what returns is listed and was allowed then, what goes is listed, tried on every request of a small world", () => {
    fc.assert(
      fc.property(ownedPolicy, ownedPolicy, (old, to) => {
        const { policy, added, removed, proof } = restore(old, to);
        expect(proof.holds).toBe(true);
        const [came, gone] = [added.map(asPolicy), removed.map(asPolicy)];
        for (const request of allRequests) {
          const [before, after] = [evaluate(old, request), evaluate(policy, request)];
          if (after === "allowed" && before !== "allowed") {
            expect(came.some((one) => evaluate(one, request) === "allowed")).toBe(true);
            expect(evaluate(to, request)).toBe("allowed");
          }
          if (before === "allowed" && after !== "allowed")
            expect(gone.some((one) => evaluate(one, request) === "allowed")).toBe(true);
        }
      }),
    );
  });

  it("people's and protected statements, and every Deny, stay as they are", () => {
    fc.assert(
      fc.property(ownedPolicy, ownedPolicy, (old, to) => {
        const theirs = ({ statements }: Policy) =>
          statements
            .filter(
              ({ sid, effect }) => !isPlpSid(sid) || protectedSids.includes(sid ?? "") || effect === "Deny",
            )
            .map(({ verbatim }) => JSON.stringify(verbatim))
            .sort();
        expect(theirs(restore(old, to).policy)).toEqual(theirs(old));
      }),
    );
  });

  it("twice is once", () => {
    fc.assert(
      fc.property(ownedPolicy, ownedPolicy, (old, to) => {
        const once = restore(old, to);
        const twice = restore(once.policy, to);
        expect([twice.added, twice.removed]).toEqual([[], []]);
        expect(printPolicy(twice.policy)).toBe(printPolicy(once.policy));
      }),
    );
  });
});

describe("restoring", () => {
  const then = policyOf(allow("PlpSqs", ["sqs:CreateQueue", "sqs:ListQueues"]));
  const now = policyOf(allow("PlpSqs", ["sqs:ListQueues", "sqs:PurgeQueue"]));

  it("brings back what was taken and takes what was added", () => {
    const { policy, added, removed, questions } = restore(now, then);
    expect(added).toMatchObject([{ action: "sqs:CreateQueue", basis: "kept", calls: null }]);
    expect(actions(removed)).toEqual(["sqs:PurgeQueue"]);
    expect(questions).toEqual([]);
    expect(actions(permissionsOf(policy))).toEqual(["sqs:CreateQueue", "sqs:ListQueues"]);
  });

  it("leaves alone what was not named, whatever the case of the name", () => {
    const { added, removed } = restore(now, then, ["SQS:createqueue"]);
    expect([actions(added), actions(removed)]).toEqual([["sqs:CreateQueue"], []]);
  });

  it("from nothing and to nothing", () => {
    expect(actions(restore(policyOf(), then).added)).toEqual(["sqs:CreateQueue", "sqs:ListQueues"]);
    const { policy, removed } = restore(then, policyOf());
    expect([policy.statements, actions(removed)]).toEqual([[], ["sqs:CreateQueue", "sqs:ListQueues"]]);
  });

  it("narrows what was widened since, and says only what goes", () => {
    const narrow = policyOf(allow("PlpS3", ["s3:GetObject"], "arn:aws:s3:::shop/in/*"));
    const wide = policyOf(allow("PlpS3", ["s3:GetObject"], "arn:aws:s3:::shop/*"));
    const { policy, added, removed } = restore(wide, narrow);
    expect([added, removed.map(({ resource }) => resource)]).toEqual([[], ["arn:aws:s3:::shop/*"]]);
    expect(permissionsOf(policy).map(({ resource }) => resource)).toEqual(["arn:aws:s3:::shop/in/*"]);
  });

  it("gives back what people granted in PLP's own statement, and leaves what people have written since", () => {
    const theirs = policyOf(allow("Team", ["kms:Decrypt"]));
    const { policy, added } = restore(policyOf(), theirs);
    expect(actions(added)).toEqual(["kms:Decrypt"]);
    expect(isPlpSid(policy.statements[0]?.sid ?? null)).toBe(true);
    const back = restore(theirs, policyOf());
    expect(back.policy).toBe(theirs);
    expect(back.questions).toMatchObject([{ kind: "not-restored", detail: expect.stringContaining("Team") }]);
  });

  it("writes no wildcard and no Deny again, and nothing that the Deny refused: each is a question", () => {
    const old = policyOf(
      allow("Team", ["s3:Get*"]),
      allow("PlpS3", ["s3:PutObject"], "arn:aws:s3:::shop/*"),
      { Sid: "Never", Effect: "Deny", Action: "s3:PutObject", Resource: "arn:aws:s3:::shop/locked/*" },
    );
    const { policy, added, questions } = restore(policyOf(), old);
    expect([policy.statements, added]).toEqual([[], []]);
    expect(questions.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/"s3:Get\*".*wildcard/),
      expect.stringMatching(/"s3:PutObject".*a Deny that refused a part of it/),
      expect.stringMatching(/Statement "Never" stood there/),
    ]);
  });

  it("leaves protected statements as they are, and says so", () => {
    const old = policyOf(allow("PlpKeep0", ["sqs:PurgeQueue"]));
    const { policy, removed, questions } = restore(old, policyOf());
    expect([policy, removed]).toEqual([old, []]);
    expect(questions).toHaveLength(1);
    expect(
      allowingStatement(policy, { action: "sqs:PurgeQueue", resource: "*", condition: null }),
    ).not.toBeNull();
  });

  it("asks before what returns is written", () => {
    const seen: string[] = [];
    const mayReturn = (
      missing: Parameters<NonNullable<Parameters<typeof restorePolicy>[0]["mayReturn"]>>[0],
    ) => {
      seen.push(...actions(missing));
      return [];
    };
    const { added } = restorePolicy({ old: now, to: then, only: null, protectedSids, mayReturn });
    expect([seen, added]).toEqual([["sqs:CreateQueue"], []]);
  });
});
