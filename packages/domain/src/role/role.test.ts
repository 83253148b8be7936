import { describe, expect, it } from "vitest";
import { addition, causeAt, history, proposalOf, scopeOf } from "../testing.ts";
import {
  approveProposal,
  discoverRole,
  editPolicy,
  observeUsage,
  proposePolicy,
  rejectProposal,
  retireRole,
  withdrawProposal,
} from "./decide.ts";
import type { ObservedUsage, RoleEvent } from "./events.ts";
import { foldRole } from "./fold.ts";
import { growAdditions } from "./grow.ts";
import type { RoleState } from "./state.ts";

const at = causeAt("2026-11-23T04:00:00.000Z");
const commit = { sha: "c1", author: "dave" };
const request = { iid: 7, url: "http://gitlab/7" };
const reviewer = { id: 8, username: "rita" };
const list = addition("s3:ListBucket", "arn:aws:s3:::shop");
const put = addition("s3:PutObject", "arn:aws:s3:::shop/*");
const document = (...actions: string[]) => ({
  Version: "2012-10-17",
  Statement: actions.map((Action) => ({ Effect: "Allow", Action, Resource: "*" })),
});

const discover =
  (scope = scopeOf(), previousUniqueId: string | null = null) =>
  (state: RoleState) =>
    discoverRole(state, { scope, commit, previousUniqueId }, at);
const propose =
  (proposed = proposalOf([list, put])) =>
  (state: RoleState) =>
    proposePolicy(state, proposed, at);
const observe =
  (usage: Partial<ObservedUsage> = {}) =>
  (state: RoleState) =>
    observeUsage(
      state,
      {
        run: "run-1",
        window: { from: "2026-11-16T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" },
        closed: true,
        gaps: [],
        analyzer: "both",
        complete: true,
        counts: { authorized: 1, denied: 0, failed: 0, permissions: 1 },
        evidence: "e1",
        top: [],
        ...usage,
      },
      at,
    );
const approve =
  (proposal: number, more: object = {}) =>
  (state: RoleState) =>
    approveProposal(
      state,
      {
        proposal,
        kind: "grow",
        request,
        mergeCommit: "m1",
        mergedBy: reviewer,
        policy: document("s3:ListBucket"),
        policyHash: "merged",
        struck: [],
        foreign: [],
        ...more,
      },
      at,
    );
const reject =
  (proposal: number, cause = at) =>
  (state: RoleState) =>
    rejectProposal(state, { proposal, kind: "grow", request, closedBy: reviewer }, cause);
const edit =
  (policyHash: string, ...actions: string[]) =>
  (state: RoleState) =>
    editPolicy(state, { policy: document(...actions), policyHash, commit }, at);

const role = () => history<RoleEvent, RoleState>(foldRole);
const known = () => role().when(discover());
const proposed = () => known().when(propose());
const types = (events: readonly RoleEvent[]) => events.map(({ type }) => type);

describe("A role", () => {
  it("is discovered with its scope", () => {
    expect(types(known().last)).toEqual(["RoleDiscovered"]);
    expect(known().state).toMatchObject({ retired: false, discoveredAt: at.occurredAt, scope: scopeOf() });
  });

  it("discovered twice is said once", () => {
    expect(known().when(discover()).last).toEqual([]);
  });

  it("that was deleted and made again says which role it was before", () => {
    expect(types(role().when(discover(scopeOf(), "AROAOLD")).last)).toEqual([
      "RoleRecreated",
      "RoleDiscovered",
    ]);
  });

  it("changes its mode and its scope by events of their own, twice said once", () => {
    const changed = scopeOf({ mode: "enforce", policyPath: "policies/live.json" });
    const after = known().when(discover(changed));
    expect(types(after.last)).toEqual(["ModeChanged", "RoleRescoped"]);
    expect(after.state.scope).toEqual(changed);
    expect(after.when(discover(changed)).last).toEqual([]);
  });

  it("that is left out of scope withdraws what is open", () => {
    const after = proposed().when(discover(scopeOf({ generate: false })));
    expect(types(after.last)).toEqual(["ProposalWithdrawn", "RoleRescoped"]);
    expect(after.state.open.size).toBe(0);
  });

  it("that no output names any more is retired, its proposals with it; twice said once", () => {
    const retire = (state: RoleState) => retireRole(state, { reason: "gone", commit }, at);
    const after = proposed().when(retire);
    expect(types(after.last)).toEqual(["ProposalWithdrawn", "RoleRetired"]);
    expect(after.when(retire).last).toEqual([]);
    expect(role().when(retire).last).toEqual([]);
  });

  it("that comes back after it was retired is discovered again and keeps its history", () => {
    const after = proposed()
      .when((state) => retireRole(state, { reason: "gone", commit }, at))
      .when(discover());
    expect(types(after.last)).toEqual(["RoleDiscovered"]);
    expect(after.state).toMatchObject({ retired: false });
    expect(after.state.proposals.size).toBe(1);
  });
});

