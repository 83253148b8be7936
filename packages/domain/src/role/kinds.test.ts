import { permissionKey } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { addition, causeAt, history, proposalOf, scopeOf } from "../testing.ts";
import { approveProposal, discoverRole, editPolicy, proposePolicy, rejectProposal } from "./decide.ts";
import type { ProposalBacktest, ProposedPolicy } from "./events.ts";
import { foldRole } from "./fold.ts";
import type { RoleState } from "./state.ts";

const at = causeAt("2026-11-23T04:00:00.000Z");
const later = causeAt("2026-12-01T04:00:00.000Z");
const commit = { sha: "c1", author: "dave" };
const request = { iid: 7, url: "http://gitlab/7" };
const rita = { id: 8, username: "rita" };
const list = addition("s3:ListBucket", "arn:aws:s3:::shop");
const put = addition("s3:PutObject", "arn:aws:s3:::shop/*");
const policy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sqs:ListQueues", Resource: "*" }],
};

const known = () =>
  history(foldRole).when((state) =>
    discoverRole(state, { scope: scopeOf(), commit, previousUniqueId: null }, at),
  );
const propose =
  (added: Parameters<typeof proposalOf>[0], more: Partial<ProposedPolicy> = {}) =>
  (state: RoleState) =>
    proposePolicy(state, proposalOf(added, more), at);
const approve =
  (kind: ProposedPolicy["kind"], more: object = {}) =>
  (state: RoleState) =>
    approveProposal(
      state,
      {
        ...{ proposal: 2, kind, request, mergeCommit: "m1", mergedBy: rita },
        ...{ policy, policyHash: "merged", struck: [], foreign: [], ...more },
      },
      at,
    );
const reject = (kind: ProposedPolicy["kind"]) => (state: RoleState) =>
  rejectProposal(state, { proposal: 2, kind, request, closedBy: rita }, at);
const reduce = propose([], { kind: "reduce", removed: [list, put] });
const keys = (list: ReadonlyMap<string, unknown>) => [...list.keys()].sort();

describe("A reduction", () => {
  it("that reviewers close refuses no permission: it says that these must stay", () => {
    const { state, last } = known().when(reduce).when(reject("reduce"));
    expect(last).toMatchObject([
      { type: "ProposalRejected", data: { retained: [{ action: list.action }, { action: put.action }] } },
    ]);
    expect(keys(state.retained)).toEqual([list, put].map(permissionKey).sort());
    expect(state.rejected.size).toBe(0);
  });

  it("that was merged with a line put back keeps that one, and forgets an older refusal of the rest", () => {
    const closed = known().when(reduce).when(reject("reduce"));
    const { state } = closed.when(reduce).when(approve("reduce", { proposal: 4, retained: [list] }));
    expect(keys(state.retained)).toEqual([permissionKey(list)]);
  });

  it("takes up no run: what was found is merged by the proposal to grow alone", () => {
    expect(
      known()
        .when(reduce)
        .when(propose([], { kind: "reduce" })).last,
    ).toMatchObject([{ type: "ProposalWithdrawn" }]);
    expect(known().when(propose([], { kind: "reduce" })).last).toEqual([]);
  });
});

describe("A proposal to enforce", () => {
  const carried = { action: "iam:PassRole", resource: "*", condition: null };
  const enforce = {
    modesFile: "shop/plp.environments.json",
    initialPolicy: "shop/policies/initial/prod.json",
    carried: [{ ...carried, why: "pass-role" as const, source: "https://docs.aws.amazon.com" }],
    quietSince: "2026-11-02T00:00:00.000Z",
  };

  it("changes something also where it adds nothing; twice is once", () => {
    const once = known().when(propose([], { kind: "enforce", enforce }));
    expect(once.last).toMatchObject([{ type: "PolicyProposed", data: { kind: "enforce" } }]);
    const newer = { ...enforce, quietSince: "2026-11-03T00:00:00.000Z" };
    expect(once.when(propose([], { kind: "enforce", enforce: newer })).last).toEqual([]);
    expect(
      once.when(propose([], { kind: "enforce", enforce: { ...enforce, carried: [] } })).last,
    ).toMatchObject([{ type: "ProposalSuperseded" }, { type: "PolicyProposed" }]);
  });

  it("that was refused stays so until another policy stands there", () => {
    const { state } = known()
      .when(propose([], { kind: "enforce", enforce }))
      .when(reject("enforce"));
    expect(state.refusals.get("enforce")).toMatchObject({ at: at.occurredAt, by: rita, request });
    expect(state.rejected.size).toBe(0);
    const edited = known()
      .when(propose([], { kind: "enforce", enforce }))
      .when(reject("enforce"))
      .when((now) => editPolicy(now, { policy, policyHash: "other", commit }, later));
    expect(edited.state.refusals.get("enforce")).toBeUndefined();
  });
});

describe("A role in mode enforce", () => {
  const discover =
    (mode: "observe" | "enforce", cause = at) =>
    (state: RoleState) =>
      discoverRole(state, { scope: scopeOf({ mode }), commit, previousUniqueId: null }, cause);

  it("is known to be so since the mode changed, however often it is looked at", () => {
    const observed = history(foldRole).when(discover("observe"));
    expect(observed.state.enforcedSince).toBeNull();
    const enforced = observed
      .when(discover("enforce", later))
      .when(discover("enforce", causeAt("2027-01-01T00:00:00Z")));
    expect(enforced.state.enforcedSince).toBe(later.occurredAt);
    expect(enforced.when(discover("observe")).state.enforcedSince).toBeNull();
    expect(history(foldRole).when(discover("enforce")).state.enforcedSince).toBe(at.occurredAt);
  });
});

describe("A proposal with a backtest", () => {
  const backtest = (more: Partial<ProposalBacktest> = {}): ProposalBacktest => ({
    ...{ window: { from: at.occurredAt, to: at.occurredAt }, calls: 10, allowed: 10 },
    ...{ wouldBeDenied: [], undecided: [], ...more },
  });
  const line = {
    ...{ action: "s3:GetObject", resource: "*", condition: null, count: 1, lastSeen: null },
    reason: "no-allow" as const,
  };

  it("is another one when other calls would be denied, not when there are more of the same", () => {
    const open = known().when(propose([list], { backtest: backtest({ wouldBeDenied: [line] }) }));
    const more = backtest({ calls: 99, allowed: 90, wouldBeDenied: [{ ...line, count: 9 }] });
    expect(open.when(propose([list], { backtest: more })).last).toEqual([]);
    expect(open.when(propose([list], { backtest: backtest() })).last).toMatchObject([
      { type: "ProposalSuperseded" },
      { type: "PolicyProposed" },
    ]);
  });

  it("takes the place of one of before there were backtests", () => {
    const old = known().when(propose([list], { backtest: null }));
    expect(old.when(propose([list], { backtest: backtest() })).last).toHaveLength(2);
  });
});
