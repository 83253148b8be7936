import { expect, it } from "vitest";
import { streamLog } from "./log-stream.ts";
import { embeddedMetrics, loggedMetrics } from "./metrics.ts";

const clock = { now: () => new Date("2026-11-23T04:00:00.000Z") };

it("a metric is one line that CloudWatch reads: namespace, no dimension, name, unit and value", () => {
  const lines: string[] = [];
  const metrics = embeddedMetrics((line) => lines.push(line), { namespace: "plp-production", clock });
  metrics.put("TokenDaysLeft", 29);
  metrics.put("RunsPastDeadline", 1);
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line.endsWith("\n")).toBe(true);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    _aws: {
      Timestamp: clock.now().getTime(),
      CloudWatchMetrics: [
        {
          Namespace: "plp-production",
          Dimensions: [[]],
          Metrics: [{ Name: "TokenDaysLeft", Unit: "None" }],
        },
      ],
    },
    TokenDaysLeft: 29,
  });
});

it("where nobody collects metrics they are lines of the log", () => {
  const lines: string[] = [];
  const log = streamLog({ write: (line) => lines.push(line) }, { clock, level: "info" });
  loggedMetrics(log).put("LaneWithoutQuota", 3);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    message: "metric",
    metric: "LaneWithoutQuota",
    value: 3,
  });
});
