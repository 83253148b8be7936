import { type Policy, parsePolicy, policyHash, toDocument } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { addition, causeAt, history, proposalOf, scopeOf } from "../testing.ts";
import { applyPolicy, observePolicy } from "./applied.ts";
import { comparePolicies } from "./compare.ts";
import {
  approveProposal,
  discoverRole,
  liftRejections,
  proposePolicy,
  protectStatement,
  rejectProposal,
} from "./decide.ts";
import type { RoleEvent, RoleReading } from "./events.ts";
import { foldRole } from "./fold.ts";
import { growAdditions } from "./grow.ts";
import { type Expectation, type FoundOnRole, type PolicyFound, readRole } from "./reading.ts";
import { replayRole } from "./replay.ts";
import type { RoleState } from "./state.ts";

const at = causeAt("2026-11-23T04:00:00.000Z");
const rita = { id: 8, username: "rita" };
const request = { iid: 7, url: "http://gitlab/7" };
const policyOf = (...statements: readonly (readonly [sid: string, ...actions: string[]])[]): Policy =>
  parsePolicy(
    {
      Version: "2012-10-17",
      Statement: statements.map(([Sid, ...Action]) => ({ Sid, Effect: "Allow", Action, Resource: "*" })),
    },
    "a test",
  );
const found = (id: string, policy: Policy, more: Partial<PolicyFound> = {}): PolicyFound => ({
  ...{ how: "attached", id, version: "v1", policy, hash: policyHash(policy), ...more },
});
const first = policyOf(["PlpSqs", "sqs:CreateQueue", "sqs:TagQueue"]);
const second = policyOf(["PlpSns", "sns:CreateTopic"]);
const initial = policyOf(["All", "s3:*"]);
const whole: Policy = { ...first, statements: [...first.statements, ...second.statements] };
const expected = { policy: whole, policyHash: policyHash(whole), parts: [first, second] };
const role = (...policies: PolicyFound[]): FoundOnRole => ({ policies, boundary: null, trustHash: "t1" });
const expectation = (more: Partial<Expectation> = {}): Expectation => ({
  ...{ after: { kind: "round", round: "round-1" }, expected, initialHash: null, baseline: null, ...more },
});
const asApplied = role(found("a1", first), found("a2", second), found("initial", initial));

