import { expect, it } from "vitest";
import { hoursBetweenRounds } from "./round-interval.ts";

it.each([
  ["rate(7 days)", 168],
  ["rate(90 minutes)", 1.5],
  ["cron(0 4 ? * MON *)", 168],
  ["cron(0 4 ? * MON,THU *)", 96],
  ["cron(0 4 ? * MON-FRI *)", 72],
  ["cron(0 4 ? * FRI-MON *)", 96],
  ["cron(0 4 ? * 2 *)", 168],
  ["cron(0 4 * * ? *)", 24],
  ["cron(0 4 1,15 * ? *)", 17 * 24],
  ["cron(0 4 1 * ? *)", 31 * 24],
  ["cron(0 4 L * ? *)", 31 * 24],
  ["cron(0 4 ? * 2#1 *)", 31 * 24],
  ["cron(0 4 1 1 ? *)", 366 * 24],
])("between two rounds of %s lie at most %d hours", (schedule, hours) => {
  expect(hoursBetweenRounds(schedule)).toBe(hours);
});
