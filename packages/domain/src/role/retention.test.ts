import { permissionKey } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { causeAt, history, scopeOf } from "../testing.ts";
import { discoverRole, observeUsage } from "./decide.ts";
import type { Gap } from "./events.ts";
import { foldRole } from "./fold.ts";
import type { ReplayedPermission } from "./origins.ts";
import { coversRetention, type RecordedAsk, type RetentionInput, unusedPermissions } from "./retention.ts";
import type { RoleState } from "./state.ts";

const day = (n: number) => new Date(Date.UTC(2026, 5, 1) + n * 86_400_000).toISOString();
const queue = "arn:aws:sqs:eu-central-1:111122223333:orders";

function permission(
  action: string,
  resource = queue,
  more: Partial<ReplayedPermission> = {},
): ReplayedPermission {
  return {
    ...{ action, resource, condition: null, basis: "seen", since: day(0), sinceVersion: 3 },
    ...{ approvedBy: "rita", mergeRequest: null, evidence: null, ...more },
  };
}

const call = (action: string, resource: string | null = queue, last = day(90)): RecordedAsk => ({
  action,
  resource,
  last,
});

/** Watched for a hundred days. */
function watched(gaps: readonly Gap[] = []): RoleState {
  return history(foldRole)
    .when((state) =>
      discoverRole(
        state,
        { scope: scopeOf(), commit: { sha: "c", author: null }, previousUniqueId: null },
        causeAt(day(0)),
      ),
    )
    .when((state) =>
      observeUsage(
        state,
        {
          ...{ run: "r", window: { from: day(0), to: day(100) }, closed: true, gaps, analyzer: "both" },
          ...{
            counts: { authorized: 1, denied: 0, failed: 0, permissions: 1 },
            evidence: "e",
            top: [],
            complete: true,
          },
        },
        causeAt(day(100)),
      ),
    ).state;
}

function unused(
  permissions: readonly ReplayedPermission[],
  more: Partial<RetentionInput> = {},
): readonly string[] {
  return unusedPermissions({
    ...{ state: watched(), permissions, recorded: [], unmapped: [], lastAccessed: [] },
    ...{ retentionDays: 90, dataEvents: [], rejectionDays: null, now: new Date(day(100)), ...more },
  }).map(({ action }) => action);
}

describe("What nobody used within its retention", () => {
  it("may go when windows without a hole cover all of it", () => {
    expect(unused([permission("sqs:DeleteQueue")])).toEqual(["sqs:DeleteQueue"]);
    expect(coversRetention(watched(), 100)).toBe(true);
    expect(coversRetention(watched(), 101)).toBe(false);
    expect(unused([permission("sqs:DeleteQueue")], { retentionDays: 101 })).toEqual([]);
    const hole = [{ from: day(50), to: day(51), reason: "not read" }];
    expect(unused([permission("sqs:DeleteQueue")], { state: watched(hole) })).toEqual([]);
    expect(unused([permission("sqs:DeleteQueue")], { state: watched(hole), retentionDays: 49 })).toHaveLength(
      1,
    );
  });

  it("stays when some call may have needed it, authorized or not", () => {
    const tag = [permission("sqs:TagQueue"), permission("sqs:TagQueue", `${queue}-2`)];
    expect(unused(tag, { recorded: [call("SQS:tagqueue")] })).toHaveLength(1);
    expect(unused(tag, { recorded: [call("sqs:TagQueue", null)] })).toEqual([]);
    expect(
      unused([permission("sqs:TagQueue", "arn:aws:sqs:*:*:ord*")], { recorded: [call("sqs:TagQueue")] }),
    ).toEqual([]);
    expect(
      unused([permission("sqs:TagQueue", "arn:aws:sqs:${aws:x}")], { recorded: [call("sqs:TagQueue")] }),
    ).toEqual([]);
  });

  it("stays when nobody could have seen it used", () => {
    const blind = [
      permission("iam:PassRole", "*"),
      permission("sqs:SendMessage"),
      permission("rds-db:connect", "*"),
    ];
    expect(unused(blind)).toEqual([]);
    expect(unused(blind, { dataEvents: ["AWS::SQS::Queue"] })).toEqual(["sqs:SendMessage"]);
  });

  it("stays when it did not stand there all that time, or people put it there, or it was inferred", () => {
    expect(unused([permission("sqs:DeleteQueue", queue, { since: day(11) })])).toEqual([]);
    expect(unused([permission("sqs:DeleteQueue", queue, { basis: "kept" })])).toEqual([]);
    expect(unused([permission("sqs:DeleteQueue", queue, { basis: "inferred" })])).toEqual([]);
    expect(unused([permission("sqs:DeleteQueue", queue, { basis: "asked" })])).toHaveLength(1);
  });

  it("stays when IAM saw the service used and the trail does not show it, or IAM was not asked", () => {
    const remove = [permission("sqs:DeleteQueue")];
    const at = (lastAuthenticated: string | null) => ({
      lastAccessed: [{ service: "sqs", lastAuthenticated }],
    });
    expect(unused(remove, { lastAccessed: null })).toEqual([]);
    expect(unused(remove, at(null))).toHaveLength(1);
    expect(unused(remove, at(day(9)))).toHaveLength(1);
    expect(unused(remove, at(day(80)))).toEqual([]);
    const others = (last: string) => ({ ...at(day(80)), recorded: [call("sqs:TagQueue", queue, last)] });
    expect(unused(remove, others(day(80)))).toHaveLength(1);
    expect(unused(remove, others(day(79)))).toHaveLength(1);
    expect(unused(remove, others(day(70)))).toEqual([]);
  });

  it("stays when a call of the service is recorded of which nobody knows the action", () => {
    const unmapped = [{ eventSource: "sqs.amazonaws.com" }];
    expect(unused([permission("sqs:DeleteQueue")], { unmapped })).toEqual([]);
    expect(unused([permission("sns:DeleteTopic")], { unmapped })).toHaveLength(1);
  });

  it("stays when reviewers did not let it go, until that is over", () => {
    const one = permission("sqs:DeleteQueue");
    const refusal = { at: day(95), by: null, request: { iid: 1, url: "u" }, permission: one };
    const state = { ...watched(), retained: new Map([[permissionKey(one), refusal]]) };
    expect(unused([one], { state })).toEqual([]);
    expect(unused([one], { state, rejectionDays: 5 })).toHaveLength(1);
    expect(unused([one], { state, rejectionDays: 6 })).toEqual([]);
  });
});
