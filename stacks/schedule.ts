import type { Queues } from "./queues.ts";
import type { StackSettings } from "./settings.ts";

/** EventBridge Scheduler fills in the time for which the invocation was planned; the same in every repeat of one delivery. */
const plannedTime = "<aws.scheduler.scheduled-time>";

/**
 * The schedule of the rounds, in the time zone of the people who read the requests. It puts the message into the queue
 * itself, so a round that could not begin is repeated like any other message. The id of the round follows from
 * the planned time: EventBridge Scheduler may deliver twice, and twice is one round.
 */
export function schedule({
  queues,
  settings,
}: {
  readonly queues: Queues;
  readonly settings: StackSettings;
}) {
  const account = aws.getCallerIdentityOutput({}).accountId;
  const target = queues.rounds.queue.arn;
  const role = new aws.iam.Role("ScheduleRole", {
    assumeRolePolicy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "scheduler.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "aws:SourceAccount": account } },
        },
      ],
    }),
    inlinePolicies: [
      {
        name: "send",
        policy: $jsonStringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: ["sqs:SendMessage"],
              Resource: [target, queues.rounds.dead.arn],
            },
          ],
        }),
      },
    ],
  });
  return new aws.scheduler.Schedule("RoundSchedule", {
    description: "Begins a round",
    scheduleExpression: settings.round.schedule,
    scheduleExpressionTimezone: settings.round.timeZone,
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: target,
      roleArn: role.arn,
      input: JSON.stringify({ v: 1, type: "round", round: `round-${plannedTime}`, at: plannedTime }),
      retryPolicy: { maximumRetryAttempts: 20, maximumEventAgeInSeconds: 6 * 60 * 60 },
      deadLetterConfig: { arn: queues.rounds.dead.arn },
    },
  });
}
