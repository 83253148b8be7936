import type { MetricName } from "@plp/runtime";
import { metricsNamespace } from "./metrics.ts";
import { type Queues, queueNames } from "./queues.ts";
import type { Table } from "./table.ts";

interface Parts {
  readonly queues: Queues;
  readonly table: Table;
  readonly functionNames: readonly string[];
  readonly alarmArns: readonly $util.Input<string>[];
}

type Line = readonly (string | { readonly label?: string; readonly stat?: string })[];

/** One page that answers: does anything burn, does work come through, and what does it cost. */
export function dashboard({ queues, table, functionNames, alarmArns }: Parts) {
  const { region } = aws.getRegionOutput({});
  const names = queueNames.map((queue) => $resolve([queues[queue].queue.nodes.queue.name]));
  const body = $resolve({
    region,
    queues: $resolve(names),
    table: table.name,
    alarms: $resolve([...alarmArns]),
  }).apply((known) =>
    JSON.stringify({
      start: "-P14D",
      widgets: widgets({
        region: known.region,
        queues: queueNames.map((queue, at) => ({ queue, name: known.queues[at]?.[0] ?? queue })),
        table: known.table,
        alarms: known.alarms,
        functionNames,
      }),
    }),
  );
  return new aws.cloudwatch.Dashboard("Dashboard", {
    dashboardName: `${$app.name}-${$app.stage}`,
    dashboardBody: body,
  });
}

interface Known {
  readonly region: string;
  readonly queues: readonly { readonly queue: string; readonly name: string }[];
  readonly table: string;
  readonly alarms: readonly string[];
  readonly functionNames: readonly string[];
}

function widgets({ region, queues, table, alarms, functionNames }: Known): readonly object[] {
  const sqs = (metric: string): Line[] =>
    queues.map(({ queue, name }) => ["AWS/SQS", metric, "QueueName", name, { label: queue }]);
  const lambda = (metric: string, stat: string): Line[] =>
    functionNames.map((name) => ["AWS/Lambda", metric, "FunctionName", name, { label: name, stat }]);
  const own = (metric: MetricName, stat: string): Line => [metricsNamespace(), metric, { stat }];
  const charts: readonly [title: string, metrics: readonly Line[], stat: string][] = [
    ["Messages that wait", sqs("ApproximateNumberOfMessagesVisible"), "Maximum"],
    ["Age of the oldest message (s)", sqs("ApproximateAgeOfOldestMessage"), "Maximum"],
    ["Errors of functions", lambda("Errors", "Sum"), "Sum"],
    ["Time of functions, 95th percentile (ms)", lambda("Duration", "p95"), "p95"],
    ["Hours since a round came to its end", [own("HoursSinceFinishedRound", "Maximum")], "Maximum"],
    [
      "Runs and lanes",
      [own("RunsPastDeadline", "Sum"), own("LaneWithoutQuota", "Sum"), own("ChangesWithoutHook", "Sum")],
      "Sum",
    ],
    [
      "What waits for people (days)",
      [own("RequestWaitingDays", "Maximum"), own("TokenDaysLeft", "Minimum")],
      "Maximum",
    ],
    [
      "Capacity units of the table",
      [
        ["AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", table],
        ["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", table],
      ],
      "Sum",
    ],
  ];
  const alarmWidget = {
    type: "alarm",
    ...{ x: 0, y: 0, width: 24, height: 4 },
    properties: { title: "Alarms", alarms },
  };
  return [
    alarmWidget,
    ...charts.map(([title, metrics, stat], at) => ({
      type: "metric",
      ...{ x: (at % 2) * 12, y: 4 + Math.floor(at / 2) * 6, width: 12, height: 6 },
      properties: { title, metrics, stat, region, period: 3600, view: "timeSeries", stacked: false },
    })),
  ];
}
