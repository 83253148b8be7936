import { day, reviewer, roleOf, type written } from "@plp/audit/testing";
import {
  endRun,
  foldRun,
  type RoleEvent,
  type RunEvent,
  type RunState,
  replayRole,
  requestAnalysis,
  roleStream,
  runStream,
  startAnalysis,
  succeedAnalysis,
} from "@plp/domain";
import { addition, causeAt } from "@plp/domain/testing";
import { commit } from "@plp/event-store";
import type { Answer } from "@plp/web";
import { beforeAll, describe, expect, it } from "vitest";
import { apiOver } from "../api/testing.ts";
import { pageReads } from "./reads.ts";

const shop = roleOf("shop");
const queue = "arn:aws:sqs:eu-central-1:111122223333:orders";
const now = { at: "", version: "", knownAt: "" };
type History = ReturnType<typeof written>;
const RUN = "0123456789abcdef0123456789abcdef";

/** A role that read a bucket, was allowed to send messages by !58, and to read less from day 6 on. */
async function write(history: History): Promise<void> {
  await history.plan("shop", day(1), [shop]);
  await history.discover(shop, day(1));
  await history.discover(roleOf("crm"), day(1), "crm");
  await history.edit(shop, day(2), [
    { Effect: "Allow", Action: ["s3:Get*", "s3:ListBucket"], Resource: "*" },
  ]);
  await history.propose(shop, day(3), [addition("sqs:SendMessage", queue)]);
  await history.open("shop", day(3), 58, [shop]);
  await history.approve(shop, day(4), 58);
  await history.edit(shop, day(6), [
    { Effect: "Allow", Action: ["s3:GetObject"], Resource: "*" },
    { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: queue },
  ]);
  await history.indexAll();
}

function found<T>(answer: Answer<T>): T {
  if (answer.kind === "refused") throw new Error(answer.says);
  return answer.value;
}

