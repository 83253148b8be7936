import { type Addition, mergePolicy, parsePolicy, policyHash, toDocument } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { type Cause, type Recorded, service } from "../event.ts";
import type { EnvironmentScope } from "../scope.ts";
import { applyPolicy } from "./applied.ts";
import {
  approveProposal,
  discoverRole,
  editPolicy,
  observeUsage,
  proposePolicy,
  rejectProposal,
} from "./decide.ts";
import type { ObservedUsage, ProposedPolicy, RoleEvent } from "./events.ts";
import { foldRole } from "./fold.ts";
import { replayRole } from "./replay.ts";
import type { RoleState } from "./state.ts";

const scope: EnvironmentScope = {
  application: { project: "iam/roles", folder: "shop", name: "shop" },
  environment: "prod",
  accountId: "111122223333",
  partition: "aws",
  region: "eu-central-1",
  regions: ["eu-central-1"],
  policyPath: "policies/prod.json",
  initialPolicyPath: null,
  permissionsBoundaryPath: null,
  protectedSids: [],
  generate: true,
  mode: "observe",
  retentionDays: null,
  quietDays: null,
};

const day = (n: number) => `2026-03-${String(n).padStart(2, "0")}T12:00:00.000Z`;
const queue = "arn:aws:sqs:eu-central-1:111122223333:orders";
const reviewer = { id: 4711, username: "reviewer-1" };
const request = (iid: number) => ({ iid, url: `https://gitlab.example/iam/roles/-/merge_requests/${iid}` });
const people = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:ListAllMyBuckets"], Resource: "*" }],
};

/** A history that grows by decisions; every decision is recorded a minute after it happened. */
function history() {
  const events: Recorded<RoleEvent>[] = [];
  const state = () => foldRole(events);
  return {
    events,
    state,
    decide(at: string, decision: (state: RoleState, cause: Cause) => readonly RoleEvent[]) {
      const cause = { occurredAt: at, actor: service("test"), correlationId: "r", causationId: "c" };
      for (const event of decision(state(), cause)) {
        const version = events.length + 1;
        const recordedAt = new Date(Date.parse(at) + 60_000).toISOString();
        events.push({ ...event, version, recordedAt, hash: `hash-${version}` });
      }
      return events.length;
    },
  };
}

function seen(action: string, resource = queue): Addition {
  return {
    action,
    resource,
    condition: null,
    basis: "seen",
    widened: false,
    calls: 3,
    firstSeen: day(1),
    lastSeen: day(2),
  };
}

function proposal(state: RoleState, additions: readonly Addition[]): ProposedPolicy {
  const old = parsePolicy(state.approved?.policy ?? { Version: "2012-10-17", Statement: [] }, "old");
  const { policy, added } = mergePolicy({ old, additions });
  return {
    run: "run",
    kind: "grow",
    window: { from: day(1), to: day(3) },
    base: { commit: "c0", files: [] },
    policy: toDocument(policy),
    policyHash: policyHash(policy),
    files: [],
    added,
    removed: [],
    heldBack: [],
    denied: [],
    questions: [],
    risks: [],
    backtest: null,
    evidence: "e".repeat(64),
    withoutTrail: false,
  };
}

function usage(run: string, from: string, to: string, gaps: ObservedUsage["gaps"] = []): ObservedUsage {
  const counts = { authorized: 1, denied: 0, failed: 0, permissions: 1 };
  return {
    run,
    window: { from, to },
    closed: true,
    gaps,
    analyzer: "both",
    complete: true,
    counts,
    evidence: null,
    top: [],
  };
}

