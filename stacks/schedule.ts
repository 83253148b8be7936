import type { Settings } from "@plp/runtime";
import type { Queues } from "./queues.ts";

/** EventBridge Scheduler fills in the time for which the invocation was planned; the same in every repeat of one delivery. */
const plannedTime = "<aws.scheduler.scheduled-time>";

/** What EventBridge Scheduler puts into the queues. The id of a round follows from the planned time: delivered twice, it is one round. */
export const scheduledMessages = {
  round: { v: 1, type: "round", round: `round-${plannedTime}`, at: plannedTime },
  tick: { v: 1, type: "tick", at: plannedTime },
  hour: { v: 1, type: "hour", at: plannedTime },
  checkpoint: { v: 1, type: "checkpoint", at: plannedTime },
} as const;

/**
 * The rounds, in the time zone of the people who read the requests; the daily tick that finds what no message carries any
 * more; the hourly one that has the trail read; the daily checkpoint. Each puts its message into the queue itself, so one that could not
 * be handled is repeated like any other.
 */
export function schedule({ queues, settings }: { readonly queues: Queues; readonly settings: Settings }) {
  const { rounds: toRounds, index: toIndex } = queues;
  const role = senderRole([toRounds, toIndex].flatMap(({ queue, dead }) => [queue.arn, dead.arn]));
  const send = (message: keyof typeof scheduledMessages, { queue, dead } = toRounds) => ({
    arn: queue.arn,
    roleArn: role.arn,
    input: JSON.stringify(scheduledMessages[message]),
    retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: 6 * 60 * 60 },
    deadLetterConfig: { arn: dead.arn },
  });
  const common = {
    scheduleExpressionTimezone: settings.round.time_zone,
    flexibleTimeWindow: { mode: "OFF" },
  };
  const rounds = new aws.scheduler.Schedule("RoundSchedule", {
    ...common,
    description: "Begins a round",
    scheduleExpression: settings.round.schedule,
    target: send("round"),
  });
  const ticks = new aws.scheduler.Schedule("DailyTick", {
    ...common,
    description: "Finds what no message carries any more, and queues the rest of a round",
    scheduleExpression: "cron(30 0 * * ? *)",
    scheduleExpressionTimezone: "UTC",
    target: send("tick"),
  });
  const hours = new aws.scheduler.Schedule("HourlyTick", {
    ...common,
    description: "Has the newest hours of the trail read, and late files with them",
    // Ten minutes after the hour most of its files have come.
    scheduleExpression: "cron(10 * * * ? *)",
    scheduleExpressionTimezone: "UTC",
    target: send("hour"),
  });
  const checkpoints = new aws.scheduler.Schedule("DailyCheckpoint", {
    ...common,
    description: "Has the heads of all histories written to the write-once bucket",
    scheduleExpression: "cron(50 23 * * ? *)",
    scheduleExpressionTimezone: "UTC",
    target: send("checkpoint", toIndex),
  });
  return { rounds, ticks, hours, checkpoints };
}

/** What EventBridge Scheduler of this account, and nobody else, may assume to send to these queues. */
function senderRole(queueArns: readonly $util.Output<string>[]) {
  const { accountId } = aws.getCallerIdentityOutput({});
  return new aws.iam.Role("ScheduleRole", {
    assumeRolePolicy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "scheduler.amazonaws.com" },
          Action: ["sts:AssumeRole"],
          Condition: { StringEquals: { "aws:SourceAccount": accountId } },
        },
      ],
    }),
    inlinePolicies: [
      {
        name: "send",
        policy: $jsonStringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: ["sqs:SendMessage"], Resource: queueArns }],
        }),
      },
    ],
  });
}