describe("what the page asks", () => {
  const { history: made, ports } = apiOver();
  const reads = pageReads(ports);
  beforeAll(() => write(made));
  const role = async (asked: Partial<typeof now> = {}) =>
    found(await reads.role("shop-prod", { ...now, ...asked }));

  describe("of a role", () => {
    it("a day is answered as it ended, a moment as it was, a version as it was written", async () => {
      expect(await role({ at: "2026-01-04" })).toMatchObject({ version: 4, permissions: { length: 3 } });
      expect(await role({ at: "2026-01-04T11:59Z" })).toMatchObject({
        version: 3,
        permissions: { length: 2 },
      });
      expect(await role({ version: "2" })).toMatchObject({ version: 2, at: day(2), proposed: null });
      expect(await role({ at: "2025-12-31" })).toMatchObject({ version: 0, scope: null, at: null });
      expect(await role()).toMatchObject({ version: 5, versions: 5, scope: { application: "shop" } });
    });

    it("every version shows the policy that was written there", async () => {
      const { events } = await made.store.load<RoleEvent>(roleStream(shop));
      for (const { version } of events) {
        const { permissions, policies, hash } = await role({ version: String(version) });
        const replayed = replayRole(events, { version });
        expect({ permissions, hash }).toEqual({ permissions: replayed.permissions, hash: replayed.hash });
        expect(policies.approved).toEqual(replayed.approved?.policy ?? null);
      }
    });

    it("says who approved, in which request, on which evidence, and how the number of permissions went", async () => {
      const { permissions, growth, periods, events } = await role({ version: "4" });
      expect(permissions.find(({ action }) => action === "sqs:SendMessage")).toMatchObject({
        approvedBy: reviewer.username,
        since: day(4),
        mergeRequest: { iid: 58 },
        evidence: { count: 3 },
      });
      expect(periods).toEqual([
        expect.objectContaining({ policy: "approved", from: day(4), permissions: 3 }),
      ]);
      expect(growth.map(({ permissions: count }) => count)).toEqual([2, 3, 2]);
      expect(events.map(({ says }) => says)[3]).toBe(
        "proposal 3 merged as !58 by reviewer-1: 3 permissions now",
      );
    });

    it.each<[string, Partial<typeof now>, number, RegExp]>([
      ["nobody", {}, 404, /no role with a history/],
      ["prod", {}, 400, /may be any of 2/],
      ["shop-prod", { at: "yesterday" }, 400, /at "yesterday" is no time/],
      ["shop-prod", { at: "2026-02-31" }, 400, /is no time/],
      ["shop-prod", { knownAt: "then" }, 400, /knownAt "then" is no time/],
      ["shop-prod", { version: "6" }, 404, /ends at version 5/],
      ["shop-prod", { version: "0" }, 400, /version: /],
    ])("%s at %j is refused with a reason", async (wanted, asked, status, says) => {
      expect(await reads.role(wanted, { ...now, ...asked })).toMatchObject({
        kind: "refused",
        status,
        says: expect.stringMatching(says),
      });
    });

    it("a store that fails is no answer", async () => {
      const load = async () => Promise.reject(new Error("no table"));
      const broken = pageReads({ ...ports, store: { ...ports.store, load } });
      await expect(broken.role("shop-prod", now)).rejects.toThrow("no table");
    });
  });

  describe("of two moments", () => {
    const difference = async (from: string, to: number) =>
      found(await reads.difference("shop-prod", from, to));
    const named = (permissions: readonly { action: string; event: { version: number } | null }[]) =>
      permissions.map(({ action, event }) => [action, event?.version]);

    it("tells what came and what went, each with its event", async () => {
      const { added, removed, from, to } = await difference("2", 5);
      expect([from.version, to.version]).toEqual([2, 5]);
      expect(named(added)).toEqual([["sqs:SendMessage", 4]]);
      // s3:GetObject stood there as s3:Get*.
      expect(named(removed)).toEqual([
        ["s3:Get*", 5],
        ["s3:ListBucket", 5],
      ]);
    });

    it("goes by days, too, and back in time", async () => {
      const { added, removed } = await difference("2026-01-05", 2);
      expect([named(added), named(removed)]).toEqual([[], [["sqs:SendMessage", 4]]]);
    });
  });

  describe("of everything", () => {
    it("filters, and goes on with a cursor", async () => {
      const first = found(await reads.audit({ role: "shop-prod", limit: "2" }));
      expect(first.events.map(({ version, says }) => [version, says.slice(0, 8)])).toEqual([
        [5, "the file"],
        [4, "proposal"],
      ]);
      const next = found(await reads.audit({ role: "shop-prod", limit: "2", cursor: first.next ?? "" }));
      expect(next.events.map(({ version }) => version)).toEqual([3, 2]);
      const approvals = found(
        await reads.audit({ type: "ProposalApproved", since: "2026-01-04", until: "2026-01-04" }),
      );
      expect(approvals.events).toEqual([
        expect.objectContaining({ roleArn: shop.arn, people: ["reviewer-1"] }),
      ]);
    });

    it.each([
      [{ type: "Nothing" }, /there is no event "Nothing"/],
      [{ action: "*:Put" }, /must begin with a service/],
      [{ account: "12" }, /account: must be 12 digits/],
      [{ since: "soon" }, /since "soon" is no time/],
      [{ limit: "-1" }, /limit: /],
      [{ cursor: "made.up" }, /cursor/],
    ])("%j is refused with a reason", async (filter, says) => {
      expect(await reads.audit(filter)).toMatchObject({
        kind: "refused",
        status: 400,
        says: expect.stringMatching(says),
      });
    });

    it("who can, by the policy that stands", async () => {
      expect(found(await reads.whoCan("sqs:SendMessage", queue))).toMatchObject({
        roles: [{ roleArn: shop.arn, answer: "yes" }],
      });
      expect(await reads.whoCan("sqs", "")).toMatchObject({ kind: "refused", status: 400 });
    });

    it("how things stand", async () => {
      expect(await reads.overview()).toMatchObject({
        roles: 2,
        permissions: 2,
        growth: [
          { at: "2026-01-02T00:00:00.000Z", permissions: 2 },
          { at: "2026-01-04T00:00:00.000Z", permissions: 3 },
          { at: "2026-01-06T00:00:00.000Z", permissions: 2 },
        ],
      });
    });
  });

  describe("of a run", () => {
    const commitRun = (id: string, decide: (state: RunState) => RunEvent[]) =>
      commit<RunEvent, RunState>(made.store, { stream: runStream(RUN), fold: foldRun, decide, commitId: id });
    const window = { from: day(1), to: day(3) };

    it("is told from its beginning to the request that shows its proposal", async () => {
      expect(await reads.run(RUN)).toMatchObject({ kind: "refused", status: 404 });
      const application = { project: "iam/roles", folder: "shop" };
      const place = { lane: "111122223333", region: "eu-central-1", regions: ["eu-central-1"], idle: false };
      await commitRun("1", (state) =>
        requestAnalysis(
          state,
          { role: shop, application, environment: "prod", round: "r", window, ...place },
          causeAt(day(3)),
        ),
      );
      await commitRun("2", (state) =>
        startAnalysis(state, { job: "job-1", part: window, attempt: 1, startedAt: day(3) }, causeAt(day(3))),
      );
      expect(found(await reads.run(RUN))).toMatchObject({
        observedAt: null,
        end: null,
        parts: [{ job: "job-1" }],
      });
      await commitRun("3", (state) => succeedAnalysis(state, 2, causeAt(day(4))));
      await commitRun("4", (state) =>
        endRun(state, { kind: "proposed", request: "grow", proposal: 3 }, causeAt(day(5))),
      );
      const told = found(await reads.run(RUN));
      expect(told).toMatchObject({
        roleArn: shop.arn,
        application: "shop",
        observedAt: day(4),
        end: { kind: "proposed", proposal: 3, at: day(5) },
        request: { iid: 58, status: "open" },
      });
      expect(told.events.map(({ says }) => says)).toEqual([
        "in lane 111122223333, eu-central-1",
        "job job-1, attempt 1",
        "observed as version 2 of the role",
        "grow, proposal 3 of the role",
      ]);
    });

    it.each(["", "nothing", "../../etc/passwd", "0".repeat(32)])("%j is not there", async (run) => {
      expect(await reads.run(run)).toMatchObject({ kind: "refused", status: 404 });
    });
  });
});
