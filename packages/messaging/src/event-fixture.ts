import type { SQSEvent, SQSRecord } from "aws-lambda";

/** A record as Lambda delivers it; `group` makes it one of a FIFO queue. */
export function sqsRecord(
  messageId: string,
  body: string,
  given: { group?: string; receives?: number } = {},
): SQSRecord {
  return {
    messageId,
    receiptHandle: `handle of ${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(given.receives ?? 1),
      SentTimestamp: "0",
      SenderId: "none",
      ApproximateFirstReceiveTimestamp: "0",
      ...(given.group === undefined ? {} : { MessageGroupId: given.group }),
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-central-1:111122223333:plp-merge",
    awsRegion: "eu-central-1",
  };
}

export function sqsEvent(...records: SQSRecord[]): SQSEvent {
  return { Records: records };
}
