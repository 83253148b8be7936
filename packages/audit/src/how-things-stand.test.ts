import {
  applyPolicy,
  failAnalysis,
  foldRun,
  proposePolicy,
  type RunEvent,
  type RunState,
  requestAnalysis,
  retireRole,
} from "@plp/domain";
import { addition, causeAt, proposalOf } from "@plp/domain/testing";
import { commit } from "@plp/event-store";
import type { Risk, Severity } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { howThingsStand } from "./how-things-stand.ts";
import type { IndexTable } from "./table.ts";
import { day, reviewer, roleOf, written } from "./testing.ts";

type History = ReturnType<typeof written>;

const shop = roleOf("shop");
const shopTest = roleOf("shop", "test", "444455556666");
const crm = roleOf("crm");
const reads = (...names: readonly string[]) => [
  { Effect: "Allow", Action: names.map((name) => `s3:Get${name}`), Resource: "*" },
];

/** The run that the round of a day planned for a role; with a reason: it failed. */
async function run({ store }: History, role: typeof shop, at: string, reason?: string): Promise<void> {
  const requested = {
    ...{
      role,
      application: { project: "iam/roles", folder: "shop" },
      environment: "prod",
      round: `round of ${at}`,
    },
    ...{
      window: { from: day(1), to: at },
      lane: "111122223333",
      region: "eu-central-1",
      regions: ["eu-central-1"],
    },
    idle: false,
  };
  const write = (id: string, decide: (state: RunState) => RunEvent[]) =>
    commit<RunEvent, RunState>(store, {
      stream: `run#run of ${role.arn}`,
      fold: foldRun,
      decide,
      commitId: id,
    });
  await write("1", (state) => requestAnalysis(state, requested, causeAt(at)));
  if (reason !== undefined)
    await write("2", (state) => failAnalysis(state, { code: "x", reason }, causeAt(at)));
}

async function now(history: History, at: string) {
  await history.indexAll();
  return howThingsStand(history.index, new Date(at));
}

describe("how things stand", () => {
  it("is nothing where nothing was ever written", async () => {
    expect(await now(written(), day(1))).toEqual({
      ...{ round: null, roles: 0, inScope: 0, permissions: 0, waitsForReview: [], waitsForApply: [] },
      ...{ failed: [], excluded: [], growth: [], lanes: [], indexedTo: null },
    });
  });

  it("counts what became of every role in the last round of its application", async () => {
    const history = written();
    await history.plan("shop", day(1), [shop]);
    await history.plan("shop", day(8), [shop, shopTest, crm]);
    await run(history, shop, day(8));
    await run(history, shopTest, day(8), "no access");
    const { round, failed } = await now(history, day(9));
    expect(round).toMatchObject({ plannedAt: day(8), underWay: 1, failed: 1, proposed: 0, notToldOf: 1 });
    expect(failed).toEqual([
      expect.objectContaining({ application: "shop", roleArn: shopTest.arn, reason: "no access" }),
    ]);
  });

  it("a run that another round of the week had asked for counts for the last one, too", async () => {
    const history = written();
    await run(history, shop, day(3), "no access");
    await history.plan("shop", day(8), [shop]);
    expect((await now(history, day(9))).round).toMatchObject({ failed: 1, notToldOf: 0 });
  });

  it("a request that waits says what it adds in all its roles", async () => {
    const history = written();
    for (const role of [shop, shopTest]) {
      await history.discover(role, day(1));
      await history.propose(role, day(2), [addition("s3:GetObject"), addition("s3:PutObject")]);
    }
    await history.open("shop", day(2), 58, [shop, shopTest]);
    expect((await now(history, day(3))).waitsForReview).toEqual([
      expect.objectContaining({ application: "shop", iid: 58, added: 4, removed: 0, openedAt: day(2) }),
    ]);
  });

  it("a risk that several roles of a request have is one, by its worst", async () => {
    const history = written();
    const risk = (id: string, severity: Severity): Risk => ({
      ...{ id, severity, kind: "escalation", title: id, actions: [], resources: [] },
      ...{ why: "", harmless: "", reference: "https://x.example" },
    });
    const risks = { prod: [risk("a", "medium"), risk("b", "low")], test: [risk("a", "high")] };
    for (const [role, found] of [
      [shop, risks.prod],
      [shopTest, risks.test],
    ] as const) {
      await history.discover(role, day(1));
      await history.role(role, day(2), (state, cause) =>
        proposePolicy(state, proposalOf([addition("s3:GetObject")], { risks: found }), cause),
      );
    }
    await history.open("shop", day(2), 58, [shop, shopTest]);
    expect((await now(history, day(3))).waitsForReview[0]?.risks).toEqual({ high: 1, medium: 0, low: 1 });
  });

  it("what was merged waits for apply until AWS has the policy as it stands", async () => {
    const history = written();
    await history.discover(shop, day(1));
    await history.edit(shop, day(1), reads("Object"));
    expect((await now(history, day(1))).waitsForApply).toEqual([]);
    await history.propose(shop, day(2), [addition("s3:PutObject")]);
    const { approved } = await history.approve(shop, day(3), 58);
    expect((await now(history, day(4))).waitsForApply).toEqual([
      expect.objectContaining({ roleArn: shop.arn, approvedBy: reviewer.username, approvedAt: day(3) }),
    ]);
    const apply = (policyHash: string, job: number) =>
      history.role(shop, day(4), (state, cause) =>
        applyPolicy(
          state,
          {
            ...{
              commit: "c",
              policy: { Statement: [] },
              policyHash,
              pipeline: 1,
              job,
              url: "https://x.example",
            },
            startedBy: reviewer,
          },
          cause,
        ),
      );
    await apply("of something else", 1);
    expect((await now(history, day(4))).waitsForApply).toHaveLength(1);
    await apply(approved?.policyHash ?? "", 2);
    expect((await now(history, day(4))).waitsForApply).toEqual([]);
  });

  it("adds up the permissions of all roles day by day, without those of retired ones", async () => {
    const history = written();
    await history.discover(shop, day(1));
    await history.discover(crm, day(1), "crm");
    await history.edit(shop, day(2), reads("Object"));
    await history.edit(crm, day(4), reads("Object", "Bucket"));
    await history.edit(shop, day(5), reads("Object", "Acl", "Tag"));
    await history.role(crm, day(7), (state, cause) =>
      retireRole(state, { reason: "gone", commit: { sha: "c", author: null } }, cause),
    );
    const { growth, permissions } = await now(history, day(8));
    expect(growth.map((point) => [point.day, point.permissions])).toEqual([
      ["2026-01-02", 1],
      ["2026-01-04", 3],
      ["2026-01-05", 5],
      ["2026-01-07", 3],
    ]);
    expect(permissions).toBe(3);
    await history.discover(crm, day(9), "crm");
    expect((await now(history, day(9))).growth.at(-1)).toEqual({ day: "2026-01-09", permissions: 5 });
  });
});

describe("the overview", () => {
  it("reads each partition of the index once, whoever of it asks for the same runs", async () => {
    const history = written();
    await history.plan("shop", day(8), [shop]);
    await run(history, shop, day(8), "no trust");
    await history.indexAll();
    const read: string[] = [];
    const page: IndexTable["page"] = (pk, range) => {
      read.push(pk);
      return history.index.page(pk, range);
    };
    const standing = await howThingsStand({ ...history.index, page }, new Date(day(9)));
    expect(standing.failed).toHaveLength(1);
    expect(read).toContain("index#runs#2026-01-08");
    expect(read.toSorted()).toEqual([...new Set(read)].toSorted());
  });
});
