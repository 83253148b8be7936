import { applyPolicy, type RoleEvent, replayRole, roleStream } from "@plp/domain";
import { addition } from "@plp/domain/testing";
import { describe, expect, it } from "vitest";
import { day, operator, reviewer, roleOf, written } from "./testing.ts";
import { type WhoCanQuestion, whoCan } from "./who-can.ts";

const bucket = "arn:aws:s3:::shop-site";

async function asked(statements: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>) {
  const history = written();
  for (const [name, list] of Object.entries(statements)) {
    const id = roleOf(name);
    await history.discover(id, day(1), name);
    await history.edit(id, day(2), list);
  }
  await history.indexAll();
  const { index, store } = history;
  return async (question: WhoCanQuestion) => {
    const { roles } = await whoCan(question, { index, store });
    return Object.fromEntries(roles.map(({ application, answer }) => [application, answer]));
  };
}

const allow = (action: unknown, more: object = {}) => ({
  Effect: "Allow",
  Action: action,
  Resource: "*",
  ...more,
});

describe("who can", () => {
  it("finds by name, by wildcards of action and service, and by NotAction; never by another service", async () => {
    const ask = await asked({
      name: [allow("s3:GetObject")],
      case: [allow("S3:getobject")],
      wildcard: [allow(["sqs:*", "s3:Get*"])],
      everything: [allow("*")],
      "not-action": [{ Effect: "Allow", NotAction: ["iam:*"], Resource: "*" }],
      neighbour: [allow("s3:PutObject")],
      "other-service": [allow("sqs:*")],
      "not-this": [{ Effect: "Allow", NotAction: ["s3:*"], Resource: "*" }],
    });
    expect(await ask({ action: "s3:GetObject" })).toEqual({
      ...{ name: "yes", case: "yes", wildcard: "yes", everything: "yes", "not-action": "yes" },
    });
  });

  it("answers for a resource, and for all of what a pattern matches", async () => {
    const ask = await asked({
      site: [allow("s3:GetObject", { Resource: `${bucket}/*` })],
      other: [allow("s3:GetObject", { Resource: "arn:aws:s3:::other/*" })],
      page: [allow("s3:GetObject", { Resource: `${bucket}/index.html` })],
    });
    expect(await ask({ action: "s3:GetObject", resource: `${bucket}/index.html` })).toEqual({
      site: "yes",
      page: "yes",
    });
    expect(await ask({ action: "s3:GetObject", resource: `${bucket}/*` })).toEqual({ site: "yes" });
    expect(await ask({ action: "s3:GetObject" })).toEqual({ site: "yes", other: "yes", page: "yes" });
  });

  it("never says yes where a condition, a variable or a Deny leaves it open, and never leaves such a role out", async () => {
    const ask = await asked({
      condition: [
        allow("iam:PassRole", {
          Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
        }),
      ],
      variable: [allow("iam:PassRole", { Resource: "arn:aws:iam::*:role/${aws:username}" })],
      denied: [allow("iam:PassRole"), { Effect: "Deny", Action: "iam:*", Resource: "*" }],
      "denied-in-part": [
        allow("iam:PassRole", { Resource: "arn:aws:iam::111122223333:role/a*" }),
        { Effect: "Deny", Action: "iam:*", Resource: "arn:aws:iam::111122223333:role/a~*" },
      ],
      "denied-elsewhere": [
        allow("iam:PassRole"),
        { Effect: "Deny", Action: "iam:*", Resource: "arn:aws:iam::1:role/x" },
      ],
    });
    expect(await ask({ action: "iam:PassRole" })).toEqual({
      ...{
        condition: "cannot tell",
        variable: "cannot tell",
        "denied-in-part": "cannot tell",
        "denied-elsewhere": "yes",
      },
    });
  });

  it("says since when, by whom and in which request, and under which condition", async () => {
    const history = written();
    const id = roleOf("shop");
    await history.discover(id, day(1));
    const condition = { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } };
    await history.propose(id, day(2), [addition("iam:PassRole", "*", { condition })]);
    await history.approve(id, day(3), 31);
    await history.indexAll();
    const { index, store } = history;
    expect((await whoCan({ action: "iam:PassRole" }, { index, store })).roles).toMatchObject([
      {
        ...{
          roleArn: id.arn,
          answer: "cannot tell",
          policy: "approved",
          since: day(3),
          approvedBy: "reviewer-1",
        },
        ...{ mergeRequest: { iid: 31 }, conditions: [condition] },
      },
    ]);
  });

  it("goes by what AWS has, not by what was merged since, with the approval that it rests on", async () => {
    const history = written();
    const id = roleOf("shop");
    await history.discover(id, day(1));
    await history.propose(id, day(2), [addition("sqs:CreateQueue")]);
    await history.approve(id, day(3), 31);
    await history.apply(id, day(4), 88);
    await history.edit(id, day(5), [allow("sqs:DeleteQueue")]);
    await history.indexAll();
    const { index, store } = history;
    const ask = async (action: string) => (await whoCan({ action }, { index, store })).roles;
    expect(await ask("sqs:DeleteQueue")).toEqual([]);
    expect(await ask("sqs:CreateQueue")).toMatchObject([
      {
        answer: "yes",
        policy: "applied",
        since: day(4),
        approvedBy: "reviewer-1",
        mergeRequest: { iid: 31 },
      },
    ]);
    await history.apply(id, day(6), 89);
    await history.indexAll();
    expect(await ask("sqs:CreateQueue")).toEqual([]);
    expect(await ask("sqs:DeleteQueue")).toMatchObject([
      { policy: "applied", since: day(6), mergeRequest: null },
    ]);
  });

  it("wants one action", async () => {
    const ask = await asked({});
    for (const action of ["s3:*", "s3", "", "s3:Get Object"])
      await expect(ask({ action })).rejects.toMatchObject({ code: "bad-action" });
  });

  it("says who approved what AWS had before its merge was heard of, as a replay does", async () => {
    const history = written();
    const shop = roleOf("shop");
    await history.discover(shop, day(1));
    await history.propose(shop, day(3), [addition("sqs:CreateQueue")]);
    await history.role(shop, day(5), (state, cause) => {
      const { policy, policyHash } = state.open.get("grow") ?? { policy: null, policyHash: "" };
      if (policy === null) return [];
      const job = { pipeline: 88, job: 88, url: "https://gitlab.example/jobs/88", startedBy: operator };
      return applyPolicy(state, { commit: "m58", policy, policyHash, ...job }, cause);
    });
    await history.indexAll();
    await history.approve(shop, day(4), 58);
    await history.indexAll();
    const known = { since: day(5), approvedBy: "reviewer-1", mergeRequest: { iid: 58 } };
    const { events } = await history.store.load<RoleEvent>(roleStream(shop));
    expect(replayRole(events, {})).toMatchObject({
      hands: { merged: reviewer, applied: operator },
      counts: "applied",
      permissions: [{ ...known, basis: "seen" }],
    });
    expect((await whoCan({ action: "sqs:CreateQueue" }, history)).roles).toMatchObject([known]);
    expect(history.index.items()).toEqual(await history.remade());
  });
});
