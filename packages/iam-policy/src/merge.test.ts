import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowingStatement } from "./covers.ts";
import { evaluate } from "./evaluate.ts";
import { growPolicy } from "./grow.ts";
import { mergePolicy } from "./merge.ts";
import { emptyPolicy, parsePolicy } from "./parse.ts";
import { permissionsOf } from "./permission.ts";
import { policyHash, printPolicy } from "./print.ts";
import { addition, allRequests, policyOf, smallPolicy } from "./testing.ts";
import type { Addition, Policy } from "./types.ts";

const queue = "arn:aws:sqs:eu-central-1:111122223333:shop-orders";
const worker = "arn:aws:lambda:eu-central-1:111122223333:function:shop-order-worker";
const sids = (policy: Policy) => policy.statements.map(({ sid }) => sid);

const wanted: fc.Arbitrary<Addition> = fc
  .record({
    action: fc.constantFrom(
      "s3:GetObject",
      "s3:putobject",
      "sqs:SendMessage",
      "iam:PassRole",
      "iam:GetRole",
      "s3:Nope",
    ),
    resource: fc.constantFrom(
      "*",
      "arn:aws:s3:::b/*",
      "arn:aws:s3:::b",
      queue,
      `${queue}-dlq`,
      "arn:aws:s3:::${BucketName}",
    ),
    condition: fc.constantFrom(null, { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } }),
    basis: fc.constantFrom<Addition["basis"]>("seen", "inferred", "asked"),
    calls: fc.option(fc.nat(9)),
  })
  .map(({ action, resource, condition, ...rest }) => ({ ...addition(action, resource, condition), ...rest }));

const additions = fc.array(wanted, { maxLength: 8 });

/** A generated policy with a history: what people wrote, and what earlier merges made of it. */
const history = fc
  .tuple(smallPolicy, additions)
  .map(([old, more]) => mergePolicy({ old, additions: more }).policy);

describe("the laws of merging", () => {
  it("adds nothing the second time", () => {
    fc.assert(
      fc.property(history, additions, (old, more) => {
        const once = mergePolicy({ old, additions: more });
        const twice = mergePolicy({ old: once.policy, additions: more });
        expect(twice.policy).toBe(once.policy);
        expect(twice.added).toEqual([]);
        for (const question of twice.questions) expect(once.questions).toContainEqual(question);
      }),
    );
  });

  it("does not depend on the order of the additions", () => {
    const shuffled = additions.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(history, shuffled, (old, [some, others]) => {
        expect(mergePolicy({ old, additions: others })).toEqual(mergePolicy({ old, additions: some }));
      }),
    );
  });

  it("grants at least as much for more additions", () => {
    fc.assert(
      fc.property(history, additions, additions, (old, few, more) => {
        const less = mergePolicy({ old, additions: few }).policy;
        const all = mergePolicy({ old, additions: [...few, ...more] }).policy;
        for (const permission of permissionsOf(less)) {
          expect(allowingStatement(all, permission)).not.toBeNull();
        }
      }),
    );
  });

  it("never widens, loses nothing, and lists just what it added", () => {
    fc.assert(
      fc.property(history, additions, (old, more) => {
        const { policy, added, proof } = mergePolicy({ old, additions: more });
        expect(proof).toEqual({ wider: false, outside: [], undecided: [], lost: [] });
        for (const request of allRequests) {
          if (evaluate(old, request) === "allowed") expect(evaluate(policy, request)).toBe("allowed");
        }
        for (const one of added) {
          expect(allowingStatement(old, one)).toBeNull();
          expect(allowingStatement(policy, one)).not.toBeNull();
        }
      }),
    );
  });

  it("leaves people's statements as they are, first and in their order", () => {
    fc.assert(
      fc.property(smallPolicy, additions, (old, more) => {
        const { policy } = mergePolicy({ old, additions: more });
        expect(policy.statements.slice(0, old.statements.length)).toEqual(old.statements);
      }),
    );
  });

  it("accounts for every addition: added, kept or asked about", () => {
    fc.assert(
      fc.property(history, wanted, (old, one) => {
        const { added, kept, questions } = mergePolicy({ old, additions: [one] });
        expect(added.length + kept + questions.length).toBe(1);
      }),
    );
  });

  it("keeps PLP's statements sorted by Sid, each Sid once, letters and digits only", () => {
    fc.assert(
      fc.property(history, additions, (old, more) => {
        const own = sids(mergePolicy({ old, additions: more }).policy).filter((sid) => sid !== null);
        expect(own).toEqual([...new Set(own)].sort());
        for (const sid of own) expect(sid).toMatch(/^Plp[A-Za-z0-9]+$/);
      }),
    );
  });
});

