import { addition } from "@plp/domain/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { type AuditQuestion, audit } from "./audit.ts";
import { day, reviewer, roleOf, written } from "./testing.ts";

const cursorKey = Buffer.from("a key of this test");
const [shop, crm, other] = [roleOf("shop"), roleOf("crm"), roleOf("shop", "test", "444455556666")];
const second = { id: 4712, username: "Reviewer-2" };
const allow = (...actions: readonly string[]) => [{ Effect: "Allow", Action: actions, Resource: "*" }];

const history = written();
beforeAll(async () => {
  for (const id of [shop, crm, other]) {
    const folder = id === crm ? "crm" : "shop";
    await history.plan(folder, day(1), [id]);
    await history.discover(id, day(1), folder);
    await history.edit(id, day(2), allow("s3:Get*"));
    await history.propose(id, day(3), [addition("sqs:CreateQueue"), addition("iam:PassRole")]);
  }
  await history.open("shop", day(3), 58, [shop, other]);
  await history.approve(shop, day(40), 58);
  await history.approve(other, day(41), 58, second);
  await history.edit(crm, day(70), allow("*"));
  await history.edit(crm, day(71), allow("s3:GetObject"), "developer-2");
  await history.indexAll();
});

const ask = (question: AuditQuestion) => audit(question, { index: history.index, cursorKey });
const typesOf = async (question: AuditQuestion) => (await ask(question)).events.map(({ type }) => type);

/** Every page of a question, one after the other. */
async function pagesOf(question: AuditQuestion) {
  const pages = [];
  let next: string | undefined;
  do {
    const page = await ask({ ...question, ...(next === undefined ? {} : { cursor: next }) });
    pages.push(page);
    next = page.next ?? undefined;
  } while (next !== undefined);
  return pages;
}

