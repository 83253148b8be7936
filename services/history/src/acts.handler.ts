import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { dynamoIndexTable } from "@plp/audit";
import { dynamoEventStore } from "@plp/event-store";
import { encode, sqsQueue } from "@plp/messaging";
import { handlerLog, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import { handle } from "hono/aws-lambda";
import * as z from "zod";
import { actApi } from "./api/act-api.ts";
import { tokenGuard } from "./api/guard-token.ts";
import { sqsQueues } from "./api/queues.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_QUEUE_ROUNDS: variables.PLP_QUEUE_ROUNDS,
    PLP_QUEUE_MERGE: variables.PLP_QUEUE_MERGE,
    PLP_QUEUES: variables.PLP_QUEUES,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const client = new DynamoDBClient({});
const table = environment.PLP_TABLE;
const sqs = new SQSClient({});
const ids = ulids(systemClock);
const rounds = sqsQueue(sqs, environment.PLP_QUEUE_ROUNDS, { fifo: false, ids });
const merge = sqsQueue(sqs, environment.PLP_QUEUE_MERGE, { fifo: false, ids });
const send = {
  rounds: (message: object) => rounds.send(encode(message)),
  merge: (message: object) => merge.send(encode(message)),
};

/** Does what people ask for: a round, an earlier policy, a pause, dead letters sent again. */
export const handler = handle(
  actApi({
    ports: {
      store: dynamoEventStore({ client, table, clock: systemClock }),
      index: dynamoIndexTable({ client, table, clock: systemClock }),
      queues: sqsQueues(sqs, environment.PLP_QUEUES, ids),
      send: { rounds: (message) => send.rounds(message), merge: (message) => send.merge(message) },
      limits: environment.PLP_SETTINGS,
      windowEnd: async () => null,
      clock: systemClock,
      ids,
      log: handlerLog({ service: "acts", level: environment.PLP_LOG_LEVEL, file: environment.PLP_LOG_FILE }),
    },
    guard: tokenGuard(environment.PLP_SETTINGS.api ?? null),
  }),
);
