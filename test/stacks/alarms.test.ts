import { readFileSync } from "node:fs";
import { join } from "node:path";
import { queues } from "@plp/messaging";
import { metricUnits } from "@plp/runtime";
import { describe, expect, test } from "vitest";
import written from "../../plp.config.ts";
import { skipUnless } from "../support/skip.ts";
import { evaluate, sstPlatform } from "./evaluate.ts";
import { variablesOf } from "./evaluated.ts";

const runbook = readFileSync(join(import.meta.dirname, "../../docs/runbook.md"), "utf8");

skipUnless(sstPlatform)("the alarms of a deployment", async () => {
  const hub = await evaluate({
    stage: "production",
    settings: { ...written, operators: ["platform@example.com", "security@example.com"] },
  });
  const alarms = hub.all("aws:cloudwatch/metricAlarm:MetricAlarm");
  const own = alarms.filter(({ inputs }) => inputs.namespace === "plp-production");

  test("over what the functions measure go off when they should", () => {
    const conditions = own.map(({ inputs }) => {
      const sign = inputs.comparisonOperator === "GreaterThanThreshold" ? ">" : "<";
      const silent = inputs.treatMissingData === "breaching" ? ", or silence" : "";
      const days = `${(Number(inputs.period) * Number(inputs.evaluationPeriods)) / 86_400} d`;
      return `${inputs.statistic} of ${inputs.metricName} ${sign} ${inputs.threshold} for ${days}${silent}`;
    });
    // A round a week: one and a half intervals are 252 hours.
    expect(conditions).toEqual([
      "Sum of RunsPastDeadline > 0 for 1 d",
      "Maximum of HoursSinceFinishedRound > 252 for 1 d, or silence",
      "Sum of LaneWithoutQuota > 0 for 2 d",
      "Minimum of TokenDaysLeft < 30 for 1 d",
      "Sum of ChangesWithoutHook > 0 for 1 d",
      "Maximum of RequestWaitingDays > 14 for 1 d",
    ]);
  });

  test("go by metrics that the functions know, in the namespace that they write to", () => {
    expect(own.map(({ inputs }) => inputs.metricName).sort()).toEqual(Object.keys(metricUnits).sort());
    for (const one of hub.all("aws:lambda/function:Function"))
      expect(variablesOf(one).PLP_METRICS).toBe("plp-production");
  });

  test.each(Object.keys(queues))("a single dead letter of %s is one", (queue) => {
    const dead = hub
      .all("aws:sqs/queue:Queue")
      .find(({ name }) => name.toLowerCase() === `${queue}deadqueue`);
    const [alarm, another] = alarms.filter(
      ({ inputs }) => (inputs.dimensions as Record<string, string>)?.QueueName === dead?.inputs.name,
    );
    expect(another).toBeUndefined();
    expect(alarm?.inputs).toMatchObject({
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      statistic: "Maximum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      period: 300,
      evaluationPeriods: 1,
    });
  });

  test("are told to everybody whom the settings name, going on and off", () => {
    const topic = "arn:aws:sns:eu-central-1:999988887777:Alarms";
    for (const { inputs } of alarms) {
      expect(inputs.alarmActions).toEqual([topic]);
      expect(inputs.okActions).toEqual([topic]);
    }
    expect(
      hub
        .all("aws:sns/topicSubscription:TopicSubscription")
        .map(({ inputs }) => `${inputs.protocol} ${inputs.endpoint} ${inputs.topic}`),
    ).toEqual([`email platform@example.com ${topic}`, `email security@example.com ${topic}`]);
  });

  test("each name the heading of the runbook that tells what to do, and no heading is of no alarm", () => {
    const headings = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading);
    const named = alarms.map(({ inputs }) => {
      const [, heading] = /\. docs\/runbook\.md, (\w+)$/.exec(String(inputs.alarmDescription)) ?? [];
      return heading;
    });
    const api = hub.all("aws:apigatewayv2/api:Api").length === 0 ? ["ApiFails"] : [];
    expect([...new Set([...named, ...api])].sort()).toEqual([...headings].sort());
  });

  describe("the dashboard", () => {
    const { dashboardBody } = hub.one("aws:cloudwatch/dashboard:Dashboard", "Dashboard").inputs;
    const { widgets }: { widgets: readonly { type: string; properties: Record<string, unknown> }[] } =
      JSON.parse(String(dashboardBody));

    test("shows every alarm, queue, function and metric", () => {
      const shown = JSON.stringify(widgets);
      const names = [
        ...alarms.map(({ inputs }) => `:${inputs.name}"`),
        ...hub
          .all("aws:sqs/queue:Queue")
          .filter(({ name }) => !name.endsWith("DeadQueue"))
          .map(({ inputs }) => `"${inputs.name}"`),
        ...hub.all("aws:lambda/function:Function").map(({ inputs }) => `"${inputs.name}"`),
        ...Object.keys(metricUnits).map((name) => `"${name}"`),
      ];
      expect(names.filter((name) => !shown.includes(name))).toEqual([]);
    });

    test("draws at most five hundred metrics, no widget over another", () => {
      const places = widgets.map(
        (widget) => widget as unknown as Record<"x" | "y" | "width" | "height", number>,
      );
      for (const [at, a] of places.entries()) {
        expect(a.x + a.width).toBeLessThanOrEqual(24);
        for (const b of places.slice(at + 1)) {
          const apart =
            a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
          expect(apart).toBe(true);
        }
      }
      const lines = widgets.flatMap(({ properties }) => (properties.metrics as unknown[]) ?? []);
      expect(lines.length).toBeLessThan(500);
    });
  });
});
