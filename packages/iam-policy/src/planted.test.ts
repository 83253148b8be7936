import { beforeEach, describe, expect, it, vi } from "vitest";
import type { allowingStatement } from "./covers.ts";
import { fitPolicy } from "./fit.ts";
import type { growPolicy } from "./grow.ts";
import { mergePolicy } from "./merge.ts";
import { policySize } from "./print.ts";
import { addition, policyOf } from "./testing.ts";
import type { Policy, Statement } from "./types.ts";

type Covers = typeof allowingStatement;
type Grow = typeof growPolicy;

/** What stands in the place of the real one, which each is given first; null: nothing does. */
const planted: {
  covers: ((real: Covers, ...asked: Parameters<Covers>) => Statement | null) | null;
  grow: ((real: Grow, ...asked: Parameters<Grow>) => Policy) | null;
} = vi.hoisted(() => ({ covers: null, grow: null }));

vi.mock(import("./covers.ts"), async (original) => {
  const real = await original();
  const allowing: Covers = (...asked) =>
    planted.covers === null
      ? real.allowingStatement(...asked)
      : planted.covers(real.allowingStatement, ...asked);
  return { ...real, allowingStatement: allowing };
});
vi.mock(import("./grow.ts"), async (original) => {
  const real = await original();
  const grow: Grow = (...asked) =>
    planted.grow === null ? real.growPolicy(...asked) : planted.grow(real.growPolicy, ...asked);
  return { growPolicy: grow };
});

beforeEach(() => {
  planted.covers = null;
  planted.grow = null;
});

const eu = { StringEquals: { "aws:RequestedRegion": ["eu-central-1"] } };
const old = policyOf(
  { Sid: "Mine", Effect: "Allow", Action: "s3:Get*", Resource: "arn:aws:s3:::b/*", Condition: eu },
  { Sid: "PlpSqsQ", Effect: "Allow", Action: ["sqs:SendMessage"], Resource: "arn:aws:sqs:*:*:q" },
);
const additions = [
  addition("s3:GetObject", "arn:aws:s3:::b/*"),
  addition("s3:GetObject", "arn:aws:s3:::c/*"),
  addition("s3:GetObject", "arn:aws:s3:::b/x", eu),
  addition("sqs:ReceiveMessage", "arn:aws:sqs:*:*:q"),
];

/** Each a way in which a cover could say yes too often. */
const bugs: readonly (readonly [string, NonNullable<typeof planted.covers>])[] = [
  ["finds everything covered", (_, { statements }) => statements[0] ?? null],
  [
    "forgets the condition",
    (real, { statements, ...policy }, ...rest) =>
      real({ ...policy, statements: statements.map((one) => ({ ...one, conditions: null })) }, ...rest),
  ],
  [
    "forgets the resource",
    (real, policy, permission, ...rest) =>
      policy.statements.find((one) =>
        (one.resources ?? []).some((resource) => real(policy, { ...permission, resource }, ...rest) === one),
      ) ?? null,
  ],
  [
    "looks at the service only",
    (real, policy, { action, ...permission }, ...rest) =>
      policy.statements.find((one) =>
        (one.actions ?? []).some(
          (other) =>
            other.split(":")[0] === action.split(":")[0] &&
            real(policy, { ...permission, action: other }, ...rest) === one,
        ),
      ) ?? null,
  ],
];

describe("a bug planted in cover", () => {
  it.each(bugs)("that %s loses no permission of a merge: the proof does not believe it", (_, bug) => {
    const right = mergePolicy({ old, additions });
    expect([right.kept, right.added.length]).toEqual([1, 3]);
    planted.covers = bug;
    expect(mergePolicy({ old, additions })).toEqual(right);
  });

  it.each(bugs)("that %s leaves nothing out of what is fitted", (_, bug) => {
    const policy = policyOf(
      {
        ...{ Sid: "PlpA", Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"] },
        ...{ Resource: ["b/*", "d/*"], Condition: eu },
      },
      { Sid: "PlpB", Effect: "Allow", Action: ["s3:GetObject"], Resource: "b/*" },
      { Sid: "PlpC", Effect: "Allow", Action: ["s3:ListBucket"], Resource: ["b/*", "c/*"] },
      { Sid: "PlpD", Effect: "Allow", Action: ["s3:PutObject"], Resource: "c/*" },
    );
    planted.covers = bug;
    const fit = fitPolicy(policy, { max: policySize(policy) - 1, maxParts: 1 });
    expect([fit.rewritten, fit.policy]).toEqual([false, policy]);
  });
});

describe("a bug planted in the merge", () => {
  const merged = (bug: NonNullable<typeof planted.grow>) => {
    planted.grow = bug;
    return mergePolicy({ old, additions }).proof;
  };
  const changed = (policy: Policy, change: (statement: object, at: number) => object | null): Policy =>
    policyOf(...policy.statements.flatMap(({ verbatim }, at) => change(verbatim, at) ?? []));

  it("that writes more is caught", () => {
    const wide = merged((real, ...asked) => changed(real(...asked), (one) => ({ ...one, Resource: "*" })));
    expect([wide.wider, wide.lost]).toEqual([true, []]);
  });

  it("that leaves an addition out is caught", () => {
    const { wider, lost } = merged((real, policy, permissions, ...rest) =>
      real(policy, permissions.slice(1), ...rest),
    );
    expect([wider, lost]).toEqual([
      false,
      [{ action: "s3:GetObject", resource: "arn:aws:s3:::b/*", condition: null }],
    ]);
  });

  it("that loses what people wrote, or narrows it, is caught", () => {
    const region = { StringEquals: { "aws:RequestedRegion": ["eu-central-1"] } };
    const gone = merged((real, ...asked) => changed(real(...asked), (one, at) => (at === 0 ? null : one)));
    expect([gone.wider, gone.lost.map(({ condition }) => condition)]).toEqual([false, [region]]);
    const narrow = merged((real, ...asked) =>
      changed(real(...asked), (one, at) => (at === 0 ? { ...one, Action: "s3:GetObject" } : one)),
    );
    expect([narrow.wider, narrow.lost.length]).toEqual([false, 1]);
  });

  it("that adds a Deny is caught", () => {
    const deny = { Effect: "Deny", Action: "sqs:*", Resource: "*" };
    const { wider, lost } = merged((real, ...asked) => {
      const { statements } = real(...asked);
      return policyOf(...statements.map(({ verbatim }) => verbatim), deny);
    });
    expect([wider, lost.map(({ action }) => action)]).toEqual([
      false,
      ["sqs:SendMessage", "sqs:ReceiveMessage"],
    ]);
  });
});
