import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scopeOf } from "../testing.ts";
import { type Analysis, type ObservedPermission, sumUsage } from "./analysis.ts";
import { joinAnalysis } from "./join.ts";

type Hour = Parameters<typeof sumUsage>[0][number];

const used = (action: string, more: Partial<ObservedPermission> = {}): ObservedPermission => ({
  action,
  resource: "*",
  condition: null,
  inferred: false,
  authorized: 1,
  failed: 0,
  denied: 0,
  deniedBy: null,
  first: "2026-11-17T10:00:00.000Z",
  last: "2026-11-17T10:00:00.000Z",
  regions: ["eu-central-1"],
  examples: [],
  ...more,
});
const refused = (action: string, more: Partial<ObservedPermission> = {}) =>
  used(action, { authorized: 0, denied: 2, deniedBy: "identity", ...more });
const window = { from: "2026-11-16T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };
const analysis = (
  permissions: readonly ObservedPermission[] | null,
  more: Partial<Omit<Analysis, "generated">> & { readonly generated?: readonly string[] } = {},
): Analysis => ({
  schemaVersion: 1,
  run: "run-1",
  role: { arn: "arn:aws:iam::111122223333:role/x", uniqueId: "AROA" },
  window,
  gaps: [],
  trail: permissions && { permissions, unmapped: [] },
  lastAccessed: null,
  ...more,
  generated: more.generated === undefined ? null : { policies: more.generated, complete: false },
});
const generated = (...actions: string[]) => [
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] }),
];
const join = (found: Analysis) => joinAnalysis(found, scopeOf());

describe("The trail decides", () => {
  it("what was authorized is seen, what was inferred is labelled", () => {
    const { additions } = join(
      analysis([used("sqs:ListQueues", { authorized: 5 }), used("iam:PassRole", { inferred: true })]),
    );
    expect(additions).toMatchObject([
      { action: "sqs:ListQueues", basis: "seen", calls: 5, widened: false },
      { action: "iam:PassRole", basis: "inferred" },
    ]);
  });

  it("what was only denied is told and never added, also when Access Analyzer names it", () => {
    const found = join(
      analysis([refused("iam:GetRole", { resource: "arn:aws:iam::111122223333:role/x" })], {
        generated: generated("iam:GetRole"),
      }),
    );
    expect(found.additions).toEqual([]);
    expect(found.denied).toMatchObject([{ action: "iam:GetRole", count: 2, by: "identity" }]);
    expect(found.questions).toEqual([]);
  });

  it("a refusal of which nobody tells the resource is no news where the action was allowed", () => {
    const found = join(analysis([used("iam:GetRole"), refused("iam:GetRole", { resource: null })]));
    expect(found.denied).toEqual([]);
    expect(join(analysis([refused("iam:GetRole", { resource: null })])).denied).toHaveLength(1);
  });

  it("what Access Analyzer names and the trail does not hold is a question, not an addition", () => {
    const found = join(
      analysis([used("sqs:ListQueues")], { generated: generated("sqs:ListQueues", "s3:ListAllMyBuckets") }),
    );
    expect(found.additions.map(({ action }) => action)).toEqual(["sqs:ListQueues"]);
    expect(found.questions).toMatchObject([{ kind: "not-in-trail" }]);
    expect(found.questions[0]?.detail).toContain("s3:ListAllMyBuckets");
  });

  it("a service that IAM saw in the window and of which no call is known is a question", () => {
    const found = join(
      analysis([used("sqs:ListQueues")], {
        lastAccessed: [
          { service: "sqs", lastAuthenticated: "2026-11-20T00:00:00.000Z" },
          { service: "dynamodb", lastAuthenticated: "2026-11-20T00:00:00.000Z" },
          { service: "s3", lastAuthenticated: "2026-11-01T00:00:00.000Z" },
          { service: "ec2", lastAuthenticated: null },
        ],
      }),
    );
    expect(found.questions).toEqual([
      {
        ...{ kind: "service-level", subject: "dynamodb" },
        detail: "IAM says that dynamodb was used, last on 2026-11-20; which actions is not known",
      },
    ]);
  });

  it("a call that maps to no action is a question with its count", () => {
    const unmapped = [{ eventSource: "x.amazonaws.com", eventName: "Y", count: 1 }];
    const found = join(analysis(null, { trail: { permissions: [], unmapped } }));
    expect(found.questions).toMatchObject([
      { kind: "unmapped", detail: expect.stringContaining("called 1 time,") },
    ]);
  });

  it("a resource that nobody tells is widened in account and Regions of use, and marked", () => {
    const found = join(
      analysis([used("sqs:CreateQueue", { resource: null, regions: ["eu-central-1", "us-east-1"] })]),
    );
    expect(found.additions.map(({ resource, widened }) => [resource, widened])).toEqual([
      ["arn:aws:sqs:eu-central-1:111122223333:*", true],
      ["arn:aws:sqs:us-east-1:111122223333:*", true],
    ]);
  });

  it("an action without resources is not called widened", () => {
    const found = join(analysis([used("sts:GetCallerIdentity", { resource: null })]));
    expect(found.additions).toMatchObject([{ resource: "*", widened: false }]);
  });
});

