import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { dynamoEventStore } from "@plp/event-store";
import { consume, encode, roundsMessage, sqsQueue } from "@plp/messaging";
import { handlerLog, handlerMetrics, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import * as z from "zod";
import { handleRound } from "./handle-round.ts";
import { repositoriesOf } from "./repositories.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_QUEUE_ROUNDS: variables.PLP_QUEUE_ROUNDS,
    PLP_QUEUE_APPLICATIONS: variables.PLP_QUEUE_APPLICATIONS,
    PLP_QUEUE_REVIEWS: variables.PLP_QUEUE_REVIEWS,
    PLP_DEAD_LETTERS: variables.PLP_DEAD_LETTERS,
    PLP_GITLAB_TOKEN: variables.PLP_GITLAB_TOKEN,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    PLP_METRICS: variables.PLP_METRICS,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const log = handlerLog({
  service: "rounds",
  level: environment.PLP_LOG_LEVEL,
  file: environment.PLP_LOG_FILE,
});
const sqs = new SQSClient({});
const ids = ulids(systemClock);
const applications = sqsQueue(sqs, environment.PLP_QUEUE_APPLICATIONS, { fifo: false, ids });
const reviews = sqsQueue(sqs, environment.PLP_QUEUE_REVIEWS, { fifo: false, ids });

const ports = {
  store: dynamoEventStore({
    client: new DynamoDBClient({}),
    table: environment.PLP_TABLE,
    clock: systemClock,
  }),
  repositories: repositoriesOf(environment.PLP_SETTINGS, environment.PLP_GITLAB_TOKEN),
  send: {
    applications: (messages: readonly object[]) =>
      applications.sendAll(messages.map((message) => ({ body: encode(message) }))),
    reviews: (message: object) => reviews.send(encode(message)),
  },
  metrics: handlerMetrics({ namespace: environment.PLP_METRICS, clock: systemClock, log }),
  log,
};

export const handler = consume({
  schema: roundsMessage,
  handle: async (message) => {
    await handleRound(message, ports);
    return { kind: "done" };
  },
  queue: sqsQueue(sqs, environment.PLP_QUEUE_ROUNDS, { fifo: false, ids }),
  deadLetters: sqsQueue(sqs, environment.PLP_DEAD_LETTERS, { fifo: false, ids }),
  log,
  clock: systemClock,
  parallelism: 1,
  fifo: false,
});
