import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backtest, type RecordedUse } from "./backtest.ts";
import { evaluate } from "./evaluate.ts";
import { allRequests, policyOf, smallPolicy } from "./testing.ts";
import type { ConditionBlock } from "./types.ts";

const queue = "arn:aws:sqs:eu-central-1:111122223333:orders";
const role = "arn:aws:iam::111122223333:role/worker";

function use(action: string, resource: string | null, more: Partial<RecordedUse> = {}): RecordedUse {
  return { action, resource, condition: null, count: 1, lastSeen: "2026-11-20T10:00:00Z", ...more };
}

const allow = (Action: string | readonly string[], Resource: string, Condition?: object) => ({
  Effect: "Allow",
  ...{ Action, Resource },
  ...(Condition === undefined ? {} : { Condition }),
});
const deny = (Action: string, Resource: string) => ({ Effect: "Deny", Action, Resource });
const passedTo = (...services: string[]): ConditionBlock => ({
  StringEquals: { "iam:PassedToService": services },
});

describe("a backtest", () => {
  it("counts calls, says which would be denied and why, the most calls first", () => {
    const policy = policyOf(allow("sqs:*", queue), deny("sqs:DeleteQueue", "*"));
    const used = [
      use("sqs:SendMessage", queue, { count: 40 }),
      use("sqs:DeleteQueue", queue, { count: 2 }),
      use("s3:ListBucket", "arn:aws:s3:::shop", { count: 3, lastSeen: "2026-11-18T10:00:00Z" }),
      use("s3:ListBucket", "arn:aws:s3:::shop", { count: 4, lastSeen: "2026-11-19T10:00:00Z" }),
    ];
    expect(backtest({ policy, used })).toEqual({
      calls: 49,
      allowed: 40,
      wouldBeDenied: [
        {
          ...{ action: "s3:ListBucket", resource: "arn:aws:s3:::shop", condition: null, count: 7 },
          ...{ lastSeen: "2026-11-19T10:00:00Z", reason: "no-allow" },
        },
        {
          ...{ action: "sqs:DeleteQueue", resource: queue, condition: null, count: 2 },
          ...{ lastSeen: "2026-11-20T10:00:00Z", reason: "deny" },
        },
      ],
      undecided: [],
    });
  });

  it("asks the boundary too: both must allow, and what the policy refuses is the policy's refusal", () => {
    const policy = policyOf(allow("sqs:*", "*"));
    const boundary = policyOf(allow("sqs:Send*", "*"), allow("s3:*", "*"));
    const used = [use("sqs:SendMessage", queue), use("sqs:DeleteQueue", queue), use("s3:GetObject", "x")];
    const { allowed, wouldBeDenied } = backtest({ policy, boundary, used });
    expect(allowed).toBe(1);
    expect(wouldBeDenied.map(({ action, reason }) => [action, reason])).toEqual([
      ["sqs:DeleteQueue", "boundary"],
      ["s3:GetObject", "no-allow"],
    ]);
  });

  it("knows what a call is known to have carried, such as the service that a role was passed to", () => {
    const policy = policyOf(allow("iam:PassRole", role, passedTo("lambda.amazonaws.com")));
    const used = [
      use("iam:PassRole", role, { condition: passedTo("lambda.amazonaws.com") }),
      use("iam:PassRole", role, { condition: passedTo("ec2.amazonaws.com") }),
    ];
    const { allowed, wouldBeDenied } = backtest({ policy, used });
    expect(allowed).toBe(1);
    expect(wouldBeDenied).toMatchObject([{ condition: passedTo("ec2.amazonaws.com"), reason: "no-allow" }]);
    const either = use("iam:PassRole", role, {
      condition: passedTo("ec2.amazonaws.com", "lambda.amazonaws.com"),
    });
    expect(backtest({ policy, used: [either] }).undecided).toMatchObject([{ reason: "condition" }]);
  });

  it("takes what else is known of a call into account, and leaves open what is not", () => {
    const here = { StringEquals: { "aws:RequestedRegion": "eu-central-1" } };
    const policy = policyOf(
      allow("sqs:*", "*", here),
      allow("sns:*", "*", { Bool: { "aws:ViaAWSService": "true" } }),
    );
    const used = [
      use("sqs:SendMessage", queue, { context: { "aws:requestedregion": ["eu-central-1"] } }),
      use("sqs:SendMessage", queue, { context: { "aws:requestedregion": ["us-east-1"] } }),
      use("sns:Publish", "arn:aws:sns:eu-central-1:111122223333:news"),
    ];
    const { allowed, wouldBeDenied, undecided } = backtest({ policy, used });
    expect(allowed).toBe(1);
    expect(wouldBeDenied).toMatchObject([{ action: "sqs:SendMessage", count: 1, reason: "no-allow" }]);
    expect(undecided).toMatchObject([{ action: "sns:Publish", reason: "condition" }]);
  });

  it("decides of a resource that no record tells only what holds for all that it can be", () => {
    const topics = "arn:aws:sns:eu-central-1:111122223333:*";
    const policy = policyOf(
      allow("sns:CreateTopic", topics),
      allow("sns:Publish", `${topics.slice(0, -1)}news`),
    );
    const told = { patterns: [topics] };
    const used = [
      use("sns:CreateTopic", null, told),
      use("sns:Publish", null, told),
      use("sns:DeleteTopic", null, told),
      use("sns:CreateTopic", null, { patterns: [topics, "arn:aws:sns:us-east-1:111122223333:*"] }),
      use("sns:Publish", null),
    ];
    const { allowed, wouldBeDenied, undecided } = backtest({ policy, used });
    expect(allowed).toBe(1);
    expect(wouldBeDenied).toMatchObject([{ action: "sns:DeleteTopic", reason: "no-allow" }]);
    expect(undecided).toMatchObject([
      { action: "sns:Publish", count: 2, reason: "resource" },
      { action: "sns:CreateTopic", count: 1, reason: "resource" },
    ]);
    const refused = policyOf(allow("sns:*", "*"), { ...deny("sns:*", "*"), Resource: topics });
    expect(backtest({ policy: refused, used: used.slice(0, 1) }).wouldBeDenied).toMatchObject([
      { reason: "deny" },
    ]);
  });

  it("never decides of a call without a known action, nor of a statement that it does not understand", () => {
    const unmapped = [{ eventSource: "x.amazonaws.com", eventName: "Y", count: 5 }];
    const policy = policyOf({ ...allow("sqs:*", "*"), Principal: "*" });
    const { calls, undecided } = backtest({ policy, used: [use("sqs:SendMessage", queue)], unmapped });
    expect(calls).toBe(6);
    expect(undecided.map(({ action, count, reason }) => [action, count, reason])).toEqual([
      ["x.amazonaws.com Y", 5, "unmapped"],
      ["sqs:SendMessage", 1, "condition"],
    ]);
  });

  it("says of every call what the evaluator says of it, and counts none twice or never", () => {
    fc.assert(
      fc.property(smallPolicy, fc.option(smallPolicy), (policy, boundary) => {
        const used = allRequests.map(({ action, resource, context = {} }) =>
          use(action, resource, { context }),
        );
        const { calls, allowed, wouldBeDenied, undecided } = backtest({ policy, boundary, used });
        const verdicts = allRequests.map((request) =>
          [policy, boundary].flatMap((one) => (one === null ? [] : [evaluate(one, request)])),
        );
        const sum = (lines: readonly { count: number }[]) => lines.reduce((all, { count }) => all + count, 0);
        expect(calls).toBe(used.length);
        expect(allowed).toBe(verdicts.filter((of) => of.every((one) => one === "allowed")).length);
        expect(sum(wouldBeDenied)).toBe(
          verdicts.filter((of) => of.some((one) => one === "denied" || one === "unmatched")).length,
        );
        expect(allowed + sum(wouldBeDenied) + sum(undecided)).toBe(calls);
      }),
    );
  });

  it("says of a pattern what it says of everything within it", () => {
    fc.assert(
      fc.property(smallPolicy, fc.constantFrom("*", "a*", "?", "*b"), (policy, pattern) => {
        const within = allRequests.filter(({ resource }) =>
          new RegExp(`^${pattern.replace("*", ".*").replace("?", ".")}$`, "s").test(resource),
        );
        for (const { action, context = {} } of within) {
          const { allowed, wouldBeDenied } = backtest({
            policy,
            used: [use(action, null, { patterns: [pattern], context })],
          });
          const same = within.filter((one) => one.action === action && one.context === context);
          const each = same.map((request) => evaluate(policy, request));
          if (allowed === 1) expect(each.every((one) => one === "allowed")).toBe(true);
          if (wouldBeDenied.length === 1) expect(each.includes("allowed")).toBe(false);
        }
      }),
    );
  });
});
