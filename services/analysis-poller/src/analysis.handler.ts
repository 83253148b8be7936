import { setTimeout as pause } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { assumedSessions } from "@plp/clients";
import { announcing, dynamoEventStore, s3BlobStore } from "@plp/event-store";
import { analysisMessage, announcerOf, consume, encode, groupOf, sqsQueue } from "@plp/messaging";
import { handlerLog, handlerMetrics, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import { dynamoUsageStore, dynamoWaitingLine } from "@plp/usage";
import * as z from "zod";
import { accessAnalyzer } from "./access-analyzer.ts";
import { handleAnalysis } from "./handle-analysis.ts";
import { iamLastAccessed } from "./last-accessed.ts";
import type { AnalysisPorts } from "./ports.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_BLOBS: variables.PLP_BLOBS,
    PLP_QUEUE_ANALYSIS: variables.PLP_QUEUE_ANALYSIS,
    PLP_QUEUE_MERGE: variables.PLP_QUEUE_MERGE,
    PLP_QUEUE_PUBLISH: variables.PLP_QUEUE_PUBLISH,
    PLP_QUEUE_INDEX: variables.PLP_QUEUE_INDEX,
    PLP_DEAD_LETTERS: variables.PLP_DEAD_LETTERS,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    AWS_REGION: variables.AWS_REGION,
    PLP_METRICS: variables.PLP_METRICS,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const settings = environment.PLP_SETTINGS;
const log = handlerLog({
  service: "analysis",
  level: environment.PLP_LOG_LEVEL,
  file: environment.PLP_LOG_FILE,
});
const table = environment.PLP_TABLE;
const dynamo = new DynamoDBClient({});
const sqs = new SQSClient({});
const ids = ulids(systemClock);
const sessions = assumedSessions({ region: environment.AWS_REGION, readerRole: settings.roles.reader });
const merge = sqsQueue(sqs, environment.PLP_QUEUE_MERGE, { fifo: false, ids });
const publish = sqsQueue(sqs, environment.PLP_QUEUE_PUBLISH, { fifo: true, ids });

const send = {
  index: announcerOf(sqsQueue(sqs, environment.PLP_QUEUE_INDEX, { fifo: false, ids })),
};

const ports: AnalysisPorts = {
  store: dynamoEventStore({ client: dynamo, table, clock: systemClock }),
  blobs: s3BlobStore({ client: new S3Client({}), bucket: environment.PLP_BLOBS }),
  usage: dynamoUsageStore({ client: dynamo, table }),
  waiting: dynamoWaitingLine({ client: dynamo, table, now: () => systemClock.now() }),
  analyzer: accessAnalyzer(sessions, settings),
  lastAccessed: iamLastAccessed(sessions, pause),
  send: {
    merge: (message) => merge.send(encode(message)),
    publish: (message, application) => publish.send(encode(message), { group: groupOf(application) }),
  },
  settings,
  clock: systemClock,
  metrics: handlerMetrics({ namespace: environment.PLP_METRICS, clock: systemClock, log }),
  log,
};

export const handler = consume({
  schema: analysisMessage,
  handle: (message, { receiveCount }) =>
    announcing(ports, { announce: (streams) => send.index(streams), isRepeat: receiveCount > 1 }, (noting) =>
      handleAnalysis(message, noting),
    ),
  queue: sqsQueue(sqs, environment.PLP_QUEUE_ANALYSIS, { fifo: true, ids }),
  deadLetters: sqsQueue(sqs, environment.PLP_DEAD_LETTERS, { fifo: true, ids }),
  log,
  clock: systemClock,
  parallelism: 1,
  fifo: true,
});
