import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientToken, commitId, digest, parseRoleStream, roleStream, runId } from "../ids.ts";
import { causeAt, history } from "../testing.ts";
import {
  endRun,
  expireRun,
  failAnalysis,
  requestAnalysis,
  runExpiry,
  splitAnalysis,
  startAnalysis,
  succeedAnalysis,
} from "./decide.ts";
import type { RequestedAnalysis, RunEvent } from "./events.ts";
import { foldRun, type RunState } from "./fold.ts";
import { startsPerDay } from "./lane.ts";
import { hoursOf, nextWindow } from "./window.ts";

const at = causeAt("2026-11-23T04:00:00.000Z");
const role = { arn: "arn:aws:iam::111122223333:role/ci/shop-prod", uniqueId: "AROAEXAMPLE" };
const window = { from: "2026-11-16T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };
const requested: RequestedAnalysis = {
  role,
  application: { project: "iam/roles", folder: "shop" },
  environment: "prod",
  round: "round-1",
  window,
  lane: "111122223333",
  region: "eu-central-1",
  regions: ["eu-central-1"],
  idle: false,
};
type Decide = (state: RunState) => RunEvent[];
const request: Decide = (state) => requestAnalysis(state, requested, at);
const start =
  (attempt: number, job = `job-${attempt}`, part = window): Decide =>
  (state) =>
    startAnalysis(state, { job, part, attempt, startedAt: at.occurredAt }, at);
const split =
  (part = window): Decide =>
  (state) =>
    splitAnalysis(state, part, at);
const succeed: Decide = (state) => succeedAnalysis(state, 5, at);
const fail: Decide = (state) => failAnalysis(state, { code: "x", reason: "why" }, at);
const proposed: Decide = (state) => endRun(state, { kind: "proposed", request: "grow", proposal: 6 }, at);
const nothing: Decide = (state) => endRun(state, { kind: "nothing-new", questions: 0, denied: 0 }, at);
const broken: Decide = (state) =>
  endRun(state, { kind: "failed", code: "policy-unreadable", reason: "no JSON" }, at);

const run = () => history<RunEvent, RunState>(foldRun).when(request);
const types = (events: readonly RunEvent[]) => events.map(({ type }) => type);

describe("A run", () => {
  it("requested twice is requested once, with one part: the window", () => {
    expect(run().state.parts).toEqual([{ window, job: null, attempt: 0, startedAt: null }]);
    expect(run().when(request).last).toEqual([]);
  });

  it("started twice in the same attempt is started once, and again only by a later attempt", () => {
    const after = run().when(start(1));
    expect(types(after.last)).toEqual(["AnalysisStarted"]);
    expect(after.when(start(1, "another")).last).toEqual([]);
    expect(after.when(start(2)).state.parts[0]).toMatchObject({ job: "job-2", attempt: 2 });
  });

  it("is halved at a whole hour; twice once; and not any more when an hour is left", () => {
    const after = run().when(split());
    expect(after.state.parts.map((part) => part.window)).toEqual([
      { from: window.from, to: "2026-11-19T12:00:00.000Z" },
      { from: "2026-11-19T12:00:00.000Z", to: window.to },
    ]);
    expect(after.when(split()).last).toEqual([]);
    const hour = { from: "2026-11-16T00:00:00.000Z", to: "2026-11-16T01:00:00.000Z" };
    const short = history<RunEvent, RunState>(foldRun).when((state) =>
      requestAnalysis(state, { ...requested, window: hour }, at),
    );
    expect(short.when(split(hour)).last).toEqual([]);
  });

  it("covers its window without a hole however often it is halved", () => {
    let current = run();
    for (let i = 0; i < 6; i++)
      current = current.when(split(current.state.parts[i % current.state.parts.length]?.window));
    const parts = current.state.parts.map((part) => part.window);
    expect(parts[0]?.from).toBe(window.from);
    expect(parts.at(-1)?.to).toBe(window.to);
    expect(parts.slice(1).map(({ from }) => from)).toEqual(parts.slice(0, -1).map(({ to }) => to));
  });

  it("succeeded twice succeeded once", () => {
    const after = run().when(succeed);
    expect(types(after.last)).toEqual(["AnalysisSucceeded"]);
    expect(after.when(succeed).last).toEqual([]);
  });

  it.each([
    ["proposed", proposed, "RunProposed"],
    ["without anything new", nothing, "NothingNew"],
    ["failed in the merge", broken, "MergeFailed"],
    ["failed in the analysis", fail, "AnalysisFailed"],
  ] as const)("ended twice ended once: %s", (_, decide, type) => {
    const after = run().when(decide);
    expect(types(after.last)).toEqual([type]);
    for (const again of [decide, proposed, nothing, broken, fail, succeed, start(1), split()]) {
      expect(after.when(again).last).toEqual([]);
    }
  });

  it("may be forgotten 120 days after it was requested", () => {
    expect(runExpiry(new Date("2026-01-01T00:00:00.999Z"))).toBe(Date.parse("2026-05-01T00:00:00Z") / 1000);
  });
});

describe("A window", () => {
  const end = "2026-11-23T00:00:00.000Z";
  const back = (days: number, hours = 0) =>
    new Date(Date.parse(end) - days * 86_400_000 - hours * 3_600_000).toISOString();

  it("is the first of its length without a history", () => {
    expect(nextWindow({ closedTo: null, windowEnd: end, windowDays: 7 })).toEqual({
      window: { from: back(7), to: end },
      gap: null,
    });
  });

  it("joins the one before with six hours of overlap", () => {
    expect(nextWindow({ closedTo: back(10), windowEnd: end, windowDays: 7 }).window.from).toBe(back(10, 6));
  });

  it("is never shorter than its least length", () => {
    expect(nextWindow({ closedTo: back(1), windowEnd: end, windowDays: 7 }).window.from).toBe(back(7));
  });

  it("is never longer than 90 days, and what it leaves is a gap", () => {
    expect(nextWindow({ closedTo: back(100), windowEnd: end, windowDays: 7 })).toEqual({
      window: { from: back(90), to: end },
      gap: { from: back(100), to: back(90) },
    });
  });

  it("leaves no gap where the overlap alone is cut off", () => {
    expect(nextWindow({ closedTo: back(90), windowEnd: end, windowDays: 7 }).gap).toBeNull();
  });

  it("and its gap reach from the last closed end to the new one, whatever the numbers", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 90 }), (hours, windowDays) => {
        const closedTo = back(0, hours);
        const { window, gap } = nextWindow({ closedTo, windowEnd: end, windowDays });
        const length = Date.parse(window.to) - Date.parse(window.from);
        expect(length).toBeGreaterThanOrEqual(windowDays * 86_400_000);
        expect(length).toBeLessThanOrEqual(90 * 86_400_000);
        expect(gap === null ? window.from <= closedTo : gap.from === closedTo && gap.to === window.from).toBe(
          true,
        );
      }),
    );
  });

  it("needs the hours of delivery from its first to the one after its last", () => {
    expect(hoursOf({ from: "2026-11-16T10:30:00.000Z", to: "2026-11-16T12:00:00.000Z" })).toEqual([
      "2026-11-16T10",
      "2026-11-16T11",
      "2026-11-16T12",
    ]);
  });
});

