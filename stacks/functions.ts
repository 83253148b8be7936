import { bundling } from "./bundle.ts";
import { metricsNamespace } from "./metrics.ts";
import { egressVariables, network } from "./network.ts";
import type { Entry, HttpEntry, InvokedEntry, Parts } from "./parts.ts";
import { type Identity, permissions } from "./permissions.ts";
import { type QueueName, queueNames, queueNumbers, titleOf } from "./queues.ts";
import { secretVariables } from "./secrets.ts";

/** The function that consumes the queue of this name; a message that failed comes again alone, not with its batch. */
export function consumer(name: QueueName, entry: Entry, parts: Parts) {
  const { queue } = parts.queues[name];
  const { batchSize, functionTimeout, maxConcurrency } = queueNumbers[name];
  const made = lambdaFunction({ name, queue: name }, functionTimeout, entry, parts);
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

/** A function that answers requests to the API. */
export function answering(name: string, entry: HttpEntry, parts: Parts) {
  return lambdaFunction({ name, queue: null }, entry.seconds, entry, parts);
}

/** A function that somebody calls by its name. */
export function invoked(name: string, entry: InvokedEntry, parts: Parts) {
  return lambdaFunction({ name, queue: null }, entry.seconds, entry, parts);
}

/** The name under which AWS knows a function, such as "plp-production-rounds". */
export function functionNameOf(name: string): string {
  return `${$app.name}-${$app.stage}-${name}`;
}

function lambdaFunction(
  { name, queue }: { readonly name: string; readonly queue: QueueName | null },
  seconds: number,
  entry: Entry,
  parts: Parts,
) {
  const identity: Identity = { functionName: functionNameOf(name), queue };
  return new sst.aws.Function(`${titleOf(name)}Function`, {
    name: identity.functionName,
    handler: `${entry.source}.handler.handler`,
    runtime: "nodejs24.x",
    architecture: "arm64",
    memory: entry.memory,
    timeout: `${seconds} seconds`,
    logging: { format: "json", retention: "1 year" },
    environment: environment(queue, entry, parts),
    nodejs: bundling(parts.settings),
    permissions: permissions(identity, entry, parts),
    ...network(parts.settings),
    transform: {
      role: ownRole(identity.functionName),
      function: (args) => {
        if (entry.secrets.length > 0) args.kmsKeyArn = parts.key.arn;
      },
    },
  });
}

/**
 * SST lets everybody of the hub account assume the role of a function, for `sst dev`, and every role write every log
 * of the account; deployed, only Lambda needs the first, and the second is among the permissions, for one log. The
 * role has the name of its function, because the roles of other accounts trust it by name.
 */
function ownRole(name: string) {
  return (role: aws.iam.RoleArgs): undefined => {
    role.name = name;
    if ($dev) return;
    role.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
    role.managedPolicyArns = [];
  };
}

/** Every queue and its dead letters: what they have in common once, because AWS takes few variables. */
function addresses(queues: Parts["queues"]) {
  const nameIn = (url: $util.Output<string>) => url.apply((text) => text.slice(text.lastIndexOf("/") + 1));
  const pairs = queueNames.map((name) => {
    const { queue, dead } = queues[name];
    return [name, [nameIn(queue.url), nameIn(dead.url)]];
  });
  const base = queues.rounds.queue.url.apply((text) => text.slice(0, text.lastIndexOf("/") + 1));
  return { base, names: Object.fromEntries(pairs) };
}

/** What the handler reads: the queues that it receives from and sends to, and of the rest what it may use. */
function environment(queue: QueueName | null, entry: Entry, parts: Parts) {
  const { table, blobs, checkpoints, queues, secrets, settings } = parts;
  const reachable = queue === null ? entry.sends : [queue, ...entry.sends];
  return {
    ...Object.fromEntries(
      reachable.map((name) => [`PLP_QUEUE_${name.toUpperCase()}`, queues[name].queue.url]),
    ),
    ...(queue === null ? {} : { PLP_DEAD_LETTERS: queues[queue].dead.url }),
    ...(entry.queues === undefined ? {} : { PLP_QUEUES: $jsonStringify(addresses(queues)) }),
    ...(entry.table === "none" ? {} : { PLP_TABLE: table.name }),
    ...(entry.blobs === "none" ? {} : { PLP_BLOBS: blobs.name }),
    ...(entry.checkpoints === "none" ? {} : { PLP_CHECKPOINTS: checkpoints.name }),
    ...Object.fromEntries(
      entry.secrets.flatMap((name) => {
        const secret = secrets[name];
        return secret === undefined ? [] : [[secretVariables[name], secret.value]];
      }),
    ),
    PLP_METRICS: metricsNamespace(),
    ...egressVariables(settings),
  };
}
