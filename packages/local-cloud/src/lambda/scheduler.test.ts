import { silentLog } from "@plp/runtime";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startScheduler } from "./scheduler.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-03-02T03:58:30Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

it("runs what is due once each time, whatever a run does, and nothing after the stop", async () => {
  const ran: string[] = [];
  const run = (name: string) => async (at: Date) => {
    ran.push(`${name} ${at.toISOString()}`);
    throw new Error("a run that fails");
  };
  const clock = { now: () => new Date() };
  const scheduler = startScheduler(
    [
      { name: "round", schedule: "cron(0 4 ? * MON *)", timeZone: "UTC", run: run("round") },
      { name: "tick", schedule: "rate(1 hour)", timeZone: "UTC", run: run("tick") },
    ],
    clock,
    silentLog,
  );
  expect(scheduler.next("round")?.toISOString()).toBe("2026-03-02T04:00:00.000Z");
  await vi.advanceTimersByTimeAsync(2 * 3_600_000);
  expect(ran).toEqual([
    "round 2026-03-02T04:00:00.000Z",
    "tick 2026-03-02T04:58:30.000Z",
    "tick 2026-03-02T05:58:30.000Z",
  ]);
  scheduler.stop();
  await vi.advanceTimersByTimeAsync(10 * 3_600_000);
  expect(ran).toHaveLength(3);
});