describe("A lane", () => {
  it("leaves a reserve of the day's generations to people", () => {
    expect([startsPerDay("eu-central-1"), startsPerDay("eu-south-1")]).toEqual([45, 4]);
  });
});

describe("Ids", () => {
  it("of two lists of parts never collide by where the parts are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
        expect(digest(...a) === digest(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it("of a run, a commit and a start follow from what they are for", () => {
    expect(runId(role, window.to)).toBe(runId({ ...role }, window.to));
    expect(runId(role, window.to)).not.toBe(runId({ ...role, uniqueId: "AROAOTHER" }, window.to));
    expect(commitId("cause", "stream", "step")).not.toBe(commitId("cause", "streamstep", ""));
    expect(clientToken("run", "part", 1)).not.toBe(clientToken("run", "part", 2));
  });

  it("of a role's stream can be read back", () => {
    expect(parseRoleStream(roleStream(role))).toEqual(role);
    expect(parseRoleStream("role#nonsense")).toBeNull();
  });
});

describe("the deadline of a run", () => {
  const after = (days: number): Decide => {
    const now = new Date(Date.parse(at.occurredAt) + days * 86_400_000);
    return (state) => expireRun(state, now, at);
  };

  it("ends a run that no message brought to its end within eight days, with a reason", () => {
    expect(history(foldRun).when(request).when(after(8)).events.at(-1)).toMatchObject({
      type: "AnalysisFailed",
      data: { code: "run-deadline" },
    });
  });

  it("ends a run that was analysed and never merged as a failed merge", () => {
    const analysed: Decide = (state) => succeedAnalysis(state, 3, at);
    expect(history(foldRun).when(request).when(analysed).when(after(9)).events.at(-1)).toMatchObject({
      type: "MergeFailed",
    });
  });

  it("leaves a younger run alone, and one that has ended, and one that nobody asked for", () => {
    const ended: Decide = (state) => failAnalysis(state, { code: "x", reason: "y" }, at);
    expect(history(foldRun).when(request).when(after(7.9)).events).toHaveLength(1);
    expect(history(foldRun).when(request).when(ended).when(after(9)).events).toHaveLength(2);
    expect(history(foldRun).when(after(9)).events).toHaveLength(0);
  });

  it("decides nothing when the deadline is found twice", () => {
    expect(history(foldRun).when(request).when(after(8)).when(after(8)).events).toHaveLength(2);
  });
});