describe("A role that was read", () => {
  it("is confirmed where the parts are there, whatever else is attached", () => {
    const reading = readRole(asApplied, expectation());
    expect(reading).toMatchObject({ confirmed: true, drift: [], expectedHash: expected.policyHash });
    expect(reading.generated?.policyHash).toBe(expected.policyHash);
    expect(reading.policies.map(({ id, generated }) => [id, generated])).toEqual([
      ["a1", true],
      ["a2", true],
      ["initial", false],
    ]);
  });

  it("is confirmed where the same is said in other words", () => {
    const words = policyOf(["PlpSns", "sns:CreateTopic"], ["PlpSqs", "sqs:TagQueue", "sqs:CreateQueue"]);
    expect(readRole(role(found("a1", words)), expectation())).toMatchObject({ confirmed: true, drift: [] });
  });

  it("after half an apply lacks what is missing, by name", () => {
    expect(readRole(role(found("a1", first)), expectation())).toMatchObject({
      confirmed: false,
      drift: [{ kind: "missing", count: 1, permissions: [{ action: "sns:CreateTopic", resource: "*" }] }],
    });
    expect(readRole(role(), expectation())).toMatchObject({ confirmed: false, generated: null });
  });

  it("after an edit in the console has what is too much, by name", () => {
    const edited = policyOf(["PlpSqs", "sqs:CreateQueue", "sqs:TagQueue", "sqs:PurgeQueue"]);
    expect(readRole(role(found("a1", edited), found("a2", second)), expectation())).toMatchObject({
      confirmed: false,
      drift: [{ kind: "extra", count: 1, permissions: [{ action: "sqs:PurgeQueue" }] }],
    });
  });

  it("knows a part that was PLP's, also when nothing of it is left", () => {
    const baseline = readRole(asApplied, expectation());
    const emptied = role(found("a1", policyOf(["Mine", "iam:*"])), found("a2", second));
    const kinds = readRole(emptied, expectation({ baseline })).drift.map(({ kind }) => kind);
    expect(kinds).toEqual(["missing", "extra", "policy-removed"]);
  });

  it("names every other policy, boundary or trust that changed since the last apply", () => {
    const baseline = readRole(asApplied, expectation());
    const now: FoundOnRole = {
      ...role(found("a1", first), found("a2", second), found("initial", policyOf(["All", "*"]))),
      ...{ boundary: "arn:aws:iam::1:policy/limit", trustHash: "t2" },
    };
    const inline = found("extra", policyOf(["X", "iam:PassRole"]), { how: "inline", version: null });
    const reading = readRole({ ...now, policies: [...now.policies, inline] }, expectation({ baseline }));
    expect(reading.confirmed).toBe(true);
    expect(reading.drift).toEqual([
      { kind: "policy-added", id: "extra" },
      { kind: "policy-changed", id: "initial" },
      { kind: "boundary", from: null, to: "arn:aws:iam::1:policy/limit" },
      { kind: "trust", from: "t1", to: "t2" },
    ]);
  });

  it("names the initial policy that is still there where the role is to go without it", () => {
    const reading = readRole(asApplied, expectation({ initialHash: policyHash(initial) }));
    expect(reading.drift).toEqual([{ kind: "initial-attached", id: "initial" }]);
  });

  it("is as it should be when nothing was approved and nothing of PLP's is there", () => {
    expect(readRole(role(found("initial", initial)), expectation({ expected: null }))).toMatchObject({
      ...{ confirmed: true, generated: null, expectedHash: null, drift: [] },
    });
  });

  it("names at most two hundred permissions of a difference, and counts them all", () => {
    const actions = Array.from({ length: 300 }, (_, i) => `sqs:Action${i}`);
    const reading = readRole(
      role(found("a1", policyOf(["PlpSqs", ...actions]))),
      expectation({ expected: null }),
    );
    const [drift] = reading.drift;
    expect(drift).toMatchObject({ kind: "extra", count: 300 });
    expect(drift?.kind === "extra" ? drift.permissions : []).toHaveLength(200);
  });
});

const known = () =>
  history<RoleEvent, RoleState>(foldRole).when((state) =>
    discoverRole(
      state,
      { scope: scopeOf(), commit: { sha: "c1", author: null }, previousUniqueId: null },
      at,
    ),
  );
const apply =
  (job: number, policy = whole, cause = at) =>
  (state: RoleState) =>
    applyPolicy(
      state,
      {
        ...{
          commit: `c${job}`,
          policy: toDocument(policy),
          policyHash: policyHash(policy),
          pipeline: 1,
          job,
        },
        ...{ url: `http://gitlab/jobs/${job}`, startedBy: rita },
      },
      cause,
    );
const observe = (reading: RoleReading) => (state: RoleState) => observePolicy(state, reading, at);

describe("An applied policy", () => {
  it("is recorded once per job, with who started it", () => {
    const after = known().when(apply(5));
    expect(after.state.applied).toMatchObject({
      policyHash: expected.policyHash,
      job: { id: 5, startedBy: rita },
    });
    expect(after.when(apply(5)).last).toEqual([]);
  });

  it("that was heard of late does not undo a newer one, and is still told", () => {
    const late = known()
      .when(apply(6, whole, causeAt("2026-11-24T04:00:00.000Z")))
      .when(apply(5, first));
    expect(late.last).toHaveLength(1);
    expect(late.state.applied?.job?.id).toBe(6);
  });

  it("is also what a reading finds although no job was heard of", () => {
    const after = known().when(observe(readRole(asApplied, expectation())));
    expect(after.state.applied).toMatchObject({ policyHash: expected.policyHash, job: null, version: 2 });
    const told = known()
      .when(apply(5))
      .when(observe(readRole(asApplied, expectation())));
    expect(told.state.applied?.job?.id).toBe(5);
  });
});

