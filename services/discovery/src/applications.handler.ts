import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { assumedSessions } from "@plp/clients";
import { announcing, dynamoEventStore } from "@plp/event-store";
import { announcerOf, applicationsMessage, consume, encode, groupOf, sqsQueue } from "@plp/messaging";
import { handlerLog, handlerMetrics, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import { dynamoUsageStore, dynamoWaitingLine } from "@plp/usage";
import * as z from "zod";
import { handleApplication } from "./handle-application.ts";
import { handleReconcile } from "./handle-reconcile.ts";
import { iamRoles } from "./iam.ts";
import type { DiscoveryPorts } from "./ports.ts";
import { repositoriesOf } from "./repositories.ts";
import { sendOnce } from "./send-once.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_QUEUE_APPLICATIONS: variables.PLP_QUEUE_APPLICATIONS,
    PLP_QUEUE_ANALYSIS: variables.PLP_QUEUE_ANALYSIS,
    PLP_QUEUE_TRAIL: variables.PLP_QUEUE_TRAIL,
    PLP_QUEUE_PUBLISH: variables.PLP_QUEUE_PUBLISH,
    PLP_QUEUE_INDEX: variables.PLP_QUEUE_INDEX,
    PLP_QUEUE_REVIEWS: variables.PLP_QUEUE_REVIEWS,
    PLP_DEAD_LETTERS: variables.PLP_DEAD_LETTERS,
    PLP_GITLAB_TOKEN: variables.PLP_GITLAB_TOKEN,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    AWS_REGION: variables.AWS_REGION,
    PLP_METRICS: variables.PLP_METRICS,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const settings = environment.PLP_SETTINGS;
const log = handlerLog({
  service: "applications",
  level: environment.PLP_LOG_LEVEL,
  file: environment.PLP_LOG_FILE,
});
const table = environment.PLP_TABLE;
const dynamo = new DynamoDBClient({});
const sqs = new SQSClient({});
const ids = ulids(systemClock);
const sessions = assumedSessions({ region: environment.AWS_REGION, readerRole: settings.roles.reader });
const analysis = sqsQueue(sqs, environment.PLP_QUEUE_ANALYSIS, { fifo: true, ids });
const trail = sqsQueue(sqs, environment.PLP_QUEUE_TRAIL, { fifo: false, ids });
const publish = sqsQueue(sqs, environment.PLP_QUEUE_PUBLISH, { fifo: true, ids });
const reviews = sqsQueue(sqs, environment.PLP_QUEUE_REVIEWS, { fifo: false, ids });

const send = {
  index: announcerOf(sqsQueue(sqs, environment.PLP_QUEUE_INDEX, { fifo: false, ids })),
};

const ports: DiscoveryPorts = {
  store: dynamoEventStore({ client: dynamo, table, clock: systemClock }),
  usage: dynamoUsageStore({ client: dynamo, table }),
  repositories: repositoriesOf(settings, environment.PLP_GITLAB_TOKEN),
  roles: iamRoles(sessions, environment.AWS_REGION),
  waiting: dynamoWaitingLine({ client: dynamo, table, now: () => systemClock.now() }),
  send: {
    trail: sendOnce((messages) => trail.sendAll(messages.map((message) => ({ body: encode(message) }))), {
      keyOf: encode,
      clock: systemClock,
    }),
    analysis: (message, lane) => analysis.send(encode(message), { group: groupOf(lane) }),
    publish: (message, application) => publish.send(encode(message), { group: groupOf(application) }),
    reviews: (message) => reviews.send(encode(message)),
  },
  settings,
  clock: systemClock,
  metrics: handlerMetrics({ namespace: environment.PLP_METRICS, clock: systemClock, log }),
  log,
};

export const handler = consume({
  schema: applicationsMessage,
  handle: (message, { receiveCount }) => {
    // A reconciling look tells of every stream that it meets: what was written and never told is told now.
    const isRepeat = receiveCount > 1 || message.type === "reconcile";
    return announcing(ports, { announce: (streams) => send.index(streams), isRepeat }, async (noting) => {
      if (message.type === "reconcile") await handleReconcile(message, noting);
      else await handleApplication(message, noting);
      return { kind: "done" };
    });
  },
  queue: sqsQueue(sqs, environment.PLP_QUEUE_APPLICATIONS, { fifo: false, ids }),
  deadLetters: sqsQueue(sqs, environment.PLP_DEAD_LETTERS, { fifo: false, ids }),
  log,
  clock: systemClock,
  parallelism: 1,
  fifo: false,
});
