import type { MetricName, Settings } from "@plp/runtime";
import type { Api } from "./api.ts";
import { metricsNamespace } from "./metrics.ts";
import { type Queues, queueNames, titleOf } from "./queues.ts";

const day = 24 * 60 * 60;

/** A request older than this waits for somebody who does not come. */
const waitingDays = 14;
/** GitLab's tokens live a year at most; a month is time enough to make another. */
const tokenDays = 30;

interface OwnAlarm {
  readonly metric: MetricName;
  readonly statistic: "Maximum" | "Minimum" | "Sum";
  readonly above?: number;
  readonly below?: number;
  /** Days in a row; one where it is not said. */
  readonly days?: number;
  /** Whether silence is the alarm too: what should measure does not run. */
  readonly silence?: true;
  /** Ends the sentence "PLP: …", with what to look at first. */
  readonly says: string;
}

/** Alarms over what the functions measure, by the heading of docs/runbook.md that tells what to do. */
export function ownAlarms(hoursBetweenRounds: number): Readonly<Record<string, OwnAlarm>> {
  return {
    RunPastDeadline: {
      metric: "RunsPastDeadline",
      statistic: "Sum",
      above: 0,
      says: "a run was past its deadline and was ended; its role is not analysed until the next round",
    },
    NoFinishedRound: {
      metric: "HoursSinceFinishedRound",
      statistic: "Maximum",
      above: Math.ceil(1.5 * hoursBetweenRounds),
      silence: true,
      says: "no round has come to its end for one and a half of its intervals, or the daily tick does not run",
    },
    LaneWithoutQuota: {
      metric: "LaneWithoutQuota",
      statistic: "Sum",
      above: 0,
      days: 2,
      says: "a lane of Access Analyzer has had no start left for two days; somebody else may use it up",
    },
    TokenEnds: {
      metric: "TokenDaysLeft",
      statistic: "Minimum",
      below: tokenDays,
      says: `the GitLab token ends within ${tokenDays} days`,
    },
    HookDisabled: {
      metric: "ChangesWithoutHook",
      statistic: "Sum",
      above: 0,
      says: "GitLab changed a request and its web hook did not tell; it may be disabled",
    },
    RequestWaiting: {
      metric: "RequestWaitingDays",
      statistic: "Maximum",
      above: waitingDays,
      says: `a merge request has waited more than ${waitingDays} days for a person`,
    },
  };
}

export interface AlarmParts {
  readonly queues: Queues;
  readonly api: Api | null;
  readonly settings: Settings;
  readonly hoursBetweenRounds: number;
}

/** Every alarm with the people that it tells, by e-mail. Without hooks there is none about hooks. */
export function alarms({ queues, api, settings, hoursBetweenRounds }: AlarmParts) {
  const topic = new aws.sns.Topic("Alarms", { displayName: `PLP ${$app.stage}` });
  settings.operators.forEach((endpoint, at) => {
    new aws.sns.TopicSubscription(`Operator${at}`, { topic: topic.arn, protocol: "email", endpoint });
  });
  const tell = { alarmActions: [topic.arn], okActions: [topic.arn] };
  const named = (name: string) => `${$app.name}-${$app.stage}-${name}`;

  const own = Object.entries(ownAlarms(hoursBetweenRounds))
    .filter(([name]) => settings.hooks || name !== "HookDisabled")
    .map(
      ([name, { metric, statistic, above, below, days = 1, silence, says }]) =>
        new aws.cloudwatch.MetricAlarm(name, {
          ...tell,
          name: named(name),
          alarmDescription: `${says}. docs/runbook.md, ${name}`,
          namespace: metricsNamespace(),
          metricName: metric,
          statistic,
          comparisonOperator: above === undefined ? "LessThanThreshold" : "GreaterThanThreshold",
          threshold: above ?? below ?? 0,
          period: day,
          evaluationPeriods: days,
          treatMissingData: silence === true ? "breaching" : "notBreaching",
        }),
    );
  const dead = queueNames.map(
    (queue) =>
      new aws.cloudwatch.MetricAlarm(`DeadLetters${titleOf(queue)}`, {
        ...tell,
        name: named(`DeadLetters-${queue}`),
        alarmDescription: `a message of ${queue} is among the dead letters. docs/runbook.md, DeadLetters`,
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: queues[queue].dead.nodes.queue.name },
        statistic: "Maximum",
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        period: 300,
        evaluationPeriods: 1,
        treatMissingData: "notBreaching",
      }),
  );
  const failing =
    api === null
      ? []
      : [
          new aws.cloudwatch.MetricAlarm("ApiFails", {
            ...tell,
            name: named("ApiFails"),
            alarmDescription:
              "the API answers with errors of its own; GitLab disables a hook after four. docs/runbook.md, ApiFails",
            namespace: "AWS/ApiGateway",
            metricName: "5xx",
            dimensions: { ApiId: api.nodes.api.id },
            statistic: "Sum",
            comparisonOperator: "GreaterThanThreshold",
            threshold: 0,
            period: 300,
            evaluationPeriods: 1,
            treatMissingData: "notBreaching",
          }),
        ];
  return { topic, alarms: [...own, ...dead, ...failing] };
}