describe("an audit", () => {
  it("finds every event of roles and applications, newest first, in whichever pages", async () => {
    const all = (await ask({ limit: 500 })).events;
    // Two rounds planned, three events of each of three roles, an opened request, two approvals, two edits.
    expect(all).toHaveLength(2 + 9 + 1 + 2 + 2);
    const times = all.map(({ occurredAt }) => occurredAt);
    expect(times).toEqual([...times].sort().reverse());
    for (const limit of [1, 2, 5, 17]) {
      const pages = await pagesOf({ limit });
      expect(pages.flatMap(({ events }) => events)).toEqual(all);
      expect(Math.max(...pages.map(({ events }) => events.length))).toBeLessThanOrEqual(limit);
    }
  });

  it("tells of an event what a table of results needs", async () => {
    const [approved] = (await ask({ type: "proposalapproved", role: shop.arn })).events;
    expect(approved).toMatchObject({
      ...{ roleArn: shop.arn, application: "shop", environment: "prod", accountId: "111122223333" },
      ...{ version: 4, type: "ProposalApproved", occurredAt: day(40), people: ["reviewer-1"] },
      text: "proposal 3 merged as !58 by reviewer-1: 3 permissions now",
    });
    expect(approved?.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("finds by each filter what another filter would leave out", async () => {
    expect(await typesOf({ role: other.arn, type: "ProposalApproved" })).toEqual(["ProposalApproved"]);
    expect(await typesOf({ application: "crm" })).toEqual([
      ...["PolicyEdited", "PolicyEdited", "PolicyProposed", "PolicyEdited", "RoleDiscovered", "RoundPlanned"],
    ]);
    expect((await ask({ account: "444455556666" })).events).toHaveLength(4);
    expect(await typesOf({ type: "RequestOpened" })).toEqual(["RequestOpened"]);
    expect(await typesOf({ actor: reviewer.username })).toEqual(["ProposalApproved"]);
    expect(await typesOf({ actor: "reviewer-2" })).toEqual(["ProposalApproved"]);
    expect(await typesOf({ actor: "developer-2" })).toEqual(["PolicyEdited"]);
    expect(await typesOf({ since: day(41), until: day(70) })).toEqual(["PolicyEdited", "ProposalApproved"]);
    expect(await typesOf({ application: "nothing" })).toEqual([]);
  });

  it("finds by action what concerns it: added, taken away, or within a wildcard", async () => {
    const ofPassRole = await ask({ action: "iam:PassRole" });
    const found = ofPassRole.events.map(({ type, roleArn }) => [type, roleArn]);
    // `*` came and went: it is every action, too.
    expect(found.slice(0, 4)).toEqual([
      ["PolicyEdited", crm.arn],
      ["PolicyEdited", crm.arn],
      ["ProposalApproved", other.arn],
      ["ProposalApproved", shop.arn],
    ]);
    expect(found.slice(4).sort()).toEqual(
      [crm, other, shop].map(({ arn }) => ["PolicyProposed", arn]).sort(),
    );
    expect(ofPassRole.events.at(-1)?.actions).toEqual(["iam:PassRole"]);
    expect(await typesOf({ action: "s3:GetBucketAcl", role: shop.arn })).toEqual(["PolicyEdited"]);
    expect(await typesOf({ action: "s3:Put*", role: shop.arn })).toEqual([]);
    expect(await typesOf({ action: "sqs:*", type: "ProposalApproved", actor: "reviewer-1" })).toEqual([
      "ProposalApproved",
    ]);
  });

  it("reads by the narrowest filter, whichever way round they are given", async () => {
    const both = await ask({ type: "PolicyProposed", role: crm.arn });
    expect(both.events).toHaveLength(1);
    expect(both.read).toBeLessThanOrEqual(5);
    expect((await ask({ application: "shop", actor: "Reviewer-2" })).read).toBe(1);
  });

  it("goes on with a cursor only where it asked, and takes none that was made elsewhere", async () => {
    const { next } = await ask({ limit: 2 });
    if (next === null) throw new Error("there is more");
    await expect(ask({ limit: 2, cursor: next, type: "PolicyEdited" })).rejects.toMatchObject({
      code: "bad-cursor",
    });
    const foreign = audit({ limit: 2 }, { index: history.index, cursorKey: Buffer.from("another key") });
    await expect(ask({ limit: 2, cursor: (await foreign).next ?? "" })).rejects.toMatchObject({
      code: "bad-cursor",
    });
    const forged = Buffer.from(next, "base64url");
    forged[forged.length - 3] = (forged.at(-3) ?? 0) ^ 1;
    for (const cursor of [forged.toString("base64url"), "", "x", `${next}x`])
      await expect(ask({ limit: 2, cursor })).rejects.toMatchObject({ code: "bad-cursor" });
  });

  it("comes back short, with a cursor, when a page has read its share", async () => {
    const many = written();
    const busy = roleOf("busy");
    await many.discover(busy, day(1), "busy");
    for (let n = 2; n <= 1_200; n += 1) await many.edit(busy, day(n), allow(n % 2 ? "s3:Get*" : "s3:Put*"));
    await many.indexAll();
    const question = { role: busy.arn, type: "RoleDiscovered" };
    const index = many.index;
    const first = await audit({ role: busy.arn, actor: "nobody" }, { index, cursorKey });
    expect(first).toMatchObject({ events: [], read: 0, next: null });
    // Of its own month the narrowest way is not the one by type: both filters reach back alike within it.
    const page = await audit({ ...question, application: "busy" }, { index, cursorKey });
    expect(page.events).toHaveLength(1);
    const wide = await audit(
      { application: "busy", account: "111122223333", action: "sqs:Nothing" },
      { index, cursorKey },
    );
    expect(wide).toMatchObject({ events: [], next: null });
    const short = await audit(
      { application: "busy", action: "s3:PutObject", limit: 500 },
      { index, cursorKey },
    );
    expect(short.read).toBeLessThanOrEqual(1_000);
    expect(short.events.length).toBeLessThanOrEqual(500);
    expect(short.next).not.toBeNull();
  });

  it("says how far the index has come", async () => {
    expect((await ask({})).indexedTo).toBeNull();
    const { noteNewest } = await import("./index-stream.ts");
    await noteNewest(history.index, day(71));
    expect((await ask({})).indexedTo).toBe(day(71));
  });
});
