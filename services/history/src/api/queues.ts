import type { SQSClient } from "@aws-sdk/client-sqs";
import { type QueueName, queueNames, queues, redriveQueue, sqsQueue } from "@plp/messaging";
import { type Ids, permanent } from "@plp/runtime";
import type { Queues } from "./ports.ts";

/** Where a queue and its dead letters are. */
export type QueueUrls = Readonly<Record<string, { readonly queue: string; readonly dead: string }>>;

/** The queues of the system in SQS. */
export function sqsQueues(client: SQSClient, urls: QueueUrls, ids: Ids): Queues {
  const open = (name: QueueName, part: "queue" | "dead") => {
    const url = urls[name]?.[part];
    if (url === undefined) throw permanent("queue-unknown", `nobody says where the queue ${name} is`);
    return sqsQueue(client, url, { fifo: queues[name].fifo, ids });
  };
  return {
    counts: () =>
      Promise.all(
        queueNames.map(async (name) => {
          const [live, dead] = await Promise.all([open(name, "queue").counts(), open(name, "dead").counts()]);
          return { name, ...live, dead: dead.visible + dead.inFlight + dead.delayed };
        }),
      ),
    redrive: (name) => redriveQueue(open(name, "dead"), open(name, "queue")),
  };
}
