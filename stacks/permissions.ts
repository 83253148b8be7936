import type { Settings } from "@plp/runtime";
import type { Entry, Parts } from "./parts.ts";
import type { QueueName } from "./queues.ts";

/** What the role of one function may do: its own queue and log, and what its entry says; nothing on every resource. */
export function permissions(functionName: string, name: QueueName, entry: Entry, parts: Parts) {
  const { table, blobs, queues, settings } = parts;
  const granted: sst.aws.FunctionPermissionArgs[] = [ownLog(functionName), ownQueue(queues[name].queue.arn)];
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

/** Lambda polls the queue with the role of the function; `consume` sets the visibility of what failed. */
function ownQueue(arn: $util.Output<string>): sst.aws.FunctionPermissionArgs {
  return {
    actions: [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ],
    resources: [arn],
  };
}

function ownLog(functionName: string): sst.aws.FunctionPermissionArgs {
  const { partition } = aws.getPartitionOutput({});
  const { region } = aws.getRegionOutput({});
  const { accountId } = aws.getCallerIdentityOutput({});
  return {
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [
      $interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:/aws/lambda/${functionName}:*`,
    ],
  };
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
