import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { dynamoIndexTable } from "@plp/audit";
import { dynamoEventStore, s3BlobStore } from "@plp/event-store";
import { handlerLog, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import { dynamoWaitingLine } from "@plp/usage";
import { handle } from "hono/aws-lambda";
import * as z from "zod";
import { sqsQueues } from "./api/queues.ts";
import { served } from "./served.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_BLOBS: variables.PLP_BLOBS,
    PLP_QUEUES: variables.PLP_QUEUES,
    PLP_CURSOR_KEY: variables.PLP_CURSOR_KEY,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const client = new DynamoDBClient({});
const table = environment.PLP_TABLE;
const ids = ulids(systemClock);

/** Answers questions; nothing of it writes. */
export const handler = handle(
  served({
    ports: {
      store: dynamoEventStore({ client, table, clock: systemClock }),
      index: dynamoIndexTable({ client, table, clock: systemClock }),
      blobs: s3BlobStore({ client: new S3Client({}), bucket: environment.PLP_BLOBS }),
      cursorKey: Buffer.from(environment.PLP_CURSOR_KEY),
      waiting: dynamoWaitingLine({ client, table, now: () => systemClock.now() }),
      queues: sqsQueues(new SQSClient({}), environment.PLP_QUEUES, ids),
      clock: systemClock,
      log: handlerLog({ service: "api", level: environment.PLP_LOG_LEVEL, file: environment.PLP_LOG_FILE }),
    },
    access: environment.PLP_SETTINGS.api ?? null,
  }),
);
