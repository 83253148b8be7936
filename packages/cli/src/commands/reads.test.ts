import { roleStream } from "@plp/domain";
import { memoryBlobStore } from "@plp/event-store";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { momentOf } from "../moment.ts";
import { plainStyle } from "../output.ts";
import { applyStory, day, memoryHistory, role } from "../testing/story.ts";
import { history } from "./history.ts";
import { replay } from "./replay.ts";
import { roles } from "./roles.ts";
import { show } from "./show.ts";
import { verify } from "./verify.ts";

const now = new Date(day(9));
const prod = role("prod").arn;

describe("plp roles", () => {
  it("lists every role with its approved permissions and the request that waits", async () => {
    const { json } = await roles((await memoryHistory()).history, undefined);
    expect(json).toMatchObject([
      {
        roleArn: prod,
        application: "shop",
        environment: "prod",
        accountId: "111122223333",
        mode: "observe",
        permissions: 2,
        lastChange: day(8),
        openMergeRequests: [{ kind: "grow", iid: 59 }],
      },
      { environment: "test" },
    ]);
  });

  it("refuses an application that has no role, and names those that have", async () => {
    const { history: opened } = await memoryHistory();
    await expect(roles(opened, "shpo")).rejects.toThrow(
      '--application "shpo": no role belongs to it; there are: shop',
    );
  });
});

describe("plp history", () => {
  it("tells every event, oldest first, without a hole", async () => {
    const { json } = await history((await memoryHistory()).history, "shop-prod", {});
    const events = z.array(z.looseObject({ version: z.number(), type: z.string() })).parse(json);
    expect(events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Object.keys(events[0] ?? {})).toEqual([
      "version",
      "type",
      "occurredAt",
      "recordedAt",
      "actor",
      "correlationId",
      "data",
      "hash",
    ]);
  });

  it("cuts by when things happened; a date is a whole day", async () => {
    const { history: opened } = await memoryHistory();
    const span = { since: momentOf("2026-03-04", "--since"), until: momentOf("2026-03-05", "--until") };
    const { json } = await history(opened, prod, span);
    expect(json).toMatchObject([{ type: "PolicyProposed" }, { type: "ProposalApproved" }]);
  });

  it("refuses a part of an ARN that two roles have, and names both", async () => {
    const { history: opened } = await memoryHistory();
    await expect(history(opened, "shop", {})).rejects.toThrow(/may be any of 2: .*shop-prod.*shop-test/);
    await expect(history(opened, "crm", {})).rejects.toThrow(/no role with a history has that in its ARN/);
  });
});

describe("plp replay", () => {
  it("says who approved a permission, when, in which request and on which evidence", async () => {
    const { history: opened, evidence } = await memoryHistory();
    const { json } = await replay(opened, "shop-prod", { at: momentOf("2026-03-05", "--at") });
    expect(json).toMatchObject({
      roleArn: prod,
      version: 5,
      at: "2026-03-05T23:59:59.999Z",
      mode: "observe",
      proposed: null,
      applied: null,
      permissions: [
        { action: "s3:ListAllMyBuckets", basis: "kept", since: day(2) },
        {
          action: "sqs:CreateQueue",
          basis: "seen",
          since: day(5),
          approvedBy: "reviewer-1",
          mergeRequest: { iid: 58 },
          evidence: { hash: evidence, from: day(1), to: day(2), count: 3 },
        },
      ],
    });
  });

  it("tells people what held on a day and what changed on it", async () => {
    const { history: opened } = await memoryHistory();
    const { people } = await replay(opened, "shop-prod", { at: momentOf("2026-03-05", "--at") });
    const text = people(plainStyle);
    expect(text).toContain(
      "On Thu 5 Mar 2026 (UTC) the approved policy had 1 permission until 12:00, then 2; what AWS had is not known.",
    );
    expect(text).toMatch(/\+ +sqs:CreateQueue +orders +12:00 +reviewer-1 +!58 +3 calls/);
    expect(text).not.toMatch(/\+ +s3:ListAllMyBuckets/);
  });

  it("tells people what AWS had, who merged and who applied it, and what was read there", async () => {
    const { history: opened, store } = await memoryHistory();
    await applyStory(store, role("prod"));
    const answer = await replay(opened, "shop-prod", { at: momentOf("2026-03-06", "--at") });
    expect(answer.json).toMatchObject({ counts: "applied", confirmed: null, twoPeople: true });
    const text = answer.people(plainStyle);
    expect(text).toContain("On Fri 6 Mar 2026 (UTC) this role could use 2 permissions from 12:00.");
    expect(text).toMatch(/applied +6 Mar.* +· +2 +operator-1 started apply +job 88/);
    expect(text).toMatch(/approved +5 Mar.* +· +2 +reviewer-1 merged +!58/);
    expect(text).toMatch(/proposed +none/);
    expect(text).toMatch(/in AWS +read 7 Mar.* 12:00: as it should be/);
    expect(text).toMatch(/At the end of the day \(applied, version 7 of \d+\)/);
    expect(text).toMatch(/\+ +sqs:CreateQueue +orders +12:00 +reviewer-1 +!58 +3 calls/);
    expect(text).toMatch(/Also on the role +not known: the role had not been read/);
    expect(text).toMatch(/Two people +yes: merged by reviewer-1 \(4711\), applied by operator-1 \(4802\)/);
    expect(text).toContain("npx plp changes shop-prod --from 2026-03-06 --to 2026-03-06");
    const later = await replay(opened, "shop-prod", { at: momentOf("2026-03-07", "--at") });
    expect(later.json).toMatchObject({ confirmed: true, otherPolicies: [{ id: "ci-initial" }] });
    expect(later.people(plainStyle)).toMatch(
      /Also on the role +ci-initial \(read 7 Mar.*\); boundary ci-boundary/,
    );
  });

  it("knows nothing of what was written down later", async () => {
    const { history: opened, store } = await memoryHistory();
    await applyStory(store, role("prod"));
    const known = { at: momentOf("2026-03-06", "--at"), knownAt: momentOf("2026-03-08", "--known-at") };
    const { json, people } = await replay(opened, "shop-prod", known);
    expect(json).toMatchObject({ counts: "approved", applied: null, version: 0 });
    expect(people(plainStyle)).toContain("as it was known at 8 Mar");
  });

  it("knows a role only from the version on that there is, and not before it was found", async () => {
    const { history: opened } = await memoryHistory();
    await expect(replay(opened, "shop-prod", { version: 7 })).rejects.toThrow("version 7: the history of");
    const { json, people } = await replay(opened, "shop-prod", { at: momentOf("2026-02-01", "--at") });
    expect(json).toMatchObject({ version: 0, approved: null, proposed: null, permissions: [] });
    expect(people(plainStyle)).toContain("this role was not known to PLP yet");
  });
});

