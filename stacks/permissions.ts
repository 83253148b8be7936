import type { Settings } from "@plp/runtime";
import { networkPermissions } from "./network.ts";
import type { Entry, Parts } from "./parts.ts";
import { type QueueName, queueNames } from "./queues.ts";

/** Whose permissions they are. */
export interface Identity {
  readonly functionName: string;
  /** The queue that the function consumes; null for one behind the API. */
  readonly queue: QueueName | null;
}

type Granted = sst.aws.FunctionPermissionArgs;

/** What the role of one function may do: its own queue and log, and what its entry says. */
export function permissions({ functionName, queue }: Identity, entry: Entry, parts: Parts): Granted[] {
  const { table, blobs, checkpoints, key, settings } = parts;
  const { partition } = aws.getPartitionOutput({});
  const { region } = aws.getRegionOutput({});
  const { accountId } = aws.getCallerIdentityOutput({});
  const own = (service: string, resource: string) =>
    $interpolate`arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  return [
    {
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [own("logs", `log-group:/aws/lambda/${functionName}:*`)],
    },
    ...(queue === null ? [] : receiving(parts.queues[queue].queue.arn)),
    ...sending(queue, entry, parts),
    ...inTable(entry.table, table.arn),
    ...allQueues(entry.queues, parts),
    ...bucket(entry.blobs, blobs.arn),
    ...bucket(entry.checkpoints, checkpoints.arn),
    ...(entry.assumesReader ? [reading(settings)] : []),
    ...(entry.secrets.length === 0 ? [] : [{ actions: ["kms:Decrypt"], resources: [key.arn] }]),
    ...networkPermissions(settings, own("lambda", `function:${functionName}`)),
  ];
}

function inTable(access: Entry["table"], arn: $util.Output<string>): Granted[] {
  if (access === "none") return [];
  if (access !== "control") return [{ actions: [...tableActions[access]], resources: [arn] }];
  const own = { test: "ForAllValues:StringLike", variable: "dynamodb:LeadingKeys", values: ["control#*"] };
  return [
    { actions: [...tableActions.read], resources: [arn] },
    { actions: ["dynamodb:PutItem"], resources: [arn], conditions: [own] },
  ];
}

/** What is asked of every queue: how much it holds; and to send its dead letters again. */
function allQueues(access: Entry["queues"], { queues }: Parts): Granted[] {
  if (access === undefined) return [];
  const pairs = queueNames.map((name) => queues[name]);
  const live = pairs.map(({ queue }) => queue.arn);
  const dead = pairs.map((pair) => pair.dead.arn);
  const counting = { actions: ["sqs:GetQueueAttributes"], resources: [...live, ...dead] };
  if (access === "count") return [counting];
  return [
    counting,
    { actions: ["sqs:DeleteMessage", "sqs:ReceiveMessage"], resources: dead },
    { actions: ["sqs:SendMessage"], resources: live },
  ];
}

/** Lambda polls the queue with the role of the function; `consume` sets the visibility of what failed. */
function receiving(queueArn: $util.Output<string>): Granted[] {
  const actions = [
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
  ];
  return [{ actions, resources: [queueArn] }];
}

function sending(queue: QueueName | null, entry: Entry, { queues }: Parts): Granted[] {
  // What cannot be parsed goes to the function's own dead letters at once.
  const dead = queue === null ? [] : [queues[queue].dead];
  const to = [...dead, ...entry.sends.map((name) => queues[name].queue)];
  return to.length === 0 ? [] : [{ actions: ["sqs:SendMessage"], resources: to.map(({ arn }) => arn) }];
}

function bucket(access: "none" | "read" | "read-write", arn: $util.Output<string>): Granted[] {
  if (access === "none") return [];
  const actions = access === "read" ? ["s3:GetObject"] : ["s3:GetObject", "s3:PutObject"];
  return [
    { actions, resources: [$interpolate`${arn}/*`] },
    // Without it S3 answers 403 instead of 404 for what is not there.
    { actions: ["s3:ListBucket"], resources: [arn] },
  ];
}

/**
 * The role of that name in every account, for a new account must not need a new deployment; but only in accounts of the
 * organization, where the settings name it.
 */
function reading(settings: Settings): Granted {
  const { partition } = aws.getPartitionOutput({});
  const { organization_id } = settings.trail;
  return {
    actions: ["sts:AssumeRole"],
    resources: [$interpolate`arn:${partition}:iam::*:role/${settings.roles.reader}`],
    ...(organization_id === undefined
      ? {}
      : { conditions: [{ test: "StringEquals", variable: "aws:ResourceOrgID", values: [organization_id] }] }),
  };
}

const tableActions = {
  read: ["dynamodb:GetItem", "dynamodb:Query"],
  append: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
  usage: [
    "dynamodb:BatchWriteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
  ],
  index: ["dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
} as const;