describe("A reading", () => {
  it("of the same round that finds the same is recorded once, of the next round again", () => {
    const after = known().when(observe(readRole(asApplied, expectation())));
    expect(after.when(observe(readRole(asApplied, expectation()))).last).toEqual([]);
    const next = expectation({ after: { kind: "round", round: "round-2" } });
    expect(after.when(observe(readRole(asApplied, next))).last).toHaveLength(1);
  });

  it("is held against what stood there after the last apply, so that drift is named until it is mended", () => {
    const applied = readRole(asApplied, expectation({ after: { kind: "apply", job: 5 } }));
    const changed = role(...asApplied.policies, found("extra", second, { how: "inline" }));
    const after = known().when(observe(applied));
    const drifted = readRole(changed, expectation({ baseline: after.state.baseline }));
    expect(after.when(observe(drifted)).state.baseline).toEqual(applied);
  });
});

describe("A replay", () => {
  it("tells what AWS had, whether a reading confirmed it since, and what else was on the role", () => {
    const applied = known().when(apply(5));
    expect(replayRole(applied.events, {})).toMatchObject({ confirmed: null, otherPolicies: null });
    const read = applied.when(observe(readRole(asApplied, expectation())));
    expect(replayRole(read.events, {})).toMatchObject({
      applied: { policyHash: expected.policyHash, job: { startedBy: rita } },
      confirmed: true,
      otherPolicies: [{ id: "initial" }],
    });
    const drifted = read.when(observe(readRole(role(found("a1", first)), expectation())));
    expect(replayRole(drifted.events, {})).toMatchObject({ confirmed: false, otherPolicies: [] });
    expect(replayRole(drifted.events, { version: 1 })).toMatchObject({ applied: null, confirmed: null });
  });
});

describe("What a reviewer says beside a request", () => {
  const list = addition("s3:ListBucket");
  const refused = () =>
    known()
      .when((state) => proposePolicy(state, proposalOf([list]), at))
      .when((state) => rejectProposal(state, { proposal: 2, kind: "grow", request, closedBy: rita }, at));

  it("lifts a refusal that stands, once, and no other", () => {
    const lift = (state: RoleState) =>
      liftRejections(
        state,
        { permissions: [list, addition("s3:GetObject")], by: rita, request, command: "900:1" },
        at,
      );
    const after = refused().when(lift);
    expect(after.last).toMatchObject([{ data: { permissions: [{ action: "s3:ListBucket" }] } }]);
    expect(after.state.rejected.size).toBe(0);
    expect(after.when(lift).last).toEqual([]);
    const wanted = growAdditions(after.state, [], new Date(at.occurredAt), null);
    expect(wanted.additions, "also when nobody uses it at the moment").toEqual([list]);
  });

  it("protects a statement, once", () => {
    const protect = (state: RoleState) =>
      protectStatement(state, { sid: "PlpSqs", by: rita, request, command: "900:1" }, at);
    const after = known().when(protect);
    expect([...after.state.protectedSids]).toEqual(["PlpSqs"]);
    expect(after.when(protect).last).toEqual([]);
  });
});

describe("A proposal to take something away", () => {
  const gone = { action: "sns:CreateTopic", resource: "*", condition: null };
  const reduce = proposalOf([], { kind: "reduce", policy: toDocument(first), removed: [gone] });
  const proposed = () => known().when((state) => proposePolicy(state, reduce, at));

  it("of which people kept a line keeps it from then on", () => {
    const merged = comparePolicies(reduce, whole);
    expect(merged).toMatchObject({ struck: [], retained: [gone] });
    const after = proposed().when((state) =>
      approveProposal(
        state,
        { proposal: 2, kind: "reduce", request, mergeCommit: "m", mergedBy: rita, ...merged },
        at,
      ),
    );
    expect([...after.state.retained.values()]).toMatchObject([{ permission: gone, by: rita }]);
    expect(comparePolicies(reduce, first)).not.toHaveProperty("retained");
  });

  it("that was closed by a reviewer keeps all of it, and says when", () => {
    const after = proposed().when((state) =>
      rejectProposal(state, { proposal: 2, kind: "reduce", request, closedBy: rita }, at),
    );
    expect([...after.state.retained.values()]).toMatchObject([{ permission: gone }]);
    expect(after.state.refusals.get("reduce")).toMatchObject({ at: at.occurredAt, by: rita });
  });
});
