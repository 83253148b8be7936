import { announcing, type EventStore } from "@plp/event-store";
import {
  analysisMessage,
  applicationsMessage,
  consume,
  type Delivery,
  queues as described,
  indexMessages,
  mergeMessages,
  publishMessage,
  type QueueName,
  type ReceivedMessage,
  reviewsMessage,
  roundsMessage,
  trailMessage,
} from "@plp/messaging";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { handleAnalysis } from "../../services/analysis-poller/src/handle-analysis.ts";
import { handleTrail } from "../../services/analysis-poller/src/handle-trail.ts";
import { handleApplication } from "../../services/discovery/src/handle-application.ts";
import { handleReconcile } from "../../services/discovery/src/handle-reconcile.ts";
import { handleRound } from "../../services/discovery/src/handle-round.ts";
import { indexHandler } from "../../services/history/src/handle-index.ts";
import { handleMerge } from "../../services/merger/src/handle-merge.ts";
import { handleRestore } from "../../services/merger/src/handle-restore.ts";
import { handlePublish } from "../../services/mr-publisher/src/handle-publish.ts";
import { handleReview } from "../../services/review/src/handle-review.ts";
import { portsOf } from "./ports.ts";
import type { Task, Turns } from "./turns.ts";
import type { World } from "./world.ts";

const DONE = { kind: "done" } as const;

/** One batch from a queue to the function that Lambda would call; what it did not report is deleted. */
export async function deliver(world: World, turns: Turns, name: QueueName): Promise<void> {
  const { batchSize, functionTimeout } = described[name];
  const queue = world.queues[name];
  const received = await queue.receive({ max: batchSize, waitSeconds: 0 });
  if (received.length === 0) return;
  const task = turns.begin(name, world.now(), functionTimeout);
  if (name === "publish") {
    for (const { body } of received) world.touched.delete(/"folder":"([^"]*)"/.exec(body)?.[1] ?? "");
  }
  const response = await functionsOf(world, task)[name](eventOf(received));
  const failed = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  for (const { messageId, receiptHandle, body } of received) {
    if (failed.has("") || failed.has(messageId)) continue;
    await world
      .call(task, "queue", `delete ${body}`, () => queue.delete(receiptHandle))
      .catch(() => undefined);
  }
  if (failed.size === 0) await world.plant.afterAck?.(task).catch(() => undefined);
  turns.end(task);
}

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

function functionsOf(world: World, task: Task): Readonly<Record<QueueName, Handler>> {
  const { log, clock } = world;
  const ports = portsOf(world, task);
  const noting = <Ports extends { readonly store: EventStore }, Answer>(
    given: Ports,
    { receiveCount }: Pick<Delivery, "receiveCount">,
    handle: (ports: Ports) => Promise<Answer>,
  ) => announcing(given, { announce: ports.announce, isRepeat: receiveCount > 1 }, handle);
  const index = indexHandler(ports.index());
  const common = (name: QueueName, parallelism: number) => ({
    ...{ log, clock, parallelism, fifo: described[name].fifo },
    queue: {
      setVisibility: (handle: string, seconds: number) =>
        world.call(task, "queue", `see it again in ${seconds} s`, () =>
          world.queues[name].setVisibility(handle, seconds),
        ),
    },
    deadLetters: {
      send: (body: string, options?: { readonly group?: string }) =>
        world.call(task, "queue", `bury ${body}`, () => world.deadLetters[name].send(body, options)),
    },
  });
  return {
    rounds: consume({
      ...common("rounds", 1),
      schema: roundsMessage,
      handle: async (message) => {
        await handleRound(message, ports.rounds());
        return DONE;
      },
    }),
    applications: consume({
      ...common("applications", 1),
      schema: applicationsMessage,
      handle: (message, { receiveCount }) =>
        noting(
          ports.applications(),
          { receiveCount: message.type === "reconcile" ? 2 : receiveCount },
          async (given) => {
            if (message.type === "reconcile") await handleReconcile(message, given);
            else await handleApplication(message, given);
            return DONE;
          },
        ),
    }),
    analysis: consume({
      ...common("analysis", 1),
      schema: analysisMessage,
      handle: (message, delivery) =>
        noting(ports.analysis(), delivery, (given) => handleAnalysis(message, given)),
    }),
    trail: consume({
      ...common("trail", 1),
      schema: trailMessage,
      handle: async (message, delivery) => {
        await handleTrail(message, ports.trail(), delivery);
        return DONE;
      },
    }),
    merge: consume({
      ...common("merge", 4),
      schema: mergeMessages,
      handle: (message, delivery) =>
        noting(ports.merge(), delivery, async (given) => {
          if (message.type === "restore") await handleRestore(message, given, delivery);
          else await handleMerge(message, given, delivery);
          return DONE;
        }),
    }),
    publish: consume({
      ...common("publish", 1),
      schema: publishMessage,
      handle: (message, delivery) =>
        noting(ports.publish(), delivery, async (given) => {
          await handlePublish(message, given);
          return DONE;
        }),
    }),
    index: consume({
      ...common("index", 4),
      schema: indexMessages,
      handle: async (message) => {
        await index(message);
        return DONE;
      },
    }),
    reviews: consume({
      ...common("reviews", 4),
      schema: reviewsMessage,
      handle: (message, delivery) =>
        noting(ports.reviews(), delivery, async (given) => {
          const seconds = await handleReview(message, given);
          return seconds === null ? DONE : { kind: "wait", seconds };
        }),
    }),
  };
}

function eventOf(received: readonly ReceivedMessage[]): SQSEvent {
  const Records = received.map(({ messageId, receiptHandle, body, receiveCount, group }) => ({
    ...{ messageId, receiptHandle, body, messageAttributes: {}, md5OfBody: "" },
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      ...{ SentTimestamp: "0", SenderId: "none", ApproximateFirstReceiveTimestamp: "0" },
      ...(group === null ? {} : { MessageGroupId: group }),
    },
    ...{
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:eu-central-1:111111111111:plp",
      awsRegion: "eu-central-1",
    },
  }));
  return { Records };
}
