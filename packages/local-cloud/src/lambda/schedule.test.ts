import { describe, expect, it } from "vitest";
import { nextRun } from "./schedule.ts";

const next = (schedule: string, after: string, zone = "UTC") =>
  nextRun(schedule, zone, new Date(after)).toISOString();

describe("the next time that a schedule is due", () => {
  it("is the next such day of the week, the same day only while its hour is to come", () => {
    expect(next("cron(0 4 ? * MON *)", "2026-03-02T03:59:59Z")).toBe("2026-03-02T04:00:00.000Z");
    expect(next("cron(0 4 ? * MON *)", "2026-03-02T04:00:00Z")).toBe("2026-03-09T04:00:00.000Z");
    expect(next("cron(30 1,13 ? * MON-FRI *)", "2026-03-06T13:30:00Z")).toBe("2026-03-09T01:30:00.000Z");
    expect(next("cron(15 * * * ? *)", "2026-03-06T13:30:00Z")).toBe("2026-03-06T14:15:00.000Z");
  });

  it("goes by the clocks of the zone, also when they change", () => {
    expect(next("cron(0 4 * * ? *)", "2026-03-28T12:00:00Z", "Europe/Berlin")).toBe(
      "2026-03-29T02:00:00.000Z",
    );
    expect(next("cron(0 4 * * ? *)", "2026-03-27T12:00:00Z", "Europe/Berlin")).toBe(
      "2026-03-28T03:00:00.000Z",
    );
    expect(next("cron(0 20 ? * SUN *)", "2026-03-01T00:00:00Z", "America/New_York")).toBe(
      "2026-03-02T01:00:00.000Z",
    );
  });

  it("is one period later for a rate", () => {
    expect(next("rate(7 days)", "2026-03-02T03:00:00Z")).toBe("2026-03-09T03:00:00.000Z");
    expect(next("rate(1 hour)", "2026-03-02T03:00:00Z")).toBe("2026-03-02T04:00:00.000Z");
  });

  it("is refused for forms that the timer does not know", () => {
    for (const schedule of [
      "cron(0 4 1 * ? *)",
      "cron(0 24 ? * MON *)",
      "cron(0 4 ? * MOON *)",
      "daily",
      "rate(0 days)",
    ]) {
      expect(() => nextRun(schedule, "UTC", new Date())).toThrow(
        /is not one that this machine's timer knows/,
      );
    }
  });
});
