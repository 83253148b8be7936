import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { assumedSessions } from "@plp/clients";
import { dynamoEventStore } from "@plp/event-store";
import { consume, encode, sqsQueue, trailMessage } from "@plp/messaging";
import { handlerLog, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import { dynamoUsageStore } from "@plp/usage";
import * as z from "zod";
import { marksAtOnce } from "./at-once.ts";
import { handleTrail } from "./handle-trail.ts";
import type { TrailPorts } from "./ports.ts";
import { readUsage } from "./read-usage.ts";
import { trailFiles } from "./trail-files.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_QUEUE_TRAIL: variables.PLP_QUEUE_TRAIL,
    PLP_QUEUE_MERGE: variables.PLP_QUEUE_MERGE,
    PLP_DEAD_LETTERS: variables.PLP_DEAD_LETTERS,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    AWS_REGION: variables.AWS_REGION,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const settings = environment.PLP_SETTINGS;
const log = handlerLog({
  service: "trail",
  level: environment.PLP_LOG_LEVEL,
  file: environment.PLP_LOG_FILE,
});
const sqs = new SQSClient({});
const ids = ulids(systemClock);
const sessions = assumedSessions({ region: environment.AWS_REGION, readerRole: settings.roles.reader });

const table = environment.PLP_TABLE;
const dynamo = new DynamoDBClient({});
const usage = dynamoUsageStore({ client: dynamo, table });
const merge = sqsQueue(sqs, environment.PLP_QUEUE_MERGE, { fifo: false, ids });

const ports: TrailPorts = {
  store: dynamoEventStore({ client: dynamo, table, clock: systemClock }),
  send: { merge: (message) => merge.send(encode(message)) },
  files: trailFiles(sessions, settings.trail),
  usage: { ...usage, marks: marksAtOnce(usage) },
  readUsage,
  clock: systemClock,
  log,
};

export const handler = consume({
  schema: trailMessage,
  handle: async (message, delivery) => {
    await handleTrail(message, ports, delivery);
    return { kind: "done" };
  },
  queue: sqsQueue(sqs, environment.PLP_QUEUE_TRAIL, { fifo: false, ids }),
  deadLetters: sqsQueue(sqs, environment.PLP_DEAD_LETTERS, { fifo: false, ids }),
  log,
  clock: systemClock,
  parallelism: 1,
  fifo: false,
});