describe("Usage", () => {
  it("observed twice is recorded once per run", () => {
    const after = known().when(observe());
    expect(types(after.last)).toEqual(["UsageObserved"]);
    expect(after.when(observe()).last).toEqual([]);
    const later = after.when(propose());
    expect(later.state.observations.get("run-1")).toMatchObject({ version: 2, evidence: "e1" });
  });

  it("moves the end of what is covered forward and never back", () => {
    const after = known()
      .when(observe({ run: "b" }))
      .when(
        observe({ run: "a", window: { from: "2026-11-01T00:00:00.000Z", to: "2026-11-08T00:00:00.000Z" } }),
      );
    expect(after.state.closedTo).toBe("2026-11-23T00:00:00.000Z");
  });

  it("of a window that was not closed leaves it open for the next one", () => {
    expect(known().when(observe({ closed: false })).state.closedTo).toBeNull();
  });

  it("records what lies between two windows as a gap", () => {
    const later = { from: "2026-12-10T00:00:00.000Z", to: "2026-12-17T00:00:00.000Z" };
    const after = known()
      .when(observe())
      .when(observe({ run: "run-2", window: later }));
    expect(after.last[0]?.data).toMatchObject({
      gaps: [{ from: "2026-11-23T00:00:00.000Z", to: later.from, reason: "no analysis covers this time" }],
    });
  });

  it("records a gap since discovery when the first analysis came too late", () => {
    const window = { from: "2026-12-10T00:00:00.000Z", to: "2026-12-17T00:00:00.000Z" };
    const gaps = [{ from: window.from, to: window.to, reason: "files missing" }];
    expect(known().when(observe({ window, gaps })).last[0]?.data).toMatchObject({
      gaps: [{ from: at.occurredAt, to: window.from }, gaps[0]],
    });
  });
});

