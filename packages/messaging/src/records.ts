import type { SQSEvent } from "aws-lambda";
import { TRACEPARENT } from "./trace.ts";

/** What `consume` needs of a record; every field is read once, and what cannot be read is empty. */
export interface IncomingRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly receiveCount: number;
  readonly group: string | null;
  /** The step of the trace that sent it, as it says; null where it says none. */
  readonly traceparent: string | null;
}

/** The records of an event, in order; null when this is no event of SQS. Never throws. */
export function recordsOf(event: SQSEvent): readonly IncomingRecord[] | null {
  const records = field(event, "Records");
  return Array.isArray(records) ? records.map(recordOf) : null;
}

function recordOf(record: unknown): IncomingRecord {
  const attributes = field(record, "attributes");
  const count = Number(text(attributes, "ApproximateReceiveCount"));
  return {
    messageId: text(record, "messageId"),
    receiptHandle: text(record, "receiptHandle"),
    body: text(record, "body"),
    receiveCount: Number.isInteger(count) && count > 0 ? count : 1,
    group: text(attributes, "MessageGroupId") || null,
    traceparent: text(field(field(record, "messageAttributes"), TRACEPARENT), "stringValue") || null,
  };
}

function text(value: unknown, key: string): string {
  const found = field(value, key);
  return typeof found === "string" ? found : "";
}

function field(value: unknown, key: string): unknown {
  try {
    return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  } catch {
    return undefined;
  }
}
