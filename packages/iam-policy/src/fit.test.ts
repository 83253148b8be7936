import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FitOptions, type FitResult, fitPolicy } from "./fit.ts";
import { mergePolicy } from "./merge.ts";
import { emptyPolicy, parsePolicy } from "./parse.ts";
import { parseParts } from "./parts.ts";
import { policyHash, policySize, printPolicy } from "./print.ts";
import { reducePolicy } from "./reduce.ts";
import { actionsOf } from "./service-reference.ts";
import { isPlpSid } from "./sid.ts";
import { addition, allRequests, policyOf, smallPolicy } from "./testing.ts";
import { allWorlds, naivelyAllowed } from "./testing-naive.ts";
import type { Addition, Policy } from "./types.ts";

const sqs = actionsOf("sqs").map(({ action }) => action);
const queue = (at: number) => `arn:aws:sqs:eu-central-1:111122223333:queue-${at}`;

/** Queues of which each has some actions of its own. */
const own = (queues: readonly (readonly number[])[]): readonly Addition[] =>
  queues.flatMap((picks, at) => picks.map((pick) => addition(sqs[pick % sqs.length] ?? "", queue(at))));

/** Each queue with five actions; every eleventh has the same. */
const fleet = (count: number) =>
  own(Array.from({ length: count }, (_, at) => [0, 1, 2, 3, 4].map((step) => at * 3 + step * 2)));

const merged = (old: Policy, additions: readonly Addition[]) => mergePolicy({ old, additions }).policy;
const partsOf = ({ parts }: FitResult) => parts.map(({ policy }) => policy);
const keysOf = (policies: readonly Policy[]) =>
  policies.flatMap(({ statements }) => statements.map(({ verbatim }) => JSON.stringify(verbatim))).sort();

/** As it is read again from its files. */
const reread = (parts: readonly Policy[]) =>
  parseParts(parts.map((part, at) => ({ path: `${at}.json`, text: printPolicy(part) })));

/** The parts whose text differs, each with the lines that only one of the two has. */
function touched(before: readonly Policy[], after: readonly Policy[]): readonly number[] {
  const texts = (parts: readonly Policy[]) => parts.map((part) => printPolicy(part).split("\n"));
  const [old, next] = [texts(before), texts(after)];
  return Array.from(
    { length: Math.max(old.length, next.length) },
    (_, at) => onlyIn(old[at] ?? [], next[at] ?? []) + onlyIn(next[at] ?? [], old[at] ?? []),
  ).filter((lines) => lines > 0);
}

function onlyIn(lines: readonly string[], others: readonly string[]): number {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  }).length;
}

