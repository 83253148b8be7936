import type { Entry, Parts } from "./parts.ts";
import { permissions } from "./permissions.ts";
import { type QueueName, queueNumbers, titleOf } from "./queues.ts";

/** The function that consumes the queue of this name; a message that failed comes again alone, not with its batch. */
export function consumer(name: QueueName, entry: Entry, parts: Parts) {
  const { queue } = parts.queues[name];
  const { batchSize, functionTimeout, maxConcurrency } = queueNumbers[name];
  const made = lambdaFunction(name, functionTimeout, entry, parts);
  queue.subscribe(made.arn, {
    batch: { size: batchSize, partialResponses: true },
    transform: {
      eventSourceMapping: (args) => {
        if (maxConcurrency !== null) args.scalingConfig = { maximumConcurrency: maxConcurrency };
      },
    },
  });
  return made;
}

function lambdaFunction(name: QueueName, seconds: number, entry: Entry, parts: Parts) {
  const functionName = `${$app.name}-${$app.stage}-${name}`;
  return new sst.aws.Function(`${titleOf(name)}Function`, {
    name: functionName,
    handler: `${entry.source}.handler.handler`,
    runtime: "nodejs24.x",
    architecture: "arm64",
    memory: entry.memory,
    timeout: `${seconds} seconds`,
    logging: { format: "json", retention: "1 year" },
    environment: environment(name, entry, parts),
    permissions: permissions(functionName, name, entry, parts),
    transform: { role: ownRole },
  });
}

/**
 * SST lets everybody of the hub account assume the role of a function, for `sst dev`, and every role write every log
 * of the account; deployed, only Lambda needs the first, and the second is among the permissions, for one log.
 */
function ownRole(role: aws.iam.RoleArgs): undefined {
  if ($dev) return;
  role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
  role.managedPolicyArns = [];
}

/** What the handler reads: the queues that it receives from and sends to, and of the rest what it may use. */
function environment(name: QueueName, entry: Entry, { table, blobs, queues, secrets, settings }: Parts) {
  const reachable = [name, ...entry.sends];
  return {
    ...Object.fromEntries(reachable.map((queue) => [variableOf(queue), queues[queue].queue.url])),
    PLP_DEAD_LETTERS: queues[name].dead.url,
    PLP_SETTINGS: JSON.stringify(settings),
    ...(entry.table === "none" ? {} : { PLP_TABLE: table.name }),
    ...(entry.blobs === "none" ? {} : { PLP_BLOBS: blobs.name }),
    ...(entry.gitlab ? { PLP_GITLAB_TOKEN: secrets.gitlabToken.value } : {}),
  };
}

function variableOf(queue: QueueName): string {
  return `PLP_QUEUE_${queue.toUpperCase()}`;
}
