import type { Settings } from "@plp/runtime";
import type { Blobs } from "./blobs.ts";
import { type QueueName, type Queues, queueNames, queueNumbers } from "./queues.ts";
import type { Secrets } from "./secrets.ts";
import type { Table } from "./table.ts";

/** What one function may do beyond receiving from its own queue. */
interface Entry {
  /** Path of the entry without `.handler.ts`. */
  readonly source: string;
  readonly sends: readonly QueueName[];
  /** `append`: read and put commits, read usage. `usage`: read and replace the usage items of an hour. */
  readonly table: "none" | "append" | "usage";
  readonly blobs: "none" | "read" | "read-write";
  /** Whether it talks to GitLab. */
  readonly gitlab: boolean;
  /** Whether it assumes the reader role of other accounts. */
  readonly assumesReader: boolean;
  readonly memory: `${number} MB`;
}

/** One function per queue, by the name of the queue that it consumes. */
export const entries: Readonly<Record<QueueName, Entry>> = {
  rounds: {
    source: "services/discovery/src/rounds",
    sends: ["applications"],
    table: "none",
    blobs: "none",
    gitlab: true,
    assumesReader: false,
    memory: "512 MB",
  },
  applications: {
    source: "services/discovery/src/applications",
    sends: ["analysis", "trail", "publish"],
    table: "append",
    blobs: "none",
    gitlab: true,
    assumesReader: true,
    memory: "512 MB",
  },
  analysis: {
    source: "services/analysis-poller/src/analysis",
    sends: ["merge", "publish"],
    table: "append",
    blobs: "read-write",
    gitlab: false,
    assumesReader: true,
    memory: "1024 MB",
  },
  trail: {
    source: "services/analysis-poller/src/trail",
    sends: [],
    table: "usage",
    blobs: "none",
    gitlab: false,
    assumesReader: true,
    memory: "1769 MB",
  },
  merge: {
    source: "services/merger/src/merge",
    sends: ["publish"],
    table: "append",
    blobs: "read",
    gitlab: true,
    assumesReader: false,
    memory: "1769 MB",
  },
  publish: {
    source: "services/mr-publisher/src/publish",
    sends: ["merge"],
    table: "append",
    blobs: "none",
    gitlab: true,
    assumesReader: false,
    memory: "512 MB",
  },
};

export interface Parts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly queues: Queues;
  readonly secrets: Secrets;
  readonly settings: Settings;
}

/** The functions, each subscribed to its queue with partial batch responses and a role of its own. */
export function services(parts: Parts) {
  for (const name of queueNames) subscribe(name, parts);
}

function subscribe(name: QueueName, parts: Parts) {
  const entry = entries[name];
  const { batchSize, functionTimeout, maxConcurrency } = queueNumbers[name];
  return parts.queues[name].queue.subscribe(
    {
      handler: `${entry.source}.handler.handler`,
      runtime: "nodejs24.x",
      architecture: "arm64",
      memory: entry.memory,
      timeout: `${functionTimeout} seconds`,
      logging: { format: "json", retention: "1 year" },
      environment: environment(name, parts),
      permissions: permissions(name, parts),
      transform: { role: onlyLambdaAssumes },
    },
    {
      batch: { size: batchSize, partialResponses: true },
      transform: {
        eventSourceMapping: (args) => {
          if (maxConcurrency !== null) args.scalingConfig = { maximumConcurrency: maxConcurrency };
        },
      },
    },
  );
}

/** SST lets everybody of the hub account assume the role of a function, for `sst dev`; deployed, only Lambda needs it. */
function onlyLambdaAssumes(role: aws.iam.RoleArgs): undefined {
  if (!$dev)
    role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
}

/** The address of every queue is no secret and every function reads the same schema; the token goes only where GitLab is asked. */
function environment(name: QueueName, { table, blobs, queues, secrets, settings }: Parts) {
  return {
    PLP_TABLE: table.name,
    PLP_BLOBS: blobs.name,
    PLP_QUEUE_ROUNDS: queues.rounds.queue.url,
    PLP_QUEUE_APPLICATIONS: queues.applications.queue.url,
    PLP_QUEUE_ANALYSIS: queues.analysis.queue.url,
    PLP_QUEUE_TRAIL: queues.trail.queue.url,
    PLP_QUEUE_MERGE: queues.merge.queue.url,
    PLP_QUEUE_PUBLISH: queues.publish.queue.url,
    PLP_DEAD_LETTERS: queues[name].dead.url,
    PLP_SETTINGS: JSON.stringify(settings),
    ...(entries[name].gitlab ? { PLP_GITLAB_TOKEN: secrets.gitlabToken.value } : {}),
  };
}

function permissions(name: QueueName, { table, blobs, queues, settings }: Parts) {
  const entry = entries[name];
  const granted: sst.aws.FunctionPermissionArgs[] = [];
  if (entry.table !== "none") {
    granted.push({ actions: [...tableActions[entry.table]], resources: [table.arn] });
  }
  if (entry.blobs !== "none") {
    const actions = entry.blobs === "read" ? ["s3:GetObject"] : ["s3:GetObject", "s3:PutObject"];
    granted.push({ actions, resources: [$interpolate`${blobs.arn}/*`] });
    // Without it S3 answers 403 instead of 404 for a blob that is not there.
    granted.push({ actions: ["s3:ListBucket"], resources: [blobs.arn] });
  }
  // What cannot be parsed goes to the function's own dead letters at once.
  const sendsTo = [queues[name].dead, ...entry.sends.map((to) => queues[to].queue)];
  granted.push({ actions: ["sqs:SendMessage"], resources: sendsTo.map(({ arn }) => arn) });
  if (entry.assumesReader) {
    granted.push({ actions: ["sts:AssumeRole"], resources: [readerRole(settings)] });
  }
  return granted;
}

/** The role of that name in every account: a new account must not need a new deployment. */
function readerRole(settings: Settings) {
  const { partition } = aws.getPartitionOutput({});
  return $interpolate`arn:${partition}:iam::*:role/${settings.roles.reader}`;
}

const tableActions = {
  append: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
  usage: [
    "dynamodb:BatchWriteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
  ],
} as const;