describe("plp verify", () => {
  it("finds everything as it was written", async () => {
    const { json, exit } = await verify((await memoryHistory()).history, undefined, {}, now);
    expect(json).toEqual({ streams: 3, events: 14, blobs: 1, checkpoints: 0, commits: null, broken: [] });
    expect(exit).toBe(0);
  });

  it("finds one changed byte, names the place, and exits 1", async () => {
    const { history: opened, store } = await memoryHistory();
    const stream = roleStream(role("test"));
    const item = store.table.items().find(({ pk, n }) => pk === stream && n === 4);
    store.table.tamper(stream, item?.sk ?? "", (before) => {
      const bytes = Uint8Array.from(before.e ?? []);
      bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
      return { ...before, e: bytes };
    });
    const { json, exit } = await verify(opened, undefined, {}, now);
    expect(json).toMatchObject({ broken: [{ stream, version: 4 }] });
    expect(exit).toBe(1);
    expect((await verify(opened, "shop-prod", {}, now)).exit).toBe(0);
  });

  it("finds evidence that is gone", async () => {
    const { history: opened, evidence } = await memoryHistory();
    const { json } = await verify({ ...opened, blobs: memoryBlobStore() }, "shop-prod", {}, now);
    const { broken } = z.object({ broken: z.array(z.looseObject({ reason: z.string() })) }).parse(json);
    expect(broken).toHaveLength(3);
    expect(broken[0]?.reason).toContain(evidence);
  });
});

describe("plp show", () => {
  it("tells the risks of what is added", async () => {
    const { people, json } = await show((await memoryHistory()).history, "shop", false);
    expect(people(plainStyle)).toMatch(
      /LOW {5}prod test {2}sqs:AddPermission on orders\n +Open resources to others/,
    );
    expect(json).toMatchObject({ proposals: [{ roles: [{ risks: [{ id: "resource-policies" }] }, {}] }] });
  });

  it("tells what the proposed policy would have denied", async () => {
    const { people, json } = await show((await memoryHistory()).history, "shop", false);
    expect(people(plainStyle)).toContain("TESTED  prod  4 of 1,234 calls would have been denied");
    expect(people(plainStyle)).toContain("kms:ListKeys on * 4×: no statement allows it");
    expect(json).toMatchObject({
      proposals: [{ roles: [{ backtest: { calls: 1_234, allowed: 1_230 } }, {}] }],
    });
  });

  it("shows the same permission of several environments in one row", async () => {
    const { people } = await show((await memoryHistory()).history, "shop", false);
    const text = people(plainStyle);
    expect(text).toContain("Draft: shop: 4 new permissions for prod and test");
    expect(text).toMatch(/\+ +\+ +sqs:DeleteQueue +orders +write +6 /);
    expect(text).toContain("DENIED  prod  iam:GetRole 4× (forbidden by SCP)");
  });

  it("gives scripts the additions of every role", async () => {
    const { json } = await show((await memoryHistory()).history, "shop", false);
    expect(json).toMatchObject({
      application: "shop",
      proposals: [{ kind: "grow", request: { iid: 59 }, roles: [{ environment: "prod", version: 6 }, {}] }],
    });
  });

  it("refuses an application that it does not know", async () => {
    const { history: opened } = await memoryHistory();
    await expect(show(opened, "crm", false)).rejects.toThrow("there are: shop");
  });
});