describe("A proposal", () => {
  it("made twice on the same base is made once", () => {
    expect(types(proposed().last)).toEqual(["PolicyProposed"]);
    expect(proposed().when(propose()).last).toEqual([]);
  });

  it("of another merge, base, question or refusal supersedes the open one", () => {
    const question = { kind: "unmapped" as const, detail: "x" };
    const refusal = { action: "iam:GetRole", resource: null, count: 1, last: at.occurredAt, by: null };
    for (const other of [
      proposalOf([list]),
      proposalOf([list, put], { base: { commit: "c2", files: [{ path: "p", blob: "b2" }] } }),
      proposalOf([list, put], { questions: [question] }),
      proposalOf([list, put], { denied: [refusal] }),
    ]) {
      const after = proposed().when(propose(other));
      expect(types(after.last)).toEqual(["ProposalSuperseded", "PolicyProposed"]);
      expect(after.state.open.get("grow")).toMatchObject({ ...other, version: 4 });
      expect(after.when(propose(other)).last).toEqual([]);
    }
  });

  it("on another commit whose files are the same is the same proposal", () => {
    const moved = proposalOf([list, put], {
      base: { commit: "c9", files: [{ path: "shop/policies/prod.json", blob: "b1" }] },
    });
    expect(proposed().when(propose(moved)).last).toEqual([]);
  });

  it("with nothing left withdraws the open one, twice once, and none withdraws nothing", () => {
    const after = proposed().when(propose(proposalOf([])));
    expect(types(after.last)).toEqual(["ProposalWithdrawn"]);
    expect(after.when(propose(proposalOf([]))).last).toEqual([]);
    expect(known().when(propose(proposalOf([]))).last).toEqual([]);
  });

  it("withdrawn without a decision keeps what it was to add for the next merge; twice once", () => {
    const withdraw = (state: RoleState) => withdrawProposal(state, { proposal: 2, reason: "unreadable" }, at);
    const after = proposed().when(withdraw);
    expect(types(after.last)).toEqual(["ProposalWithdrawn"]);
    expect(after.state.kept).toEqual({ additions: [list, put], reason: "unreadable" });
    expect(after.when(withdraw).last).toEqual([]);
    expect(growAdditions(after.state, [], new Date(at.occurredAt), null).additions).toHaveLength(2);
    expect(after.when(propose()).state.kept).toBeNull();
    expect(after.when(propose(proposalOf([]))).state.kept).toBeNull();
    expect(after.when(reject(2)).state.rejected.size).toBe(2);
  });

  it("takes up the runs that it was made of; a merge that changes none says so once", () => {
    const observed = known()
      .when(observe())
      .when(observe({ run: "run-2" }));
    expect(observed.state.unmerged).toEqual(["run-1", "run-2"]);
    const after = observed.when(propose());
    expect(after.state.unmerged).toEqual(["run-2"]);
    expect(observed.when(propose(proposalOf([list], { joined: ["run-2"] }))).state.unmerged).toEqual([]);
    const same = after.when(propose(proposalOf([list, put], { run: "run-2" })));
    expect(same.last).toMatchObject([{ type: "UsageMerged", data: { run: "run-2", proposal: 4 } }]);
    expect(same.state.unmerged).toEqual([]);
    expect(same.when(propose(proposalOf([list, put], { run: "run-2" }))).last).toEqual([]);
  });

  it("carries the hash of the commit that holds it, for the anchor in Git", () => {
    expect(proposed().state.open.get("grow")?.hash).toBe("2".padStart(64, "0"));
  });
});

describe("An approval", () => {
  it("is recorded with the policy as it was merged; twice once", () => {
    const after = proposed().when(approve(2));
    expect(types(after.last)).toEqual(["ProposalApproved"]);
    expect(after.state.approved).toMatchObject({ policyHash: "merged", version: 3 });
    expect(after.state.open.size).toBe(0);
    expect(after.when(approve(2)).last).toEqual([]);
  });

  it("of a proposal that nobody made is none", () => {
    expect(known().when(approve(99)).last).toEqual([]);
  });

  it("refuses what reviewers struck, and what they added is theirs", () => {
    const { action, resource, condition } = put;
    const foreign = [{ action: "sqs:SendMessage", resource: "*", condition: null }];
    const after = proposed().when(approve(2, { struck: [{ action, resource, condition }], foreign }));
    expect([...after.state.rejected.values()]).toMatchObject([
      { permission: { action }, by: reviewer, request },
    ]);
    const wanted = growAdditions(after.state, [list, put], new Date(at.occurredAt), null);
    expect(wanted.additions).toEqual([list]);
    expect(wanted.heldBack).toEqual([put]);
  });

  it("of an older version of the proposal leaves the newer one open", () => {
    const after = proposed()
      .when(propose(proposalOf([list])))
      .when(approve(2));
    expect(after.state.open.get("grow")?.version).toBe(4);
  });

  it("ends an earlier refusal of the same permissions: the request was reopened and merged", () => {
    const after = proposed().when(reject(2)).when(approve(2));
    expect(types(after.last)).toEqual(["ProposalApproved"]);
    expect(after.state.rejected.size).toBe(0);
    expect(after.when(approve(2)).last).toEqual([]);
    expect(after.when(reject(2)).last).toEqual([]);
  });
});

