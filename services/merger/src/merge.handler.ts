import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { assumedSessions, gitlabClient } from "@plp/clients";
import { announcing, dynamoEventStore, s3BlobStore } from "@plp/event-store";
import { announcerOf, consume, encode, groupOf, mergeMessages, sqsQueue } from "@plp/messaging";
import { handlerLog, readEnvironment, systemClock, ulids, variables } from "@plp/runtime";
import { dynamoUsageStore } from "@plp/usage";
import * as z from "zod";
import { accessAnalyzerChecks } from "./access-analyzer.ts";
import { gitlabPolicies } from "./gitlab.ts";
import { handleMerge } from "./handle-merge.ts";
import { handleRestore } from "./handle-restore.ts";
import type { MergePorts } from "./ports.ts";

const environment = readEnvironment(
  process.env,
  z.object({
    PLP_TABLE: variables.PLP_TABLE,
    PLP_BLOBS: variables.PLP_BLOBS,
    PLP_QUEUE_MERGE: variables.PLP_QUEUE_MERGE,
    PLP_QUEUE_PUBLISH: variables.PLP_QUEUE_PUBLISH,
    PLP_QUEUE_INDEX: variables.PLP_QUEUE_INDEX,
    PLP_DEAD_LETTERS: variables.PLP_DEAD_LETTERS,
    PLP_GITLAB_TOKEN: variables.PLP_GITLAB_TOKEN,
    PLP_SETTINGS: variables.PLP_SETTINGS,
    AWS_REGION: variables.AWS_REGION,
    PLP_LOG_FILE: variables.PLP_LOG_FILE,
    PLP_LOG_LEVEL: variables.PLP_LOG_LEVEL,
  }),
);
const settings = environment.PLP_SETTINGS;
const log = handlerLog({
  service: "merge",
  level: environment.PLP_LOG_LEVEL,
  file: environment.PLP_LOG_FILE,
});
const sqs = new SQSClient({});
const ids = ulids(systemClock);
const token = async () => environment.PLP_GITLAB_TOKEN;
const publish = sqsQueue(sqs, environment.PLP_QUEUE_PUBLISH, { fifo: true, ids });

const sessions = assumedSessions({ region: environment.AWS_REGION, readerRole: settings.roles.reader });
const table = environment.PLP_TABLE;
const dynamo = new DynamoDBClient({});
const send = {
  index: announcerOf(sqsQueue(sqs, environment.PLP_QUEUE_INDEX, { fifo: false, ids })),
};

const ports: MergePorts = {
  store: dynamoEventStore({ client: dynamo, table, clock: systemClock }),
  usage: dynamoUsageStore({ client: dynamo, table }),
  checks: accessAnalyzerChecks(sessions),
  blobs: s3BlobStore({ client: new S3Client({}), bucket: environment.PLP_BLOBS }),
  repositories: settings.repositories.map(({ url, project, target_branch }) =>
    gitlabPolicies(gitlabClient({ url, token }), project, target_branch),
  ),
  send: { publish: (message, application) => publish.send(encode(message), { group: groupOf(application) }) },
  settings,
  clock: systemClock,
  log,
};

export const handler = consume({
  schema: mergeMessages,
  handle: (message, delivery) =>
    announcing(
      ports,
      { announce: (streams) => send.index(streams), isRepeat: delivery.receiveCount > 1 },
      async (noting) => {
        if (message.type === "restore") await handleRestore(message, noting, delivery);
        else await handleMerge(message, noting, delivery);
        return { kind: "done" };
      },
    ),
  queue: sqsQueue(sqs, environment.PLP_QUEUE_MERGE, { fifo: false, ids }),
  deadLetters: sqsQueue(sqs, environment.PLP_DEAD_LETTERS, { fifo: false, ids }),
  log,
  clock: systemClock,
  parallelism: 4,
  fifo: false,
});
