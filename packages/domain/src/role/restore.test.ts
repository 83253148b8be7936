import { parsePolicy } from "@plp/iam-policy";
import { describe, expect, it } from "vitest";
import { addition, causeAt, history, proposalOf, scopeOf } from "../testing.ts";
import { approveProposal, discoverRole, editPolicy, proposePolicy, rejectProposal } from "./decide.ts";
import type { ProposedPolicy, RoleEvent } from "./events.ts";
import { foldRole } from "./fold.ts";
import { isPending, policyAt, proposeRestore, refusedBefore, restoreWithin } from "./restore.ts";
import type { RoleState } from "./state.ts";

const cause = causeAt("2026-11-23T05:00:00.000Z");
const commit = { sha: "c", author: "dave" };
const queues = addition("sqs:ListQueues");
const policy = { Version: "2012-10-17", Statement: [] };
const standing = {
  ...policy,
  Statement: [{ Sid: "Team", Effect: "Allow", Action: "kms:Sign", Resource: "*" }],
};
const request = { iid: 7, url: "u" };
const rita = { id: 8, username: "rita" };
const asked = (order: string, version = 2) => ({ order, version, only: null, by: "olga" });

const begun = () =>
  history<RoleEvent, RoleState>(foldRole)
    .when((state) => discoverRole(state, { scope: scopeOf(), commit, previousUniqueId: null }, cause))
    .when((state) => editPolicy(state, { policy: standing, policyHash: "h1", commit }, cause));

const proposal = (order: string, more: Partial<ProposedPolicy> = {}) =>
  proposalOf([queues], { kind: "restore", restore: { ...asked(order), refused: [] }, ...more });
const propose =
  (order: string, more: Partial<ProposedPolicy> = {}) =>
  (state: RoleState) =>
    proposeRestore(state, asked(order), { kind: "propose", proposed: proposal(order, more) }, cause);
const refuse = (order: string) => (state: RoleState) =>
  proposeRestore(state, asked(order), { kind: "refuse", reason: "no ground" }, cause);
const types = (events: readonly RoleEvent[]) => events.map(({ type }) => type);
const open = ({ state }: { readonly state: RoleState }) => state.open.get("restore")?.version ?? 0;

describe("An order to restore", () => {
  it("is proposed; twice is once", () => {
    const once = begun().when(propose("a"));
    expect(types(once.last)).toEqual(["PolicyProposed"]);
    expect(once.when(propose("a")).last).toEqual([]);
  });

  it("is brought up to date while it is open, and taken back where its ground is gone", () => {
    const moved = { base: { commit: "c2", files: [{ path: "p", blob: "b2" }] } };
    const rebuilt = begun().when(propose("a")).when(propose("a", moved));
    expect(types(rebuilt.last)).toEqual(["ProposalSuperseded", "PolicyProposed"]);
    expect(types(rebuilt.when(refuse("a")).last)).toEqual(["ProposalWithdrawn"]);
  });

  it.each([
    ["approved", (state: RoleState) => approve(state)],
    ["refused", (state: RoleState) => reject(state)],
    ["taken back", (state: RoleState) => refuse("a")(state)],
  ])("that was %s is not proposed again, and another may be", (_, decide) => {
    const decided = begun().when(propose("a")).when(decide);
    expect(isPending(decided.state, "a")).toBe(false);
    expect(decided.when(propose("a")).last).toEqual([]);
    expect(types(decided.when(propose("b")).last)).toEqual(["PolicyProposed"]);
  });

  it("that comes to nothing is recorded once, with its reason", () => {
    const refused = begun().when(refuse("a"));
    expect(refused.last).toMatchObject([
      { type: "RestoreRefused", data: { by: "olga", reason: "no ground" } },
    ]);
    expect(refused.when(refuse("a")).last).toEqual([]);
    expect(refused.when(propose("a")).last).toEqual([]);
  });

  it("takes the place of another that is open, unless it says the same", () => {
    const first = begun().when(propose("a"));
    const same = first.when(propose("b"));
    expect(same.last).toMatchObject([{ type: "RestoreRefused", data: { order: "b" } }]);
    const other = first.when(propose("b", { policyHash: "another" }));
    expect(types(other.last)).toEqual(["ProposalSuperseded", "PolicyProposed"]);
    expect(other.when(propose("a")).last).toEqual([]);
  });

  it("that a reviewer closes refuses and keeps nothing", () => {
    const closed = begun()
      .when(propose("a", { removed: [queues] }))
      .when(reject);
    expect(closed.last).toMatchObject([{ type: "ProposalRejected", data: { permissions: [] } }]);
    expect([closed.state.rejected.size, closed.state.retained.size]).toEqual([0, 0]);
  });

  it("leaves refusals of what people leave out of it, and takes back those of what they merge", () => {
    const topics = addition("sns:ListTopics");
    const before = begun()
      .when((state) => proposePolicy(state, proposalOf([queues, topics]), cause))
      .when((state) => rejectProposal(state, refusal(state.open.get("grow")?.version ?? 0, "grow"), cause));
    expect(refusedBefore(before.state, [topics])).toMatchObject([
      { action: "sns:ListTopics", by: "rita", request: { iid: 7 } },
    ]);
    const merged = before
      .when(propose("a", { added: [queues, topics] }))
      .when((state) => approve(state, [topics]));
    expect([...merged.state.rejected.values()].map(({ permission }) => permission.action)).toEqual([
      "sns:ListTopics",
    ]);
  });
});

function approve(state: RoleState, struck: readonly (typeof queues)[] = []): RoleEvent[] {
  const merged = { mergeCommit: "m", mergedBy: rita, policy, policyHash: "h2", struck, foreign: [] };
  return approveProposal(state, { proposal: open({ state }), kind: "restore", request, ...merged }, cause);
}

function refusal(version: number, kind: "grow" | "restore") {
  return { proposal: version, kind, request, closedBy: rita };
}

function reject(state: RoleState): RoleEvent[] {
  return rejectProposal(state, refusal(open({ state }), "restore"), cause);
}

describe("The policy to go back to", () => {
  const { events } = begun();

  it("is the one that was approved by then", () => {
    expect(policyAt(events, 2)).toEqual({ kind: "policy", policy: standing });
  });

  it("is none before the first was, which is said with the versions that have one, nor beyond the last version", () => {
    expect(policyAt(events, 1)).toEqual({ kind: "no-policy", changes: [2] });
    expect(policyAt(events, 3)).toEqual({ kind: "no-version", last: 2 });
  });

  it("returns without what the settings forbid or leave to people, each told", () => {
    const Action = ["iam:CreateUser", "kms:Decrypt", "sqs:ListQueues"];
    const to = {
      Version: "2012-10-17",
      Statement: [{ Sid: "Plp1", Effect: "Allow", Action, Resource: "*" }],
    };
    const { added, forbidden, questions } = restoreWithin({
      ...{ old: parsePolicy(policy, "old"), to: parsePolicy(to, "to"), only: null, protectedSids: [] },
      limits: { never: ["iam:*"], ask: ["kms:*"] },
    });
    expect(added.map(({ action }) => action)).toEqual(["sqs:ListQueues"]);
    expect(forbidden.map(({ action }) => action)).toEqual(["iam:CreateUser"]);
    expect(questions).toMatchObject([
      { kind: "ask", detail: expect.stringContaining("kms:Decrypt on * stood there") },
    ]);
  });
});