/** Discovered, a file that people wrote, a proposal replaced by a wider one, merged, edited, another one refused. */
function story() {
  const made = history();
  const commit = { sha: "abc", author: "developer-1" };
  made.decide(day(1), (state, cause) =>
    discoverRole(state, { scope, commit, previousUniqueId: null }, cause),
  );
  made.decide(day(2), (state, cause) =>
    editPolicy(state, { policy: people, policyHash: policyHash(parsePolicy(people, "p")), commit }, cause),
  );
  made.decide(day(3), (state, cause) => observeUsage(state, usage("one", day(1), day(3)), cause));
  made.decide(day(3), (state, cause) =>
    proposePolicy(state, proposal(state, [seen("sqs:CreateQueue")]), cause),
  );
  const proposed = made.decide(day(4), (state, cause) =>
    proposePolicy(state, proposal(state, [seen("sqs:CreateQueue"), seen("sqs:TagQueue")]), cause),
  );
  const open = made.state().proposals.get(proposed);
  if (open === undefined) throw new Error("no proposal");
  const approved = made.decide(day(5), (state, cause) =>
    approveProposal(
      state,
      {
        proposal: proposed,
        kind: "grow",
        request: request(58),
        mergeCommit: "merge",
        mergedBy: reviewer,
        policy: open.policy,
        policyHash: open.policyHash,
        struck: [],
        foreign: [],
      },
      cause,
    ),
  );
  const wide = {
    Version: "2012-10-17",
    Statement: [...people.Statement, { Sid: "Queues", Effect: "Allow", Action: ["sqs:*"], Resource: queue }],
  };
  const edited = made.decide(day(6), (state, cause) =>
    editPolicy(
      state,
      {
        policy: wide,
        policyHash: policyHash(parsePolicy(wide, "p")),
        commit: { sha: "def", author: "developer-2" },
      },
      cause,
    ),
  );
  const narrowed = made.decide(day(7), (state, cause) =>
    editPolicy(
      state,
      { policy: open.policy, policyHash: open.policyHash, commit: { sha: "fed", author: "developer-2" } },
      cause,
    ),
  );
  const refused = made.decide(day(8), (state, cause) =>
    proposePolicy(state, proposal(state, [seen("sqs:DeleteQueue")]), cause),
  );
  made.decide(day(9), (state, cause) =>
    rejectProposal(
      state,
      { proposal: refused, kind: "grow", request: request(59), closedBy: reviewer },
      cause,
    ),
  );
  return { ...made, proposed, approved, edited, narrowed, refused };
}

const hashOf = (policy: unknown) => policyHash(parsePolicy(policy, "replayed"));

