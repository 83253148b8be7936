import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { gitlabClient } from "@plp/clients";
import { announcing, dynamoEventStore } from "@plp/event-store";
import { announcerOf, consume, encode, publishMessage, sqsQueue } from "@plp/messaging";
import { handlerLog, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import { dynamoWaitingLine } from "@plp/usage";
import * as z from "zod";
import { chatHook } from "./chat.ts";
import { gitlabRequests } from "./gitlab.ts";
import { handlePublish } from "./handle-publish.ts";
import type { PublishPorts } from "./ports.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_QUEUE_MERGE: variables.PLP_QUEUE_MERGE,
    PLP_QUEUE_PUBLISH: variables.PLP_QUEUE_PUBLISH,
    PLP_QUEUE_INDEX: variables.PLP_QUEUE_INDEX,
    PLP_QUEUE_REVIEWS: variables.PLP_QUEUE_REVIEWS,
    PLP_DEAD_LETTERS: variables.PLP_DEAD_LETTERS,
    PLP_GITLAB_TOKEN: variables.PLP_GITLAB_TOKEN,
    PLP_NOTIFY_SECRET: variables.PLP_NOTIFY_SECRET,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const settings = environment.PLP_SETTINGS;
const log = handlerLog({
  service: "publish",
  level: environment.PLP_LOG_LEVEL,
  file: environment.PLP_LOG_FILE,
});
const sqs = new SQSClient({});
const ids = ulids(systemClock);
const token = async () => environment.PLP_GITLAB_TOKEN;
const merge = sqsQueue(sqs, environment.PLP_QUEUE_MERGE, { fifo: false, ids });
const reviews = sqsQueue(sqs, environment.PLP_QUEUE_REVIEWS, { fifo: false, ids });

const send = {
  index: announcerOf(sqsQueue(sqs, environment.PLP_QUEUE_INDEX, { fifo: false, ids })),
};

const chat = environment.PLP_NOTIFY_SECRET;
const client = new DynamoDBClient({});
const table = environment.PLP_TABLE;
const ports: PublishPorts = {
  store: dynamoEventStore({ client, table, clock: systemClock }),
  waiting: dynamoWaitingLine({ client, table, now: () => systemClock.now() }),
  gitlabs: settings.repositories.map(({ url, project, target_branch }) =>
    gitlabRequests(gitlabClient({ url, token }), project, target_branch, log),
  ),
  send: {
    merge: (message) => merge.send(encode(message)),
    reviews: (message) => reviews.send(encode(message), { delaySeconds: 5 }),
  },
  chat: settings.notify && chat !== undefined ? chatHook(chat) : null,
  settings,
  clock: systemClock,
  log,
};

export const handler = consume({
  schema: publishMessage,
  handle: (message, { receiveCount }) =>
    announcing(
      ports,
      { announce: (streams) => send.index(streams), isRepeat: receiveCount > 1 },
      async (noting) => {
        await handlePublish(message, noting);
        return { kind: "done" };
      },
    ),
  queue: sqsQueue(sqs, environment.PLP_QUEUE_PUBLISH, { fifo: true, ids }),
  deadLetters: sqsQueue(sqs, environment.PLP_DEAD_LETTERS, { fifo: true, ids }),
  log,
  clock: systemClock,
  parallelism: 1,
  fifo: true,
});
