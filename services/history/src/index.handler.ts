import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { dynamoIndexTable } from "@plp/audit";
import { dynamoEventStore, s3CheckpointStore } from "@plp/event-store";
import { consume, indexMessages, sqsQueue } from "@plp/messaging";
import { handlerLog, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import * as z from "zod";
import { indexHandler } from "./handle-index.ts";
import type { HistoryPorts } from "./ports.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_CHECKPOINTS: variables.PLP_CHECKPOINTS,
    PLP_QUEUE_INDEX: variables.PLP_QUEUE_INDEX,
    PLP_DEAD_LETTERS: variables.PLP_DEAD_LETTERS,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const log = handlerLog({
  service: "index",
  level: environment.PLP_LOG_LEVEL,
  file: environment.PLP_LOG_FILE,
});
const client = new DynamoDBClient({});
const sqs = new SQSClient({});
const ids = ulids(systemClock);
const queue = sqsQueue(sqs, environment.PLP_QUEUE_INDEX, { fifo: false, ids });
const deadLetters = sqsQueue(sqs, environment.PLP_DEAD_LETTERS, { fifo: false, ids });

const ports: HistoryPorts = {
  store: dynamoEventStore({ client, table: environment.PLP_TABLE, clock: systemClock }),
  index: dynamoIndexTable({ client, table: environment.PLP_TABLE, clock: systemClock }),
  checkpoints: s3CheckpointStore({ client: new S3Client({}), bucket: environment.PLP_CHECKPOINTS }),
  log,
};

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const index = indexHandler(ports);
  const consumeBatch = consume({
    schema: indexMessages,
    handle: async (message) => {
      await index(message);
      return { kind: "done" };
    },
    queue,
    deadLetters,
    log,
    clock: systemClock,
    parallelism: 4,
    fifo: false,
  });
  return consumeBatch(event);
}
