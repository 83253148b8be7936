import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { type Ids, permanent, transient } from "@plp/runtime";
import { batchLimit, checkMessage, checkReceive, checkVisibility, largestMessage, sizeOf } from "./limits.ts";
import type { OutgoingMessage, Queue, ReceivedMessage } from "./queue.ts";
import { sqsFault } from "./sqs-faults.ts";
import { traceAttributes } from "./trace.ts";

interface SqsQueueOptions {
  readonly fifo: boolean;
  /** Gives the deduplication ids: fresh for every send, kept when the SDK or `sendAll` tries the same send again. */
  readonly ids: Ids;
}

const attempts = 3;

/**
 * A queue of SQS, by its URL. Of the SDK's client only retries and endpoint matter; a queue URL whose origin is not the
 * client's wins over an endpoint from the environment, so local URLs must have the local origin.
 */
export function sqsQueue(client: SQSClient, url: string, { fifo, ids }: SqsQueueOptions): Queue {
  const name = url.slice(url.lastIndexOf("/") + 1);
  const QueueUrl = url;

  const checked = (message: OutgoingMessage) => {
    checkMessage(name, fifo, message);
    return {
      MessageBody: message.body,
      ...(message.attributes === undefined ? {} : { MessageAttributes: attributesOf(message.attributes) }),
      ...(message.delaySeconds === undefined ? {} : { DelaySeconds: message.delaySeconds }),
      ...(fifo ? { MessageGroupId: message.group, MessageDeduplicationId: ids.next() } : {}),
    };
  };

  async function calling<Answer>(doing: string, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      throw sqsFault(error, `Cannot ${doing} ${name}`);
    }
  }

  async function sendBatch(entries: readonly SendMessageBatchRequestEntry[]): Promise<void> {
    let left = entries;
    for (let attempt = 1; left.length > 0; attempt++) {
      const Entries = [...left];
      const answer = await calling("send to", () =>
        client.send(new SendMessageBatchCommand({ QueueUrl, Entries })),
      );
      const failed = answer.Failed ?? [];
      const refused = failed.find((entry) => entry.SenderFault === true);
      const codes = [...new Set(failed.map((entry) => entry.Code))].join(", ");
      const text = `${failed.length} of ${entries.length} messages did not reach ${name}: ${codes}`;
      if (refused !== undefined) throw permanent("queue-message-invalid", text);
      if (failed.length > 0 && attempt === attempts) throw transient("queue-unavailable", text);
      left = left.filter((entry) => failed.some(({ Id }) => Id === entry.Id));
    }
  }

  return {
    async send(body, options = {}) {
      const message = checked(withTrace({ body, ...options }));
      await calling("send to", () => client.send(new SendMessageCommand({ QueueUrl, ...message })));
    },

    async sendAll(given) {
      const messages = given.map(withTrace);
      const entries = messages.map(checked);
      for (const { from, to } of batches(messages.map(sizeOf))) {
        await sendBatch(entries.slice(from, to).map((entry, index) => ({ Id: String(index), ...entry })));
      }
    },

    async receive({ max, waitSeconds }) {
      checkReceive(name, max, waitSeconds);
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: max,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["ApproximateReceiveCount", "MessageGroupId"],
        MessageAttributeNames: ["All"],
      });
      const answer = await calling("receive from", () => client.send(command));
      return (answer.Messages ?? []).map(
        (message): ReceivedMessage => ({
          messageId: message.MessageId ?? "",
          body: message.Body ?? "",
          receiptHandle: message.ReceiptHandle ?? "",
          receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
          group: message.Attributes?.MessageGroupId ?? null,
          attributes: textsOf(message.MessageAttributes ?? {}),
        }),
      );
    },

    async delete(receiptHandle) {
      const command = new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receiptHandle });
      await calling("delete a message of", () => client.send(command));
    },

    async setVisibility(receiptHandle, seconds) {
      checkVisibility(name, seconds);
      const command = new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      });
      await calling("set the visibility of a message of", () => client.send(command));
    },

    async counts() {
      const command = new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesNotVisible",
          "ApproximateNumberOfMessagesDelayed",
        ],
      });
      const { Attributes = {} } = await calling("count the messages of", () => client.send(command));
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
      };
    },
  };
}

/** The message with the step of the trace that sends it. */
function withTrace(message: OutgoingMessage): OutgoingMessage {
  const attributes = { ...traceAttributes(), ...message.attributes };
  return Object.keys(attributes).length === 0 ? message : { ...message, attributes };
}

/** Cuts a list of sizes into runs of at most ten and of at most the size of one request. */
function batches(sizes: readonly number[]): { from: number; to: number }[] {
  const result: { from: number; to: number }[] = [];
  let from = 0;
  let bytes = 0;
  sizes.forEach((size, index) => {
    if (index > from && (index - from === batchLimit || bytes + size > largestMessage)) {
      result.push({ from, to: index });
      from = index;
      bytes = 0;
    }
    bytes += size;
  });
  return sizes.length > from ? [...result, { from, to: sizes.length }] : result;
}

function attributesOf(attributes: Readonly<Record<string, string>>): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, { DataType: "String", StringValue: value }]),
  );
}

function textsOf(attributes: Record<string, MessageAttributeValue>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, value.StringValue ?? ""]));
}
