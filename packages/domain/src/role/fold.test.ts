import { afterEach, describe, expect, it, vi } from "vitest";
import { addition, causeAt, history, proposalOf, scopeOf } from "../testing.ts";
import { discoverRole, observeUsage, proposePolicy } from "./decide.ts";
import { foldRole } from "./fold.ts";

const at = causeAt("2026-11-23T04:00:00.000Z");
const window = { from: "2026-11-16T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };

/** Week after week another run observes the role, and another policy is proposed. */
function weeks(count: number) {
  let story = history(foldRole).when((state) =>
    discoverRole(
      state,
      { scope: scopeOf(), commit: { sha: "c1", author: "dave" }, previousUniqueId: null },
      at,
    ),
  );
  for (let week = 1; week <= count; week += 1) {
    const counts = { authorized: 1, denied: 0, failed: 0, permissions: 1 };
    const analysis = { analyzer: "both", complete: true, counts, evidence: "e1", top: [] } as const;
    const run = `run-${week}`;
    story = story
      .when((state) => observeUsage(state, { run, window, closed: true, gaps: [], ...analysis }, at))
      .when((state) =>
        proposePolicy(state, proposalOf([addition("s3:ListBucket", `b${week}`)], { run }), at),
      );
  }
  return story.events;
}

describe("folding a role", () => {
  afterEach(() => vi.restoreAllMocks());

  it("comes to the same event by event, and leaves every state before it as it was", () => {
    const events = weeks(6);
    const whole = foldRole(events);
    let state = foldRole([]);
    const before = events.map((event) => {
      state = foldRole([event], state);
      return state;
    });
    expect(state).toEqual(whole);
    for (const [n, one] of before.entries()) expect(one).toEqual(foldRole(events.slice(0, n + 1)));
  });

  it("notes each thing once, however long the history was before it", () => {
    const notes = (count: number) => {
      const events = weeks(count);
      // A map that is copied notes all that it holds again.
      const noted = vi.spyOn(Map.prototype, "set");
      foldRole(events);
      const { length } = noted.mock.calls;
      noted.mockRestore();
      return length;
    };
    expect(notes(40)).toBeLessThanOrEqual(2 * notes(20));
  });
});
