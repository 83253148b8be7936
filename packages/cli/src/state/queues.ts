import { SQSClient } from "@aws-sdk/client-sqs";
import type { Endpoints } from "@plp/local-cloud";
import { type Queue, type QueueName, queueNames, queues, queueTitle, sqsQueue } from "@plp/messaging";
import { permanent, systemClock, ulids } from "@plp/runtime";

export interface QueueCounts {
  readonly name: QueueName;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly dead: number;
}

export interface RunningQueues {
  queue(name: QueueName): Queue;
  counts(): Promise<readonly QueueCounts[]>;
  close(): void;
}

/** The queues of the running system, by its endpoints. */
export function runningQueues(endpoints: Endpoints): RunningQueues {
  const { awsRegion: region, awsAccessKeyId, awsSecretAccessKey } = endpoints;
  const credentials = { accessKeyId: awsAccessKeyId, secretAccessKey: awsSecretAccessKey };
  const client = new SQSClient({ endpoint: endpoints.sqs, region, credentials, maxAttempts: 2 });
  const ids = ulids(systemClock);
  const urlOf = (name: QueueName) => {
    const url = endpoints.queues[name];
    if (url === undefined)
      throw permanent(
        "endpoints-incomplete",
        `endpoints.json names no queue ${name}: start the system again with npm start`,
      );
    return url;
  };
  const open = (name: QueueName, url = urlOf(name)) =>
    sqsQueue(client, url, { fifo: queues[name].fifo, ids });
  const deadOf = (name: QueueName) => {
    const url = urlOf(name);
    return open(name, url.slice(0, url.lastIndexOf("/") + 1) + queueTitle(queues[name], "dead-letters"));
  };
  return {
    queue: (name) => open(name),
    counts: () =>
      Promise.all(
        queueNames.map(async (name) => {
          const [live, dead] = await Promise.all([open(name).counts(), deadOf(name).counts()]);
          return { name, ...live, dead: dead.visible + dead.inFlight + dead.delayed };
        }),
      ),
    close: () => client.destroy(),
  };
}