describe("a replay", () => {
  it("reproduces, at every version, the policy that this version recorded, by its hash", () => {
    const { events } = story();
    let checked = 0;
    for (const event of events) {
      const replay = replayRole(events, { version: event.version });
      expect(replay.version).toBe(event.version);
      if (event.type === "PolicyProposed") {
        expect(hashOf(replay.proposed?.policy)).toBe(event.data.policyHash);
        checked++;
      }
      if (event.type === "ProposalApproved" || event.type === "PolicyEdited") {
        expect(hashOf(replay.approved?.policy)).toBe(event.data.policyHash);
        checked++;
      }
    }
    expect(checked).toBe(7);
  });

  it("knows no policy before the role was discovered", () => {
    const { events } = story();
    const replay = replayRole(events, { at: "2026-02-28T00:00:00.000Z" });
    expect(replay).toMatchObject({ version: 0, proposed: null, approved: null, permissions: [] });
  });

  it("names the evidence and the reviewer of what was merged, and the author of what people wrote", () => {
    const { events, approved } = story();
    const { permissions } = replayRole(events, { version: approved });
    expect(permissions.find(({ action }) => action === "sqs:TagQueue")).toMatchObject({
      basis: "seen",
      since: day(5),
      approvedBy: "reviewer-1",
      mergeRequest: { iid: 58 },
      evidence: { hash: "e".repeat(64), from: day(1), to: day(2), count: 3 },
    });
    expect(permissions.find(({ action }) => action === "s3:ListAllMyBuckets")).toMatchObject({
      basis: "kept",
      since: day(2),
      approvedBy: "developer-1",
      mergeRequest: null,
      evidence: null,
    });
  });

  it("lets a permission keep its origin while other words cover it, and ends it when none does", () => {
    const { events, edited, narrowed } = story();
    const wide = replayRole(events, { version: edited }).permissions;
    expect(wide.find(({ action }) => action === "sqs:*")).toMatchObject({ basis: "kept", since: day(6) });
    expect(wide.some(({ action }) => action === "sqs:TagQueue")).toBe(false);
    const narrow = replayRole(events, { version: narrowed }).permissions;
    // Written anew, but the line above covered it, and before that it was listed: nothing was granted since.
    expect(narrow.find(({ action }) => action === "sqs:TagQueue")).toMatchObject({
      since: day(5),
      approvedBy: "reviewer-1",
      mergeRequest: { iid: 58 },
    });
    expect(narrow.find(({ action }) => action === "s3:ListAllMyBuckets")).toMatchObject({ since: day(2) });
  });

  it("goes by when things happened, and by when they were known", () => {
    const { events, approved } = story();
    const merged = day(5);
    expect(replayRole(events, { at: merged }).version).toBe(approved);
    expect(replayRole(events, { at: merged, knownAt: merged }).permissions).toHaveLength(1);
  });

  it("tells the periods of the approved policy without a hole between them", () => {
    const { periods } = replayRole(story().events, {});
    expect(periods.map(({ from, to }) => [from, to])).toEqual([
      [day(2), day(5)],
      [day(5), day(6)],
      [day(6), day(7)],
      [day(7), null],
    ]);
  });

  it("tells what AWS had: since its apply, approved by whom the merge request says, in whichever words", () => {
    const made = story();
    const applied = (n: number, version: number, startedBy: string | null = "operator-1") => {
      const approved = replayRole(made.events, { version }).approved;
      if (approved === null) throw new Error("nothing was approved");
      return made.decide(day(n), (state, cause) =>
        applyPolicy(
          state,
          {
            ...{ commit: `c${n}`, policy: approved.policy, policyHash: approved.policyHash },
            ...{ pipeline: n, job: n, url: `https://gitlab.example/jobs/${n}` },
            startedBy: startedBy === null ? null : { id: 4802, username: startedBy },
          },
          cause,
        ),
      );
    };
    expect(replayRole(made.events, {})).toMatchObject({ counts: "approved", applied: null, confirmed: null });
    applied(10, made.approved);
    const then = replayRole(made.events, {});
    expect(then).toMatchObject({
      counts: "applied",
      confirmed: null,
      appliedPeriods: [{ from: day(10), to: null }],
    });
    expect(then.permissions.find(({ action }) => action === "sqs:TagQueue")).toMatchObject({
      ...{ since: day(10), approvedBy: "reviewer-1", mergeRequest: { iid: 58 }, basis: "seen" },
      evidence: { count: 3 },
    });
    applied(11, made.edited, null);
    applied(12, made.approved);
    const { appliedPeriods, permissions } = replayRole(made.events, {});
    expect(appliedPeriods.map(({ from, to, job }) => [from, to, job?.startedBy?.username ?? null])).toEqual([
      [day(10), day(11), "operator-1"],
      [day(11), day(12), null],
      [day(12), null, "operator-1"],
    ]);
    // `sqs:*` covered it meanwhile: AWS allowed it without a break.
    expect(permissions.find(({ action }) => action === "sqs:TagQueue")).toMatchObject({ since: day(10) });
    expect(permissions.find(({ action }) => action === "s3:ListAllMyBuckets")).toMatchObject({
      since: day(10),
    });
    const before = replayRole(made.events, { at: day(9) });
    expect(before).toMatchObject({ counts: "approved", appliedPeriods: [], applied: null });
  });

  it("says of a gap which later analysis covers it", () => {
    const { events, decide } = history();
    const commit = { sha: "abc", author: null };
    decide(day(1), (state, cause) => discoverRole(state, { scope, commit, previousUniqueId: null }, cause));
    decide(day(9), (state, cause) => observeUsage(state, usage("late", day(5), day(9)), cause));
    decide(day(10), (state, cause) => observeUsage(state, usage("wide", day(1), day(10)), cause));
    const [gap] = replayRole(events, {}).gaps;
    expect(gap).toMatchObject({ from: day(1), to: day(5), version: 2, coveredBy: 3 });
    expect(replayRole(events, { version: 2 }).gaps[0]?.coveredBy).toBeNull();
  });
});
