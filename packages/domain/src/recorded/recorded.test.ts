import { readFileSync } from "node:fs";
import { parsePolicy, policyHash } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { mergeRequest } from "../application/decide.ts";
import type { ApplicationEvent } from "../application/events.ts";
import { foldApplication, openRequest } from "../application/fold.ts";
import type { DomainEvent, Recorded } from "../event.ts";
import type { RoleEvent } from "../role/events.ts";
import { foldRole } from "../role/fold.ts";
import { expireRun } from "../run/decide.ts";
import type { RunEvent } from "../run/events.ts";
import { foldRun } from "../run/fold.ts";
import { causeAt } from "../testing.ts";

// Three streams as an earlier version recorded them: never to be written anew, only added to.
const recorded: Readonly<Record<string, readonly unknown[]>> = JSON.parse(
  readFileSync(new URL("first-release.json", import.meta.url), "utf8"),
);
function stream<E extends DomainEvent<string, unknown>>(prefix: string): readonly Recorded<E>[] {
  const [, events] = Object.entries(recorded).find(([name]) => name.startsWith(prefix)) ?? [];
  return (events ?? []) as readonly Recorded<E>[];
}

describe("What an earlier version recorded", () => {
  it("of a role says what it said then", () => {
    const role = foldRole(stream<RoleEvent>("role#"));
    expect(role).toMatchObject({
      version: 4,
      retired: false,
      closedTo: "2026-11-16T04:01:51.000Z",
      scope: { environment: "test", accountId: "777788889999", mode: "observe", generate: true },
    });
    const grow = role.open.get("grow");
    expect(grow?.added.map(({ action }) => action)).toEqual([
      "logs:ListTagsForResource",
      "logs:CreateLogGroup",
      "logs:PutRetentionPolicy",
    ]);
    expect(grow === undefined ? "" : policyHash(parsePolicy(grow.policy, "the proposal"))).toBe(
      grow?.policyHash,
    );
  });

  it("of an application can be decided on as if it were new", () => {
    const application = foldApplication(stream<ApplicationEvent>("app#"));
    const request = openRequest(application, "grow");
    expect(application.round?.roles).toHaveLength(2);
    expect(request).toMatchObject({ status: "open", frozen: null, merged: null, closed: null });
    const merged = mergeRequest(
      application,
      { iid: request?.iid ?? 0, mergeCommit: "c9", mergedBy: null, mergedAt: "2026-11-24T09:00:00.000Z" },
      causeAt("2026-11-24T09:00:00.000Z"),
    );
    expect(merged.map(({ type }) => type)).toEqual(["RequestMerged"]);
  });

  it("of a run has ended, and stays so", () => {
    const run = foldRun(stream<RunEvent>("run#"));
    expect(run.end?.kind).toBe("proposed");
    expect(expireRun(run, new Date("2027-06-01T00:00:00Z"), causeAt("2027-06-01T00:00:00.000Z"))).toEqual([]);
  });
});
