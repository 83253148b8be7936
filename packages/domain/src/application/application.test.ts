import { describe, expect, it } from "vitest";
import { causeAt, history } from "../testing.ts";
import {
  closeRequest,
  freezeRequest,
  mergeRequest,
  openedRequest,
  planRound,
  refuseApplication,
  reopenRequest,
  updateRequest,
} from "./decide.ts";
import type { ApplicationEvent, PlannedRound, RequestContent } from "./events.ts";
import { type ApplicationState, foldApplication, openRequest } from "./fold.ts";

const at = causeAt("2026-11-23T04:00:00.000Z");
const plan = (round: string): PlannedRound => ({
  round,
  windowEnd: "2026-11-23T03:00:00.000Z",
  commit: "c1",
  name: "shop",
  roles: [],
  excluded: [],
  failed: [],
});
const content = (more: Partial<RequestContent> = {}): RequestContent => ({
  kind: "grow",
  iid: 7,
  url: "http://gitlab/7",
  branch: "plp-grow/shop-12345678",
  head: "h1",
  base: "c1",
  title: "Draft: shop",
  description: "d1",
  roles: [{ role: { arn: "arn:aws:iam::1:role/x", uniqueId: "AROA" }, proposal: 2 }],
  ...more,
});
const refusal = { round: "round-1", code: "name-claimed", reason: "also used by b", other: "b" };

type Decide = (state: ApplicationState) => ApplicationEvent[];
const planned: Decide = (state) => planRound(state, plan("round-1"), at);
const refuse: Decide = (state) => refuseApplication(state, refusal, at);
const open =
  (more = {}): Decide =>
  (state) =>
    openedRequest(state, content(more), at);
const update =
  (more = {}): Decide =>
  (state) =>
    updateRequest(state, content(more), at);
const freeze: Decide = (state) => freezeRequest(state, { iid: 7, why: "ready", by: null }, at);
const merge: Decide = (state) =>
  mergeRequest(state, { iid: 7, mergeCommit: "m1", mergedBy: null, mergedAt: at.occurredAt }, at);
const close =
  (decision = true): Decide =>
  (state) =>
    closeRequest(state, { iid: 7, closedBy: null, closedAt: at.occurredAt, decision }, at);
const reopen: Decide = (state) => reopenRequest(state, 7, at);

const application = () => history<ApplicationEvent, ApplicationState>(foldApplication);
const opened = () => application().when(planned).when(open());
const types = (events: readonly ApplicationEvent[]) => events.map(({ type }) => type);

describe("A round", () => {
  it("planned twice stands as it was planned first", () => {
    const after = application().when(planned);
    expect(types(after.last)).toEqual(["RoundPlanned"]);
    expect(after.when((state) => planRound(state, { ...plan("round-1"), name: "other" }, at)).last).toEqual(
      [],
    );
  });

  it("of a refused folder stays refused, and the next round lifts it", () => {
    const after = application().when(refuse);
    expect(after.when(planned).state.refused).toEqual(refusal);
    expect(after.when((state) => planRound(state, plan("round-2"), at)).state.refused).toBeNull();
  });

  it("refused twice for the same reason is refused once", () => {
    const after = application().when(refuse);
    expect(types(after.last)).toEqual(["ApplicationRefused"]);
    expect(after.when(refuse).last).toEqual([]);
    expect(
      types(after.when((state) => refuseApplication(state, { ...refusal, code: "x" }, at)).last),
    ).toEqual(["ApplicationRefused"]);
  });
});

describe("A request", () => {
  it("opened twice is opened once, and a second of its kind never while it waits", () => {
    expect(types(opened().last)).toEqual(["RequestOpened"]);
    expect(opened().when(open()).last).toEqual([]);
    expect(opened().when(open({ iid: 8 })).last).toEqual([]);
    expect(
      opened()
        .when(freeze)
        .when(open({ iid: 8 })).last,
    ).toEqual([]);
    expect(
      types(
        opened()
          .when(close())
          .when(open({ iid: 8 })).last,
      ),
    ).toEqual(["RequestOpened"]);
    expect(types(opened().when(open({ iid: 8, kind: "asked" })).last)).toEqual(["RequestOpened"]);
  });

  it("updated twice with the same content is updated once", () => {
    expect(opened().when(update()).last).toEqual([]);
    const after = opened().when(update({ head: "h2" }));
    expect(types(after.last)).toEqual(["RequestUpdated"]);
    expect(after.when(update({ head: "h2" })).last).toEqual([]);
    expect(application().when(update()).last).toEqual([]);
  });

  it("frozen twice is frozen once, and is not ours to update any more", () => {
    const after = opened().when(freeze);
    expect(types(after.last)).toEqual(["RequestFrozen"]);
    expect(after.state.requests.get(7)).toMatchObject({
      status: "frozen",
      frozen: { why: "ready", by: null },
    });
    expect(after.when(freeze).last).toEqual([]);
    expect(after.when(update({ head: "h2" })).last).toEqual([]);
  });

  it("merged twice is merged once, and is then neither closed, reopened, frozen nor updated", () => {
    const after = opened().when(freeze).when(merge);
    expect(types(after.last)).toEqual(["RequestMerged"]);
    for (const decide of [merge, close(), reopen, freeze, update({ head: "h2" })]) {
      expect(after.when(decide).last).toEqual([]);
    }
    expect(openRequest(after.state, "grow")).toBeNull();
  });

  it("closed twice is closed once, and remembers the round and whether it was a decision", () => {
    const after = opened().when(close(false));
    expect(types(after.last)).toEqual(["RequestClosed"]);
    expect(after.state.requests.get(7)?.closed).toMatchObject({ decision: false, round: "round-1" });
    expect(after.when(close(true)).last).toEqual([]);
  });

  it("reopened twice is open once, also when it had been closed as a decision", () => {
    const after = opened().when(close()).when(reopen);
    expect(types(after.last)).toEqual(["RequestReopened"]);
    expect(after.state.requests.get(7)).toMatchObject({ status: "open", closed: null });
    expect(after.when(reopen).last).toEqual([]);
  });

  it("merged after it was closed and reopened unseen is merged", () => {
    expect(types(opened().when(close()).when(merge).last)).toEqual(["RequestMerged"]);
  });

  it("that is not known is not decided about", () => {
    for (const decide of [merge, close(), reopen, freeze])
      expect(application().when(decide).last).toEqual([]);
  });
});
