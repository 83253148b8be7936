import { describe, expect, it } from "vitest";
import { stationsOf } from "./stations.ts";
import { run } from "./testing.ts";
import type { RunView } from "./views.ts";

const requested: RunView = { ...run, observedAt: null, end: null, request: null };
const failed = { kind: "failed", at: "2026-01-19T05:09:00Z", reason: "no access", proposal: null } as const;
const states = (view: RunView) => stationsOf(view).map(({ state }) => state);

describe("the way of a run through the services", () => {
  it.each<[string, RunView, readonly string[]]>([
    ["asked for", requested, ["done", "now", "waits", "waits", "waits"]],
    ["observed", { ...run, end: null, request: null }, ["done", "done", "now", "waits", "waits"]],
    ["proposed", { ...run, request: null }, ["done", "done", "done", "now", "waits"]],
    ["shown in a request", run, ["done", "done", "done", "done", "now"]],
    [
      "merged",
      { ...run, request: run.request && { ...run.request, status: "merged" } },
      ["done", "done", "done", "done", "done"],
    ],
    [
      "without news",
      { ...run, end: { ...failed, kind: "nothing-new" }, request: null },
      ["done", "done", "done", "skipped", "skipped"],
    ],
    [
      "failed in the analysis",
      { ...requested, end: failed },
      ["done", "failed", "skipped", "skipped", "skipped"],
    ],
    [
      "failed in the merge",
      { ...run, end: failed, request: null },
      ["done", "done", "failed", "skipped", "skipped"],
    ],
  ])("%s", (_name, view, expected) => {
    expect(states(view)).toEqual(expected);
  });

  it("says how long each step took after the one before", () => {
    expect(stationsOf(run).map(({ after }) => after)).toEqual([
      null,
      "2026-01-19T05:00:00Z",
      "2026-01-19T05:04:00Z",
      "2026-01-19T05:04:10Z",
      null,
    ]);
  });

  it("says why it failed and how many jobs were started", () => {
    expect(stationsOf({ ...requested, end: failed })[1]).toMatchObject({ says: "no access", at: failed.at });
    expect(stationsOf(requested)[1]?.says).toBe("Access Analyzer generates, 1 of 2 jobs started");
  });
});