describe("Without a trail", () => {
  it("Access Analyzer's answer is all there is, without counts, and the findings say so", () => {
    const found = join(analysis(null, { generated: generated("sqs:ListQueues") }));
    expect(found.withoutTrail).toBe(true);
    expect(found.additions).toMatchObject([{ action: "sqs:ListQueues", calls: null }]);
    expect(found.denied).toEqual([]);
  });

  it("and without an analyzer nothing is known", () => {
    expect(join(analysis(null))).toEqual({ additions: [], denied: [], questions: [], withoutTrail: true });
  });
});

describe("The hours of a window", () => {
  const example = (eventID: string, eventTime: string) => ({
    eventID,
    eventTime,
    sessionName: null,
    userAgent: null,
    sourceIPAddress: null,
  });

  it("add up: counts, span, Regions, the first three examples once each", () => {
    const hour = (region: string, at: string, ids: readonly string[]): Hour => ({
      region,
      permissions: [
        { ...used("sqs:ListQueues", { first: at, last: at, examples: ids.map((id) => example(id, at)) }) },
      ],
      unmapped: [{ eventSource: "x", eventName: "Y", count: 2 }],
    });
    const sum = sumUsage([
      hour("us-east-1", "2026-11-17T11:00:00.000Z", ["c", "d"]),
      hour("eu-central-1", "2026-11-17T10:00:00.000Z", ["a", "b"]),
      hour("eu-central-1", "2026-11-17T12:00:00.000Z", ["a"]),
    ]);
    expect(sum.permissions).toMatchObject([
      {
        authorized: 3,
        first: "2026-11-17T10:00:00.000Z",
        last: "2026-11-17T12:00:00.000Z",
        regions: ["eu-central-1", "us-east-1"],
      },
    ]);
    expect(sum.permissions[0]?.examples.map(({ eventID }) => eventID)).toEqual(["a", "b", "c"]);
    expect(sum.unmapped).toEqual([{ eventSource: "x", eventName: "Y", count: 6 }]);
  });

  it("come to the same in whatever order they are added", () => {
    const by = fc.constantFrom("identity", "scp", "boundary", "resource", "session", "unknown");
    const time = fc.constantFrom(
      "2026-11-17T10:00:00.000Z",
      "2026-11-17T11:00:00.000Z",
      "2026-11-17T12:00:00.000Z",
    );
    const permission = fc
      .record({
        action: fc.constantFrom("a:B", "c:D"),
        denied: fc.nat(2),
        authorized: fc.nat(2),
        deniedBy: by,
        at: time,
        id: fc.constantFrom("1", "2", "3", "4", "5"),
      })
      .map(({ action, denied, authorized, deniedBy, at, id }) =>
        used(action, {
          denied,
          authorized,
          deniedBy: denied > 0 ? (deniedBy as "scp") : null,
          first: at,
          last: at,
          examples: [example(id, `2026-11-17T1${id}:00:00.000Z`)],
        }),
      );
    const hours = fc.array(
      fc.record({
        region: fc.constantFrom("eu-central-1", "us-east-1"),
        permissions: fc.array(permission, { maxLength: 2 }),
        unmapped: fc.constant([]),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(hours, fc.infiniteStream(fc.nat()), (given, random) => {
        const shuffled = given
          .map((hour) => ({ hour, at: random.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ hour }) => hour);
        expect(sumUsage(shuffled)).toEqual(sumUsage(given));
      }),
    );
  });
});