describe("the laws of fitting", () => {
  /** Many statements that have much in common: there is something to join and to leave out. */
  const some = (...texts: string[]) => fc.subarray(texts, { minLength: 1 });
  const statement = fc.record({
    Effect: fc.constantFrom("Allow", "Allow", "Allow", "Allow", "Deny"),
    Action: some("s3:GetObject", "s3:PutObject", "s3:Get*", "sqs:Get?", "S3:getobject"),
    Resource: some("a", "b", "a*", "${u}", "${*}", "*b"),
    Condition: fc.constantFrom({}, {}, {}, { StringEquals: { k: ["x", "y"] } }, { StringLike: { k: "*" } }),
  });
  const owned: fc.Arbitrary<Policy> = fc
    .tuple(
      fc.array(fc.tuple(fc.constantFrom("Plp", "Plp", "Mine"), statement), { maxLength: 9 }),
      fc.constantFrom("2012-10-17", "2012-10-17", "2008-10-17"),
    )
    .map(([statements, Version]) => {
      const Statement = statements.map(([owner, one], at) => ({ Sid: `${owner}${at}`, ...one }));
      return parsePolicy({ Version, Statement }, "test");
    });
  const options = fc.record({
    /** Of the size of the policy, in hundredths. */
    room: fc.integer({ min: 30, max: 110 }),
    maxParts: fc.integer({ min: 1, max: 3 }),
    rewrite: fc.constantFrom<NonNullable<FitOptions["rewrite"]>>("own", "all"),
  });

  it("allows just what the policy allows, in every world, however little room there is", () => {
    fc.assert(
      fc.property(owned, options, fc.constantFrom(...allWorlds), (policy, { room, ...limits }, world) => {
        const fit = fitPolicy(policy, { ...limits, max: Math.floor((policySize(policy) * room) / 100) });
        for (const request of allRequests) {
          const before = naivelyAllowed(policy, request, world);
          expect([request, naivelyAllowed(fit.policy, request, world)]).toEqual([request, before]);
        }
      }),
      { numRuns: 250 },
    );
  });

  it("is tried on policies of which many must be rewritten", () => {
    const tried = fc.sample(fc.tuple(owned, options), { numRuns: 200, seed: 7 });
    const rewritten = tried.filter(([policy, { room, ...limits }]) => {
      const max = Math.floor((policySize(policy) * room) / 100);
      return fitPolicy(policy, { ...limits, max }).rewritten;
    });
    expect(rewritten.length).toBeGreaterThan(30);
  });

  it("is exact only within the limits, and asks with numbers otherwise", () => {
    fc.assert(
      fc.property(owned, options, (policy, { room, ...rest }) => {
        const limits = { ...rest, max: Math.floor((policySize(policy) * room) / 100) };
        const { parts, exact, questions, policy: together } = fitPolicy(policy, limits);
        const within = parts.length <= limits.maxParts && parts.every(({ size }) => size <= limits.max);
        expect([exact, questions.length]).toEqual([within, within ? 0 : 1]);
        for (const part of parts) expect(part.size).toBe(policySize(part.policy));
        expect(together.statements).toEqual(parts.flatMap((part) => part.policy.statements));
      }),
      { numRuns: 500 },
    );
  });

  it("rewrites nobody's statements but PLP's, and only where it does not fit otherwise", () => {
    fc.assert(
      fc.property(owned, options, (policy, { room, maxParts }) => {
        const fit = fitPolicy(policy, { max: Math.floor((policySize(policy) * room) / 100), maxParts });
        const people = ({ statements }: Policy): Policy => ({
          ...policy,
          statements: statements.filter(({ sid }) => !isPlpSid(sid)),
        });
        expect(keysOf([people(fit.policy)])).toEqual(keysOf([people(policy)]));
        if (!fit.rewritten) expect(keysOf([fit.policy])).toEqual(keysOf([policy]));
      }),
      { numRuns: 500 },
    );
  });

  it("fits again as it fitted, and is read again as it was", () => {
    fc.assert(
      fc.property(smallPolicy, fc.integer({ min: 200, max: 400 }), (policy, max) => {
        const first = fitPolicy(policy, { max, rewrite: "all" });
        const again = reread(partsOf(first));
        expect(policyHash(again.policy)).toBe(policyHash(first.policy));
        const second = fitPolicy(again.policy, { max, rewrite: "all", previous: again.parts });
        if (first.exact) expect(touched(partsOf(first), partsOf(second))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the parts of a generated policy", () => {
  const picks = fc.uniqueArray(fc.nat(sqs.length - 1), { minLength: 1, maxLength: 6 });
  const queues = fc.array(picks, { minLength: 1, maxLength: 90 });

  it("change in one part and in at most three lines of it for one action more, and for one less", () => {
    fc.assert(
      fc.property(queues, fc.nat(), fc.nat(), (some, at, pick) => {
        const before = reread(partsOf(fitPolicy(merged(emptyPolicy, own(some)))));
        const one = addition(sqs[pick % sqs.length] ?? "", queue(at % some.length));
        const more = fitPolicy(merged(before.policy, [one]), { previous: before.parts });
        const lines = touched(before.parts, partsOf(more));
        const changed = merged(before.policy, [one]) === before.policy ? 0 : 1;
        expect([more.exact, lines.length, Math.max(0, ...lines) <= 3]).toEqual([true, changed, true]);
        const { parts, policy: grown } = reread(partsOf(more));
        if (lines.length === 0) return;
        const less = reducePolicy({ old: grown, removals: [one], protectedSids: [] });
        const back = fitPolicy(less.policy, { previous: parts });
        expect(partsOf(back).map(printPolicy)).toEqual(before.parts.map(printPolicy));
      }),
      { numRuns: 60 },
    );
  });

  it("take a new statement into one part", () => {
    fc.assert(
      fc.property(queues, picks, (some, fresh) => {
        const before = reread(partsOf(fitPolicy(merged(emptyPolicy, own(some)))));
        const next = merged(
          before.policy,
          fresh.map((pick) => addition(sqs[pick] ?? "", queue(5000))),
        );
        const after = fitPolicy(next, { previous: before.parts });
        expect(touched(before.parts, partsOf(after))).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });

  it("keep their borders for one action more also where nothing is known of the parts before", () => {
    const wanted = fleet(100);
    const whole = partsOf(fitPolicy(merged(emptyPolicy, wanted)));
    const some = wanted.flatMap((_, at) => (at % 9 === 0 ? [at] : []));
    const counts = some.map((left) => {
      const less = wanted.filter((__, at) => at !== left);
      return touched(partsOf(fitPolicy(merged(emptyPolicy, less))), whole).length;
    });
    expect(whole.length).toBeGreaterThan(4);
    expect(counts.filter((count) => count !== 1)).toEqual([]);
  });

  it("leave people's statements in the file they stand in, and PLP's after them", () => {
    const mine = { Sid: "Mine", Effect: "Allow", Action: "s3:*", Resource: "*" };
    const previous = [policyOf({ ...mine, Sid: "First" }), policyOf(mine)];
    const old = { ...emptyPolicy, statements: previous.flatMap(({ statements }) => statements) };
    const parts = partsOf(fitPolicy(merged(old, fleet(3)), { previous }));
    const sids = parts.map(({ statements }) => statements.map(({ sid }) => sid));
    expect(sids).toEqual([["First", "PlpSqsQueue0", "PlpSqsQueue1", "PlpSqsQueue2"], ["Mine"]]);
  });

  it("stay as they are when nothing changed, however they were ordered", () => {
    const previous = [
      policyOf(
        { Sid: "PlpB", Effect: "Allow", Action: "a:b", Resource: "*" },
        { Sid: "Mine", Effect: "Allow", Action: "a:c", Resource: "*" },
      ),
    ];
    expect(fitPolicy(reread(previous).policy, { previous }).parts[0]?.policy).toBe(previous[0]);
  });

  it("leave no gap where a part has lost its last statement, and an empty policy is one empty part", () => {
    const statement = (Sid: string, at: number) => ({
      Sid,
      Effect: "Allow",
      Action: [sqs[0]],
      Resource: queue(at),
    });
    const previous = [policyOf(statement("PlpA", 1)), policyOf(statement("PlpB", 2))];
    const [, last] = previous;
    expect(partsOf(fitPolicy(last ?? emptyPolicy, { previous }))).toEqual([last]);
    expect(partsOf(fitPolicy(emptyPolicy, { previous }))).toEqual([emptyPolicy]);
    expect(partsOf(fitPolicy(emptyPolicy))).toEqual([emptyPolicy]);
  });

  it("give up what changed when they overflow, not what stood", () => {
    const before = reread(partsOf(fitPolicy(merged(emptyPolicy, fleet(4)))));
    const max = policySize(before.policy) + 50;
    const next = merged(
      before.policy,
      sqs.slice(0, 12).map((action) => addition(action, queue(1))),
    );
    const after = partsOf(fitPolicy(next, { max, previous: before.parts }));
    expect(after.map(({ statements }) => statements.map(({ sid }) => sid))).toEqual([
      ["PlpSqsQueue0", "PlpSqsQueue2", "PlpSqsQueue3"],
      ["PlpSqsQueue1"],
    ]);
  });

  it("use all the room that there is before they are too many", () => {
    const policy = merged(emptyPolicy, fleet(40));
    const spacious = fitPolicy(policy, { max: 1500, maxParts: 99 });
    const tight = fitPolicy(policy, { max: 1500, maxParts: Math.ceil(policySize(policy) / 1400) });
    expect([spacious.exact, tight.exact, tight.rewritten]).toEqual([true, true, false]);
    expect(tight.parts.length).toBeLessThan(spacious.parts.length);
  });
});

describe("what does not fit as it stands", () => {
  const same = (count: number) => own(Array.from({ length: count }, () => [0, 1, 2, 3, 4]));

  it("is joined where statements differ in their resources only, and grows on", () => {
    const policy = merged(emptyPolicy, same(240));
    const fit = fitPolicy(policy);
    expect([fit.exact, fit.rewritten, policySize(policy) > 8 * 6144]).toEqual([true, true, true]);
    expect(fit.parts.length).toBeLessThan(5);
    const again = reread(partsOf(fit));
    expect(merged(again.policy, same(240))).toBe(again.policy);
    const more = merged(again.policy, [addition(sqs[9] ?? "", queue(7))]);
    const grown = fitPolicy(more, { previous: again.parts });
    expect([grown.rewritten, touched(again.parts, partsOf(grown)).length]).toEqual([false, 1]);
  });

  it("is joined where statements differ in their actions only, but PassRole stays apart", () => {
    const resources = Array.from({ length: 12 }, (_, at) => `arn:aws:iam::111122223333:role/shop-${at}`);
    const policy = merged(
      emptyPolicy,
      resources.flatMap((one) => [
        addition("iam:PassRole", one),
        addition("iam:GetRole", one),
        addition("sts:AssumeRole", one),
      ]),
    );
    const { exact, policy: fitted } = fitPolicy(policy, { max: 1600, maxParts: 1 });
    expect(exact).toBe(true);
    expect(fitted.statements.map(({ actions }) => actions)).toEqual([
      ["iam:GetRole", "sts:AssumeRole"],
      ["iam:PassRole"],
    ]);
  });

  it("loses what another statement allows all the same, and never both of two that say the same", () => {
    const wide = { Sid: "Mine", Effect: "Allow", Action: "sqs:*", Resource: "*" };
    const policy = merged(emptyPolicy, fleet(20));
    const beside = { ...policy, statements: [...policyOf(wide).statements, ...policy.statements] };
    expect(fitPolicy(beside, { max: 1000, maxParts: 1 }).policy.statements.map(({ sid }) => sid)).toEqual([
      "Mine",
    ]);
    const twins = policyOf(
      ...["PlpA", "PlpB"].map((Sid) => ({
        Sid,
        Effect: "Allow",
        Action: sqs.slice(0, 9),
        Resource: queue(1),
      })),
    );
    const fit = fitPolicy(twins, { max: policySize(twins) - 10, maxParts: 1 });
    expect(fit.policy.statements.map(({ sid, actions }) => [sid, actions?.length])).toEqual([["PlpB", 9]]);
  });

  it("is divided where one statement is larger than a part, its first piece keeping the Sid", () => {
    const ec2 = actionsOf("ec2")
      .slice(0, 400)
      .map(({ action }) => addition(action, "*"));
    const fit = fitPolicy(merged(emptyPolicy, ec2));
    const sids = fit.policy.statements.map(({ sid }) => sid ?? "");
    expect([fit.exact, fit.rewritten, sids.length > 1, sids[0]]).toEqual([
      true,
      true,
      true,
      "PlpEc2AnyResource",
    ]);
    for (const sid of sids.slice(1)) expect(sid).toMatch(/^PlpEc2AnyResource[0-9a-f]{6}$/);
    expect(merged(fit.policy, ec2)).toBe(fit.policy);
  });

  it("leaves protected statements as they stand", () => {
    const policy = merged(emptyPolicy, same(30));
    const protectedSids = ["PlpSqsQueue3", "PlpSqsQueue4"];
    const { policy: fitted, exact } = fitPolicy(policy, { max: 5000, maxParts: 1, protectedSids });
    expect([exact, fitted.statements.map(({ sid }) => sid)]).toEqual([
      true,
      ["PlpSqsQueue0", ...protectedSids],
    ]);
    expect(keysOf([policy])).toEqual(
      expect.arrayContaining(keysOf([{ ...fitted, statements: fitted.statements.slice(1) }])),
    );
  });

  it("of people's is divided only when it is asked for, also a Deny and a long list of resources", () => {
    const resources = Array.from({ length: 60 }, (_, at) => queue(at));
    const policy = policyOf(
      { Effect: "Deny", Action: ["sqs:DeleteQueue", "sqs:PurgeQueue"], Resource: resources },
      { Sid: "Some", Effect: "Allow", Action: "sqs:*", Resource: resources },
    );
    expect(fitPolicy(policy, { max: 2000 })).toMatchObject({ exact: false, rewritten: false });
    const fit = fitPolicy(policy, { max: 2000, rewrite: "all" });
    expect([fit.exact, fit.rewritten, fit.parts.length]).toEqual([true, true, 6]);
    expect(new Set(fit.policy.statements.map(({ effect }) => effect))).toEqual(new Set(["Deny", "Allow"]));
  });

  it("even so is asked about with numbers, and nothing is dropped", () => {
    const mine = {
      Sid: "ByHand",
      Effect: "Allow",
      Action: "sqs:*",
      Resource: Array.from({ length: 200 }, (_, at) => queue(at)),
    };
    const policy = policyOf(mine, { Sid: "No", Effect: "Allow", NotAction: sqs, Resource: "*" });
    const fit = fitPolicy(policy, { max: 1000, maxParts: 3 });
    expect([fit.exact, keysOf(partsOf(fit))]).toEqual([false, keysOf([policy])]);
    const [first, second] = policy.statements.map((one) => policySize({ ...policy, statements: [one] }));
    expect(fit.tooLarge).toEqual([{ sid: "ByHand", size: first }]);
    expect(second).toBeLessThan(1000);
    expect(fit.questions).toEqual([
      {
        kind: "too-large",
        detail: `the policy has ${fit.parts.reduce((sum, { size }) => sum + size, 0)} characters and takes 2 parts; at most 3 parts of 1000 characters are wanted; statements over 1000: "ByHand" ${first}`,
      },
    ]);
  });

  it("is asked about by number only where no statement alone is too large, and by five names at most", () => {
    const policy = policyOf(
      ...[1, 2, 3].map((at) => ({ Effect: "Allow", Action: sqs, Resource: queue(at) })),
    );
    const size = policySize({ ...policy, statements: policy.statements.slice(0, 1) });
    const asked = (max: number, ...more: object[]) => {
      const whole = policyOf(...policy.statements.map(({ verbatim }) => verbatim), ...more);
      const { questions, tooLarge } = fitPolicy(whole, { max, maxParts: 2 });
      return [tooLarge.length, questions[0]?.detail.replace(/^.* are wanted/, "")];
    };
    expect(asked(size)).toEqual([0, ""]);
    const name = `one without a Sid ${size}`;
    expect(asked(size - 1)).toEqual([3, `; statements over ${size - 1}: ${name}, ${name}, ${name}`]);
    const more = [4, 5, 6].map((at) => ({
      Sid: `Q${at}`,
      Effect: "Allow",
      Action: sqs,
      Resource: queue(at),
    }));
    const [count, detail] = asked(size - 1, ...more);
    expect([count, String(detail).match(/Q\d/g)]).toEqual([6, ["Q4", "Q5"]]);
  });

  it("is divided as soon as it is larger than a part, with all that stands around it", () => {
    const policy = merged(
      emptyPolicy,
      sqs.map((action) => addition(action, queue(1))),
    );
    const size = policySize(policy);
    const [whole, cut] = [size, size - 1].map((max) => fitPolicy(policy, { max }));
    expect([whole?.exact, whole?.rewritten, whole?.parts.length]).toEqual([true, false, 1]);
    expect([cut?.exact, cut?.rewritten, cut?.parts.length]).toEqual([true, true, 2]);
  });

  it("stays as it is where it cannot be shown that another form says the same", () => {
    const hard = `*x${"?".repeat(20)}`;
    const policy = policyOf(
      { Sid: "PlpA", Effect: "Allow", Action: ["s3:GetObject"], Resource: hard },
      { Sid: "PlpB", Effect: "Allow", Action: ["s3:*"], Resource: "*" },
    );
    const max = policySize(policy) - 1;
    const fit = fitPolicy(policy, { max, maxParts: 1 });
    expect([fit.exact, fit.rewritten, keysOf([fit.policy])]).toEqual([false, false, keysOf([policy])]);
    const easy = policyOf(
      { Sid: "PlpA", Effect: "Allow", Action: ["s3:GetObject"], Resource: hard.replaceAll("?", "x") },
      { Sid: "PlpB", Effect: "Allow", Action: ["s3:*"], Resource: "*" },
    );
    expect(fitPolicy(easy, { max, maxParts: 1 })).toMatchObject({ exact: true, rewritten: true });
  });

  it("rather takes parts too many than one that is too large", () => {
    const policy = merged(
      emptyPolicy,
      sqs.map((action) => addition(action, queue(1))),
    );
    const fit = fitPolicy(policy, { max: Math.floor(policySize(policy) / 2), maxParts: 1 });
    expect([fit.exact, fit.rewritten, fit.tooLarge, fit.parts.length > 1]).toEqual([false, true, [], true]);
  });

  it("keeps its Id", () => {
    const Statement = [{ Sid: "PlpA", Effect: "Allow", Action: sqs, Resource: queue(1) }];
    const policy = parsePolicy({ Version: "2012-10-17", Id: "shop", Statement }, "test");
    expect([fitPolicy(policy).policy.id, fitPolicy(policy, { max: 400 }).policy.id]).toEqual([
      "shop",
      "shop",
    ]);
  });

  it("comes as near as it can", () => {
    const policy = merged(emptyPolicy, [...same(240), ...fleet(900).slice(1200)]);
    const fit = fitPolicy(policy);
    expect([fit.exact, fit.rewritten, fit.questions.length]).toEqual([false, true, 1]);
    expect(fit.parts.length).toBeLessThan(policySize(policy) / 6144);
  });
});
