import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergePolicy } from "./merge.ts";
import { emptyPolicy } from "./parse.ts";
import { parseParts, partPath, splitParts } from "./parts.ts";
import { policySize, printPolicy } from "./print.ts";
import { addition, policyOf } from "./testing.ts";
import type { Policy } from "./types.ts";

const queueActions = [
  "sqs:CreateQueue",
  "sqs:DeleteQueue",
  "sqs:TagQueue",
  "sqs:GetQueueUrl",
  "sqs:SendMessage",
];
const queues = (count: number, actions = queueActions) =>
  Array.from({ length: count }, (_, at) => at).flatMap((at) =>
    actions.map((action) => addition(action, `arn:aws:sqs:eu-central-1:111122223333:queue-${at}`)),
  );
const merged = (old: Policy, count: number, actions?: string[]) =>
  mergePolicy({ old, additions: queues(count, actions) }).policy;
const keys = (policies: readonly Policy[]) =>
  policies.flatMap(({ statements }) => statements.map(({ verbatim }) => JSON.stringify(verbatim))).sort();

describe("splitting a policy into parts", () => {
  it("holds every statement once, in parts that fit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 700, max: 6144 }), (count, max) => {
        const policy = merged(emptyPolicy, count);
        const { parts, exact } = splitParts(policy, { max, maxParts: 100 });
        expect(keys(parts.map((part) => part.policy))).toEqual(keys([policy]));
        expect(exact).toBe(true);
        for (const part of parts)
          expect([part.size, part.size <= max]).toEqual([policySize(part.policy), true]);
      }),
      { numRuns: 40 },
    );
  });

  it("moves nothing when a statement grows or a new one comes, but into one part", () => {
    const before = splitParts(merged(emptyPolicy, 60)).parts.map((part) => part.policy);
    const old = parseParts(
      before.map((part, at) => ({ path: `${at}.json`, text: printPolicy(part) })),
    ).policy;
    const grown = mergePolicy({
      old,
      additions: [addition("sqs:ListQueueTags", "arn:aws:sqs:eu-central-1:111122223333:queue-59")],
    });
    const after = splitParts(grown.policy, { previous: before }).parts.map((part) => part.policy);
    const touched = after.filter((part, at) => printPolicy(part) !== printPolicy(before[at] ?? emptyPolicy));
    expect(before.length).toBeGreaterThan(1);
    expect(touched).toHaveLength(1);
  });

  it("gives back the very parts when nothing changed, however they were ordered", () => {
    const previous = [
      policyOf(
        { Sid: "PlpB", Effect: "Allow", Action: "a:b", Resource: "*" },
        { Sid: "Mine", Effect: "Allow", Action: "a:c", Resource: "*" },
      ),
    ];
    const { policy } = parseParts(previous.map((part) => ({ path: "p.json", text: printPolicy(part) })));
    expect(splitParts(policy, { previous }).parts[0]?.policy).toBe(previous[0]);
  });

  it("leaves people's statements in the file they stand in, and PLP's after them", () => {
    const mine = { Sid: "Mine", Effect: "Allow", Action: "s3:*", Resource: "*" };
    const previous = [policyOf({ ...mine, Sid: "First" }), policyOf(mine)];
    const old = { ...emptyPolicy, statements: previous.flatMap(({ statements }) => statements) };
    const { parts } = splitParts(merged(old, 3), { previous });
    const sids = parts.map((part) => part.policy.statements.map(({ sid }) => sid));
    expect(sids).toEqual([["First", "PlpSqsQueue0", "PlpSqsQueue1", "PlpSqsQueue2"], ["Mine"]]);
  });

  it("says which statement is too large, and drops it not", () => {
    const policy = merged(emptyPolicy, 1, queueActions);
    const { parts, exact, tooLarge } = splitParts(policy, { max: 200 });
    expect(exact).toBe(false);
    expect(tooLarge).toEqual([{ sid: "PlpSqsQueue0", size: policySize(policy) }]);
    expect(keys(parts.map((part) => part.policy))).toEqual(keys([policy]));
  });

  it("says when there are more parts than a role can carry", () => {
    expect(splitParts(merged(emptyPolicy, 40), { max: 700, maxParts: 3 }).exact).toBe(false);
  });
});

describe("reading the parts", () => {
  it("takes no file and an empty file for the empty policy", () => {
    expect(parseParts([]).policy).toEqual(emptyPolicy);
    expect(parseParts([{ path: "p.json", text: " \n" }]).policy).toEqual(emptyPolicy);
  });

  it("refuses files whose versions read ${ differently", () => {
    const file = (version: string, resource: string) => ({
      path: `${version}.json`,
      text: JSON.stringify({
        Version: version,
        Statement: { Effect: "Allow", Action: "s3:*", Resource: resource },
      }),
    });
    expect(() => parseParts([file("2012-10-17", "*"), file("2008-10-17", "a${*}")])).toThrow(
      /different Versions/,
    );
    expect(parseParts([file("2012-10-17", "*"), file("2008-10-17", "a")]).policy.version).toBe("2012-10-17");
  });

  it("names the file in an error", () => {
    expect(() => parseParts([{ path: "prod.2.json", text: "{" }])).toThrow(/^prod\.2\.json: not JSON/);
  });

  it("knows the file of each part", () => {
    expect([1, 2, 3].map((part) => partPath("policies/prod.json", part))).toEqual([
      "policies/prod.json",
      "policies/prod.2.json",
      "policies/prod.3.json",
    ]);
  });
});
