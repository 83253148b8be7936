import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { assumedSessions, gitlabClient } from "@plp/clients";
import { announcing, dynamoEventStore } from "@plp/event-store";
import { announcerOf, consume, encode, groupOf, reviewsMessage, sqsQueue } from "@plp/messaging";
import { handlerLog, handlerMetrics, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import * as z from "zod";
import { gitlabReviews } from "./gitlab.ts";
import { handleReview } from "./handle-review.ts";
import { iamReader } from "./iam.ts";
import type { ReviewPorts } from "./ports.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_QUEUE_MERGE: variables.PLP_QUEUE_MERGE,
    PLP_QUEUE_PUBLISH: variables.PLP_QUEUE_PUBLISH,
    PLP_QUEUE_REVIEWS: variables.PLP_QUEUE_REVIEWS,
    PLP_QUEUE_INDEX: variables.PLP_QUEUE_INDEX,
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
  service: "reviews",
  level: environment.PLP_LOG_LEVEL,
  file: environment.PLP_LOG_FILE,
});
const sqs = new SQSClient({});
const ids = ulids(systemClock);
const token = async () => environment.PLP_GITLAB_TOKEN;
const sessions = assumedSessions({ region: environment.AWS_REGION, readerRole: settings.roles.reader });
const merge = sqsQueue(sqs, environment.PLP_QUEUE_MERGE, { fifo: false, ids });
const publish = sqsQueue(sqs, environment.PLP_QUEUE_PUBLISH, { fifo: true, ids });
const reviews = sqsQueue(sqs, environment.PLP_QUEUE_REVIEWS, { fifo: false, ids });

const send = {
  index: announcerOf(sqsQueue(sqs, environment.PLP_QUEUE_INDEX, { fifo: false, ids })),
};

const ports: ReviewPorts = {
  store: dynamoEventStore({
    client: new DynamoDBClient({}),
    table: environment.PLP_TABLE,
    clock: systemClock,
  }),
  gitlabs: settings.repositories.map(({ url, project, target_branch }) =>
    gitlabReviews(gitlabClient({ url, token }), project, target_branch),
  ),
  send: {
    publish: (message, application) => publish.send(encode(message), { group: groupOf(application) }),
    merge: (message) => merge.send(encode(message)),
    reviews: (messages) => reviews.sendAll(messages.map((message) => ({ body: encode(message) }))),
  },
  roles: iamReader(sessions, environment.AWS_REGION),
  settings,
  clock: systemClock,
  metrics: handlerMetrics({ namespace: environment.PLP_METRICS, clock: systemClock, log }),
  log,
};

export const handler = consume({
  schema: reviewsMessage,
  handle: (message, { receiveCount }) =>
    announcing(
      ports,
      { announce: (streams) => send.index(streams), isRepeat: receiveCount > 1 },
      async (noting) => {
        const seconds = await handleReview(message, noting);
        return seconds === null ? { kind: "done" } : { kind: "wait", seconds };
      },
    ),
  queue: reviews,
  deadLetters: sqsQueue(sqs, environment.PLP_DEAD_LETTERS, { fifo: false, ids }),
  log,
  clock: systemClock,
  parallelism: 4,
  fifo: false,
});
