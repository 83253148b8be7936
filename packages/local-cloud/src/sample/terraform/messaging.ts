import { arn, calls, type Place, type TerraformResource, tagsOf } from "../call.ts";

export function queue(place: Place, name: string): TerraformResource {
  const sqs = calls(place, "sqs");
  const target = arn(place, "sqs", name);
  const queueUrl = `https://sqs.${place.region}.amazonaws.com/${place.accountId}/${name}`;
  const type = "AWS::SQS::Queue";
  const refresh = [
    sqs.read("GetQueueAttributes", { queueUrl, attributeNames: ["All"] }, target, { type }),
    sqs.read("ListQueueTags", { queueUrl }, target, { type }),
  ];
  return {
    address: `aws_sqs_queue.${name}`,
    refresh,
    create: [
      sqs.write(
        "CreateQueue",
        {
          queueName: name,
          attributes: {
            VisibilityTimeout: "120",
            MessageRetentionPeriod: "345600",
            SqsManagedSseEnabled: "true",
          },
          tags: tagsOf(place),
        },
        target,
        { response: { queueUrl }, type },
      ),
      sqs.read("GetQueueUrl", { queueName: name, queueOwnerAWSAccountId: place.accountId }, target, { type }),
      sqs.write("TagQueue", { queueUrl, tags: tagsOf(place) }, target, { type }),
      ...refresh,
    ],
    update: [
      sqs.write("SetQueueAttributes", { queueUrl, attributes: { VisibilityTimeout: "180" } }, target, {
        type,
      }),
      ...refresh,
    ],
    destroy: [sqs.write("DeleteQueue", { queueUrl }, target, { type })],
  };
}

/** A rule of the default event bus that calls a function on a schedule. */
export function schedule(place: Place, name: string, functionArn: string): TerraformResource {
  const events = calls(place, "events");
  const target = arn(place, "events", `rule/${name}`);
  const refresh = [
    events.read("DescribeRule", { name, eventBusName: "default" }, target),
    events.read("ListTagsForResource", { resourceARN: target }, target),
    events.read("ListTargetsByRule", { rule: name, eventBusName: "default" }, target),
  ];
  return {
    address: `aws_cloudwatch_event_rule.${name}`,
    refresh,
    create: [
      events.write(
        "PutRule",
        { name, eventBusName: "default", scheduleExpression: "cron(15 1 * * ? *)", state: "ENABLED" },
        target,
        { response: { ruleArn: target } },
      ),
      events.write(
        "PutTargets",
        { rule: name, eventBusName: "default", targets: [{ id: "function", arn: functionArn }] },
        target,
        { response: { failedEntryCount: 0, failedEntries: [] } },
      ),
      ...refresh,
    ],
    update: [
      events.write(
        "PutRule",
        { name, eventBusName: "default", scheduleExpression: "cron(45 0 * * ? *)", state: "ENABLED" },
        target,
        { response: { ruleArn: target } },
      ),
      ...refresh,
    ],
    destroy: [
      events.write("RemoveTargets", { rule: name, eventBusName: "default", ids: ["function"] }, target),
      events.write("DeleteRule", { name, eventBusName: "default" }, target),
    ],
  };
}