describe("what a merge writes", () => {
  it("names statements by service and resource", () => {
    const passed = { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } };
    const { policy } = mergePolicy({
      old: emptyPolicy,
      additions: [
        addition("sqs:CreateQueue", queue),
        addition("lambda:CreateFunction", worker),
        addition("lambda:CreateEventSourceMapping", "*", { ArnEquals: { "lambda:FunctionArn": [worker] } }),
        addition(
          "lambda:GetEventSourceMapping",
          "arn:aws:lambda:eu-central-1:111122223333:event-source-mapping:*",
        ),
        addition(
          "logs:CreateLogGroup",
          "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/shop-order-worker",
        ),
        addition("iam:PassRole", "arn:aws:iam::111122223333:role/ci/shop-order-worker", passed),
        addition("iam:GetRole", "arn:aws:iam::111122223333:role/ci/shop-order-worker"),
        addition("s3:CreateBucket", "arn:aws:s3:::shop-site-prod"),
        addition("s3:PutObject", "arn:aws:s3:::shop-site-prod/*"),
      ],
    });
    expect(sids(policy)).toEqual([
      "PlpIamShopOrderWorker",
      "PlpLambdaAnyResource",
      "PlpLambdaEventSourceMapping",
      "PlpLambdaShopOrderWorker",
      "PlpLogsShopOrderWorker",
      "PlpPassRoleShopOrderWorker",
      "PlpS3ShopSiteProd",
      "PlpS3ShopSiteProdObjects",
      "PlpSqsShopOrders",
    ]);
  });

  it("makes one permission more one line more", () => {
    const old = mergePolicy({
      old: emptyPolicy,
      additions: [
        addition("sqs:CreateQueue", queue),
        addition("sqs:TagQueue", queue),
        addition("s3:ListBucket", "arn:aws:s3:::b"),
      ],
    }).policy;
    const before = printPolicy(old).split("\n");
    const { policy } = mergePolicy({ old, additions: [addition("sqs:GetQueueUrl", queue)] });
    const after = printPolicy(policy).split("\n");
    expect(after).toHaveLength(before.length + 1);
    expect(after.filter((line) => !before.includes(line))).toEqual(['        "sqs:GetQueueUrl",']);
  });

  it("prints a new policy in the format of the file", () => {
    const condition = { StringEquals: { "aws:RequestedRegion": ["b", "a"] }, Bool: { x: ["true"] } };
    const { policy } = mergePolicy({
      old: emptyPolicy,
      additions: [addition("SQS:createqueue", queue, condition)],
    });
    expect(printPolicy(policy)).toBe(`{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "PlpSqsShopOrders",
      "Effect": "Allow",
      "Action": [
        "sqs:CreateQueue"
      ],
      "Resource": "${queue}",
      "Condition": {
        "Bool": {
          "x": "true"
        },
        "StringEquals": {
          "aws:RequestedRegion": [
            "a",
            "b"
          ]
        }
      }
    }
  ]
}
`);
  });

  it("lets a statement that lives keep its Sid, and gives a second of the name a hash", () => {
    const old = policyOf({ Sid: "PlpMyQueue", Effect: "Allow", Action: ["sqs:TagQueue"], Resource: queue });
    const other = queue.replace("eu-central-1", "us-east-1");
    const more = [addition("sqs:CreateQueue", queue), addition("sqs:CreateQueue", other)];
    const grown = mergePolicy({ old, additions: more }).policy;
    expect(sids(grown)).toEqual(["PlpMyQueue", "PlpSqsShopOrders"]);
    const third = queue.replace("eu-central-1", "eu-west-1");
    const again = mergePolicy({ old: grown, additions: [addition("sqs:CreateQueue", third)] }).policy;
    expect(sids(again).at(-1)).toMatch(/^PlpSqsShopOrders[0-9a-f]{6}$/);
    expect(again.statements[0]).toBe(grown.statements[0]);
  });

  it("does not grow people's statements, nor its own that people made into something else", () => {
    const old = policyOf(
      { Sid: "Queue", Effect: "Allow", Action: ["sqs:TagQueue"], Resource: queue },
      { Sid: "PlpA", Effect: "Deny", Action: ["sqs:SendMessage"], Resource: queue },
      { Sid: "PlpB", Effect: "Allow", Action: ["sqs:TagQueue"], Resource: [queue, `${queue}-dlq`] },
      { Sid: "PlpC", Effect: "Allow", NotAction: ["sqs:*"], Resource: queue },
      { Sid: "PlpD", Effect: "Allow", Action: ["sqs:TagQueue"], Resource: queue, Principal: "*" },
    );
    const { policy } = mergePolicy({ old, additions: [addition("sqs:CreateQueue", queue)] });
    expect(sids(policy)).toEqual(["Queue", "PlpA", "PlpB", "PlpC", "PlpD", "PlpSqsShopOrders"]);
    expect(policy.statements.slice(0, 5)).toEqual(old.statements);
  });

  it("adds beside a protected statement, not to it", () => {
    const old = policyOf({ Sid: "PlpKeep", Effect: "Allow", Action: ["sqs:TagQueue"], Resource: queue });
    const additions = [addition("sqs:CreateQueue", queue)];
    const { policy } = mergePolicy({ old, additions, protectedSids: ["PlpKeep"] });
    expect([policy.statements[0], sids(policy)]).toEqual([
      old.statements[0],
      ["PlpKeep", "PlpSqsShopOrders"],
    ]);
    expect(sids(mergePolicy({ old, additions, protectedSids: ["Other"] }).policy)).toEqual(["PlpKeep"]);
  });

  it("keeps the version of people's file, and starts a new one with 2012-10-17", () => {
    const old = parsePolicy({ Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] }, "p.json");
    expect(mergePolicy({ old, additions: [addition("sqs:TagQueue", queue)] }).policy.version).toBeNull();
    const none = parsePolicy({ Statement: [] }, "p.json");
    expect(mergePolicy({ old: none, additions: [addition("sqs:TagQueue", queue)] }).policy.version).toBe(
      "2012-10-17",
    );
  });

  it("takes the same permission from two sources once, with the stronger basis and the longer time", () => {
    const early = {
      ...addition("sqs:TagQueue", queue),
      basis: "inferred" as const,
      calls: 9,
      firstSeen: "2026-11-01T00:00:00.000Z",
    };
    const { added } = mergePolicy({
      old: emptyPolicy,
      additions: [early, { ...addition("sqs:tagqueue", queue), calls: null }],
    });
    expect(added).toEqual([{ ...addition("sqs:TagQueue", queue), calls: 9, firstSeen: early.firstSeen }]);
  });

  it("takes the stronger basis, whichever comes first, and every time and count that one of them tells", () => {
    const times = (first: string | null, last: string | null, calls: number | null) => ({
      ...addition("sqs:TagQueue", queue),
      ...{ firstSeen: first, lastSeen: last, calls },
    });
    const both = (a: Addition, b: Addition) => {
      const found = [
        [a, b],
        [b, a],
      ].map((additions) => mergePolicy({ old: emptyPolicy, additions }).added);
      expect(found[1]).toEqual(found[0]);
      return found[0]?.[0];
    };
    const strength = ["seen", "inferred", "asked", "kept"] as const;
    for (const [index, basis] of strength.slice(1).entries()) {
      const stronger = strength[index] ?? "seen";
      const [one, other] = [
        { ...times("b", "c", 1), basis: stronger },
        { ...times("b", "c", 1), basis },
      ];
      expect(both(one, other)?.basis).toBe(stronger);
    }
    expect(both(times("a", "c", 3), times("b", "d", 5))).toMatchObject({
      firstSeen: "a",
      lastSeen: "d",
      calls: 5,
    });
    expect(both(times(null, "d", null), times("b", null, 5))).toMatchObject({
      firstSeen: "b",
      lastSeen: "d",
      calls: 5,
    });
    expect(both(times(null, null, null), times(null, null, null))).toMatchObject({
      ...{ firstSeen: null, lastSeen: null, calls: null },
    });
    const wide = { ...times("a", "b", 1), widened: true };
    expect([both(wide, wide)?.widened, both(wide, times("a", "b", 1))?.widened]).toEqual([true, false]);
    const spelt = (key: string) => ({ ...times("a", "b", 1), condition: { Bool: { [key]: ["true"] } } });
    expect(both(spelt("K"), spelt("k"))?.condition).toEqual({ Bool: { K: ["true"] } });
  });

  it("writes actions as AWS spells them, and conditions in one order, also where only one of both is odd", () => {
    const condition = { StringEquals: { "aws:RequestedRegion": ["b", "a"] } };
    const { added } = mergePolicy({
      old: emptyPolicy,
      additions: [addition("SQS:tagqueue", queue), addition("sqs:CreateQueue", queue, condition)],
    });
    expect(added.map((one) => [one.action, one.condition])).toEqual([
      ["sqs:TagQueue", null],
      ["sqs:CreateQueue", { StringEquals: { "aws:RequestedRegion": ["a", "b"] } }],
    ]);
  });

  it("gives Sids that do not depend on the order of what is written", () => {
    const queues = ["eu-central-1", "us-east-1", "eu-west-1"].map((region) =>
      addition("sqs:TagQueue", `arn:aws:sqs:${region}:111122223333:shop`),
    );
    const grown = growPolicy(emptyPolicy, queues);
    expect(sids(grown)).toHaveLength(3);
    expect(growPolicy(emptyPolicy, queues.toReversed())).toEqual(grown);
  });

  it("grows the first of two statements of its own on the same resource, and none with actions of two services", () => {
    const own = { Sid: "PlpB", Effect: "Allow", Action: ["sqs:TagQueue"], Resource: queue };
    const mixed = { ...own, Sid: "PlpA", Action: ["sqs:TagQueue", "sns:Publish"] };
    const { policy } = mergePolicy({
      old: policyOf(mixed, own, { ...own, Sid: "PlpC" }),
      additions: [addition("sqs:CreateQueue", queue)],
    });
    expect(policy.statements.map(({ sid, actions }) => [sid, actions?.length])).toEqual([
      ["PlpA", 2],
      ["PlpB", 2],
      ["PlpC", 1],
    ]);
  });

  it("counts what people's wildcards cover as kept, beside a Deny too", () => {
    const old = policyOf(
      { Effect: "Allow", Action: "sqs:*", Resource: "*" },
      { Effect: "Deny", Action: "*", Resource: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    );
    const { kept, added, policy } = mergePolicy({ old, additions: [addition("sqs:TagQueue", queue)] });
    expect([kept, added.length, policy === old]).toEqual([1, 0, true]);
  });
});

