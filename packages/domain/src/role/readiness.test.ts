import { parsePolicy, type Question } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { addition, causeAt, history, proposalOf, scopeOf } from "../testing.ts";
import { discoverRole, observeUsage, proposePolicy, rejectProposal } from "./decide.ts";
import type { ProposalBacktest } from "./events.ts";
import { foldRole } from "./fold.ts";
import { isAnswered, type ReadinessInput, readinessOf } from "./readiness.ts";
import type { RoleState } from "./state.ts";

const day = (n: number) => new Date(Date.UTC(2026, 8, 1) + n * 86_400_000).toISOString();
const policy = (...actions: string[]) =>
  parsePolicy(
    {
      Version: "2012-10-17",
      Statement: actions.map((Action) => ({ Effect: "Allow", Action, Resource: "*" })),
    },
    "test",
  );
const backtest = (more: Partial<ProposalBacktest> = {}): ProposalBacktest => ({
  ...{
    window: { from: day(0), to: day(22) },
    calls: 9,
    allowed: 9,
    wouldBeDenied: [],
    undecided: [],
    ...more,
  },
});
const line = (reason: "no-allow" | "condition" | "unmapped", count = 2) => ({
  ...{ action: "s3:GetObject", resource: "*", condition: null, count, lastSeen: null, reason },
});

/** Analysed without a hole for three weeks, and nothing new was found. */
function watched(questions: readonly Question[] = [], at = 8) {
  const observe = (run: string, from: number, to: number) => (state: RoleState) =>
    observeUsage(
      state,
      {
        ...{
          run,
          window: { from: day(from), to: day(to) },
          closed: true,
          gaps: [],
          analyzer: "both",
          complete: true,
        },
        ...{ counts: { authorized: 1, denied: 0, failed: 0, permissions: 1 }, evidence: "e", top: [] },
      },
      causeAt(day(to)),
    );
  return history(foldRole)
    .when((state) =>
      discoverRole(
        state,
        { scope: scopeOf(), commit: { sha: "c", author: null }, previousUniqueId: null },
        causeAt(day(1)),
      ),
    )
    .when(observe("r1", 0, at))
    .when((state) => proposePolicy(state, proposalOf([], { run: "r1", questions }), causeAt(day(at))))
    .when(observe("r2", at, 22))
    .when((state) => proposePolicy(state, proposalOf([], { run: "r2" }), causeAt(day(22))));
}

function against(state: RoleState, more: Partial<ReadinessInput> = {}): readonly string[] {
  return readinessOf({
    ...{ state, isGrowing: false, quietDays: 14, rejectionDays: null, now: new Date(day(22)) },
    ...{ next: policy("sqs:ListQueues"), backtest: backtest(), questions: [], ...more },
  }).against;
}

describe("A role is ready to do without its initial policy", () => {
  it("when it used nothing new for its quiet days, nothing is asked, and no recorded call would be denied", () => {
    const { state } = watched();
    expect(
      readinessOf({
        ...{ state, isGrowing: false, quietDays: 14, rejectionDays: null, now: new Date(day(22)) },
        ...{ next: policy("sqs:ListQueues"), backtest: backtest(), questions: [] },
      }),
    ).toEqual({ quietDays: 22, of: 14, against: [] });
  });

  it("not before its quiet days are over, nor while something new waits", () => {
    const { state } = watched();
    expect(against(state, { quietDays: 30 })).toEqual(["22 of 30 quiet days"]);
    expect(against(state, { isGrowing: true })).toEqual(["something new waits for a decision"]);
    const asked = watched().when((now) =>
      proposePolicy(
        now,
        proposalOf([addition("kms:Decrypt")], { kind: "asked", run: "r2" }),
        causeAt(day(22)),
      ),
    );
    expect(against(asked.state)).toContain("something new waits for a decision");
    expect(against(history(foldRole).state)).toContain("its calls are not known without a hole");
  });

  it("not while recorded calls would be denied, or nobody can say so, or there are none", () => {
    const { state } = watched();
    expect(against(state, { backtest: null })).toEqual(["no backtest could be made"]);
    expect(against(state, { backtest: backtest({ calls: 0, allowed: 0 }) })).toEqual([
      "no call of it is recorded",
    ]);
    expect(against(state, { backtest: backtest({ allowed: 7, wouldBeDenied: [line("no-allow")] }) })).toEqual(
      ["2 recorded calls would be denied"],
    );
    expect(against(state, { backtest: backtest({ allowed: 7, undecided: [line("condition")] }) })).toEqual([
      "of 2 recorded calls nobody can say whether they would be denied",
    ]);
    const more = { wouldBeDenied: { lines: 3, calls: 5 }, undecided: { lines: 0, calls: 0 } };
    expect(against(state, { backtest: backtest({ allowed: 4, more }) })).toEqual([
      "5 recorded calls would be denied",
    ]);
    expect(against(state, { backtest: backtest({ allowed: 7, undecided: [line("unmapped")] }) })).toEqual([]);
  });

  it("not while a question of this merge or of the quiet days is open", () => {
    const question: Question = { kind: "service-level", detail: "dynamodb was used", subject: "dynamodb" };
    const { state } = watched();
    expect(against(state, { questions: [question] })).toEqual(["1 open question"]);
    expect(against(watched([question], 10).state)).toEqual(["1 open question"]);
    expect(against(watched([question], 7).state)).toEqual([]);
    expect(against(watched([question], 10).state, { next: policy("dynamodb:GetItem") })).toEqual([]);
    const size: Question = { kind: "too-large", detail: "it takes 9 files" };
    expect(against(state, { questions: [size] })).toEqual([]);
  });

  it("not after a reviewer closed the request, until the refusal is over", () => {
    const enforce = { modesFile: null, initialPolicy: "p", carried: [], quietSince: day(0) };
    const { state } = watched()
      .when((now) =>
        proposePolicy(now, proposalOf([], { kind: "enforce", enforce, run: "r2" }), causeAt(day(22))),
      )
      .when((now) => {
        const proposal = now.open.get("enforce")?.version ?? 0;
        const closed = { proposal, kind: "enforce" as const, request: { iid: 1, url: "u" }, closedBy: null };
        return rejectProposal(now, closed, causeAt(day(22)));
      });
    expect(against(state)).toEqual(["a reviewer closed the request to enforce"]);
    expect(against(state, { rejectionDays: 5, now: new Date(day(26)) })).toHaveLength(1);
    expect(against(state, { rejectionDays: 5, now: new Date(day(27)) })).toEqual([]);
  });
});

describe("A question is answered", () => {
  const about = (subject: string): Question => ({ kind: "not-in-trail", detail: "?", subject });
  const deny = parsePolicy(
    { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "s3:*", Resource: "*" }] },
    "test",
  );

  it("by a statement that allows or denies something of the service, or the action itself", () => {
    expect(isAnswered(about("s3"), policy("s3:ListBucket"))).toBe(true);
    expect(isAnswered(about("s3"), policy("s3express:CreateSession"))).toBe(false);
    expect(isAnswered(about("s3:GetObject"), policy("s3:Get*"))).toBe(true);
    expect(isAnswered(about("s3:GetObject"), policy("s3:PutObject"))).toBe(false);
    expect(isAnswered(about("s3"), deny)).toBe(true);
    expect(isAnswered(about("s3:GetObject"), deny)).toBe(true);
    expect(isAnswered({ kind: "unmapped", detail: "?" }, policy("*"))).toBe(false);
  });
});