describe("A refusal", () => {
  it("covers all additions of the proposal; twice once", () => {
    const after = proposed().when(reject(2));
    expect(types(after.last)).toEqual(["ProposalRejected"]);
    expect(after.state.rejected.size).toBe(2);
    expect(after.state.open.size).toBe(0);
    expect(after.when(reject(2)).last).toEqual([]);
  });

  it("does not undo what was merged", () => {
    expect(proposed().when(approve(2)).when(reject(2)).last).toEqual([]);
  });

  it("lasts for ever without a limit, and to the day with one", () => {
    const { state } = proposed().when(reject(2));
    const days = (n: number) => new Date(Date.parse(at.occurredAt) + n * 86_400_000);
    expect(growAdditions(state, [list], days(3650), null).heldBack).toEqual([list]);
    expect(growAdditions(state, [list], new Date(days(30).getTime() - 1), 30).heldBack).toEqual([list]);
    expect(growAdditions(state, [list], days(30), 30).additions).toEqual([list]);
  });

  it("says nothing of another resource or condition", () => {
    const { state } = proposed().when(reject(2));
    const elsewhere = addition("s3:ListBucket", "arn:aws:s3:::other");
    const limited = { ...list, condition: { StringEquals: { "aws:PrincipalTag/x": ["y"] } } };
    expect(growAdditions(state, [elsewhere, limited], new Date(), null).heldBack).toEqual([]);
  });

  it("is the same permission however its action is spelt", () => {
    const { state } = proposed().when(reject(2));
    const spelt = { ...list, action: "S3:listbucket" };
    expect(growAdditions(state, [spelt], new Date(), null).heldBack).toEqual([spelt]);
  });
});

describe("An edit of the policy by people", () => {
  it("is recorded once, and an empty policy that nobody knew is none", () => {
    expect(known().when(edit("empty")).last).toEqual([]);
    const after = known().when(edit("h1", "s3:GetObject"));
    expect(types(after.last)).toEqual(["PolicyEdited"]);
    expect(after.when(edit("h1", "s3:GetObject")).last).toEqual([]);
  });

  it("that empties a known policy is one", () => {
    expect(types(known().when(edit("h1", "s3:GetObject")).when(edit("empty")).last)).toEqual([
      "PolicyEdited",
    ]);
  });

  it("is none when the policy is what was approved", () => {
    expect(proposed().when(approve(2)).when(edit("merged", "s3:ListBucket")).last).toEqual([]);
  });
});

describe("What a grow merge is to add", () => {
  it("keeps what an open proposal holds and this window did not see", () => {
    const { state } = proposed();
    const wanted = growAdditions(state, [addition("sqs:SendMessage")], new Date(), null);
    expect(wanted.additions.map(({ action }) => action).sort()).toEqual([
      "s3:ListBucket",
      "s3:PutObject",
      "sqs:SendMessage",
    ]);
  });

  it("joins evidence: the newer counts over the span of both", () => {
    const { state } = proposed();
    const again = {
      ...list,
      calls: 9,
      firstSeen: "2026-11-24T00:00:00.000Z",
      lastSeen: "2026-11-25T00:00:00.000Z",
    };
    const found = growAdditions(state, [again], new Date(), null).additions;
    expect(found.find(({ action }) => action === list.action)).toMatchObject({
      calls: 9,
      firstSeen: list.firstSeen,
      lastSeen: again.lastSeen,
    });
  });

  it("is seen where it was seen and inferred too, with the calls that were seen", () => {
    const guess = { ...list, basis: "inferred" as const, calls: 1 };
    for (const found of [
      [list, guess],
      [guess, list],
    ]) {
      expect(growAdditions(known().state, found, new Date(), null).additions).toEqual([
        expect.objectContaining({ basis: "seen", calls: list.calls }),
      ]);
    }
  });

  it("is in one order, whatever the order in which it was found", () => {
    const found = [put, addition("sqs:SendMessage"), list];
    const first = growAdditions(known().state, found, new Date(), null);
    expect(growAdditions(known().state, [...found].reverse(), new Date(), null)).toEqual(first);
  });
});