describe("what a merge asks", () => {
  const ask = (one: Addition, old: Policy = emptyPolicy) => {
    const { questions, policy, added } = mergePolicy({ old, additions: [one] });
    expect(policy).toBe(old);
    expect(added).toEqual([]);
    return questions.map(({ kind, detail }) => `${kind}: ${detail}`).join("\n");
  };

  it.each([
    ["an action that AWS does not list", addition("s3:Nope", "*"), /^unmapped: "s3:Nope" is not an action/],
    ["an action with a wildcard", addition("s3:Get*", "*"), /^unmapped: "s3:Get\*"/],
    ["more than a whole service", addition("a s3:*", "*"), /^unmapped: "a s3:/],
    ["less than a whole service", addition("s3:*x", "*"), /^unmapped: "s3:/],
    ["a whole service", addition("dynamodb:*", "*"), /^service-level: The service "dynamodb"/],
    [
      "a placeholder",
      addition("s3:ListBucket", "arn:aws:s3:::${BucketName}"),
      /^placeholder: .*would match nothing/,
    ],
    [
      "a resource that is no ARN",
      addition("s3:ListBucket", "my-bucket"),
      /^unmapped: .*neither \* nor an ARN/,
    ],
    ["a resource with a line break", addition("s3:ListBucket", "arn:aws:s3:::a\nb"), /^unmapped: .*a\\nb/],
    [
      "an operator that IAM does not know",
      addition("s3:ListBucket", "*", { Odd: { k: ["v"] } }),
      /^unprovable: .*"Odd"/,
    ],
    [
      "a condition without values",
      addition("s3:ListBucket", "*", { StringEquals: { k: [] } }),
      /^unprovable: /,
    ],
  ])("%s", (_, one, expected) => {
    expect(ask(one)).toMatch(expected);
  });

  it("what a Deny refuses, naming the statement", () => {
    const old = policyOf({ Sid: "NoDelete", Effect: "Deny", Action: "sqs:Delete*", Resource: "*" });
    expect(ask(addition("sqs:DeleteQueue", queue), old)).toMatch(
      /^unprovable: .*statement "NoDelete" denies it/,
    );
  });

  it("what a Deny without a Sid refuses, naming its number", () => {
    const old = policyOf(
      { Effect: "Allow", Action: "s3:*", Resource: "*" },
      { Effect: "Deny", Action: "sqs:*", Resource: "*" },
    );
    expect(ask(addition("sqs:DeleteQueue", queue), old)).toMatch(/statement number 1 denies it/);
  });

  it("nothing of an escaped character where the version knows escapes, or there is no policy yet", () => {
    const odd = addition("s3:GetObject", "arn:aws:s3:::b/a${*}");
    const none = parsePolicy({ Statement: [] }, "p.json");
    const modern = policyOf({ Effect: "Allow", Action: "sqs:*", Resource: "*" });
    const ancient = parsePolicy({ Statement: { Effect: "Allow", Action: "sqs:*", Resource: "*" } }, "p.json");
    for (const old of [none, modern]) {
      const { added, proof } = mergePolicy({ old, additions: [odd] });
      expect([added, proof.wider, proof.lost]).toEqual([[odd], false, []]);
    }
    expect(mergePolicy({ old: ancient, additions: [addition("s3:GetObject", "*")] }).added).toHaveLength(1);
    const own = { StringEquals: { k: ["${aws:username}"] } };
    expect(ask(addition("s3:GetObject", "*", own), ancient)).toMatch(/needs a policy of Version 2012-10-17/);
  });

  it("about the one that it cannot read, and adds the others all the same", () => {
    const odd = addition("s3:ListBucket", "arn:aws:s3:::b", { StringEquals: { k: [] } });
    const { added, policy, questions, proof } = mergePolicy({
      old: emptyPolicy,
      additions: [odd, addition("sqs:TagQueue", queue)],
    });
    expect([added.map(({ action }) => action), policy.statements.length]).toEqual([["sqs:TagQueue"], 1]);
    expect(proof).toEqual({ wider: false, outside: [], undecided: [], lost: [] });
    expect(questions.map(({ detail }) => detail)).toEqual([
      '"s3:ListBucket" on "arn:aws:s3:::b": it cannot be shown what this would grant, so it is left out.',
    ]);
  });

  it("each question once, in one order", () => {
    const additions = ["s3:Nope", "s3:Also", "s3:Nope", "dynamodb:*"].map((action) => addition(action, "*"));
    expect(mergePolicy({ old: emptyPolicy, additions }).questions.map(({ detail }) => detail)).toEqual([
      'The service "dynamodb" was used, but not which of its actions.',
      '"s3:Also" is not an action of AWS\'s list, so it is not added.',
      '"s3:Nope" is not an action of AWS\'s list, so it is not added.',
    ]);
  });

  it("an escaped character where the file's version does not know escapes", () => {
    const old = parsePolicy({ Statement: { Effect: "Allow", Action: "sqs:*", Resource: "*" } }, "p.json");
    expect(ask(addition("s3:GetObject", "arn:aws:s3:::b/a${*}"), old)).toMatch(
      /^unprovable: .*Version 2012-10-17/,
    );
  });

  it("nothing, but grows, beside a Deny under a condition", () => {
    const old = policyOf({ Effect: "Deny", Action: "*", Resource: "*", Condition: { Bool: { x: "false" } } });
    const { added, questions } = mergePolicy({ old, additions: [addition("sqs:TagQueue", queue)] });
    expect([added.length, questions.length]).toEqual([1, 0]);
  });
});

describe("the hash of a policy", () => {
  it("is the same for another order of keys and other white space, and another for another word", () => {
    const statement = { Sid: "A", Effect: "Allow", Action: "s3:*", Resource: "*" };
    const turned = Object.fromEntries(Object.entries(statement).reverse());
    const hash = policyHash(policyOf(statement));
    expect(
      policyHash(parsePolicy(`{"Statement":[${JSON.stringify(turned)}],"Version":"2012-10-17"}`, "p")),
    ).toBe(hash);
    expect(policyHash(policyOf({ ...statement, Sid: "B" }))).not.toBe(hash);
  });
});
