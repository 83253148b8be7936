import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Clock } from "@plp/runtime";
import { buildApp } from "fauxqs";
import { afterAll, beforeAll, beforeEach, vi } from "vitest";
import { type QueueWish, queueContract } from "./contract.ts";
import { memoryQueue } from "./memory.ts";
import { sqsQueue } from "./sqs.ts";

const start = Date.parse("2026-03-01T00:00:00Z");
const day = 86_400;

function counter(prefix: string) {
  let count = 0;
  return () => `${prefix}${++count}`;
}

queueContract(
  "in memory",
  async ({ fifo, maxReceiveCount, visibilitySeconds, retentionSeconds, deduplicationId }) => {
    let now = start;
    const clock: Clock = { now: () => new Date(now) };
    const ids = { next: deduplicationId ?? counter("d") };
    const common = { fifo, clock, ids, retentionSeconds: retentionSeconds ?? day };
    const deadLetter = memoryQueue({ ...common, name: "dead", maxReceiveCount: null });
    const queue = memoryQueue({
      ...common,
      name: "queue",
      maxReceiveCount: maxReceiveCount ?? null,
      ...(maxReceiveCount === undefined ? {} : { deadLetter }),
      ...(visibilitySeconds === undefined ? {} : { visibilitySeconds }),
    });
    const advance = (seconds: number) => {
      now += seconds * 1_000;
    };
    return { queue, deadLetters: deadLetter, advance };
  },
  { gaps: [] },
);

const server = buildApp({ logger: false });
let client: SQSClient;
let origin: string;

beforeAll(async () => {
  origin = await server.listen({ host: "127.0.0.1", port: 0 });
  const credentials = { accessKeyId: "none", secretAccessKey: "none" };
  client = new SQSClient({ endpoint: origin, region: "eu-central-1", credentials });
});
afterAll(async () => {
  vi.useRealTimers();
  client.destroy();
  await server.close();
});
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));

const nameOf = counter("queue-");

async function create(name: string, attributes: Record<string, string>) {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  const arns = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
  const { Attributes } = await client.send(arns);
  return { url: `${origin}/000000000000/${name}`, arn: Attributes?.QueueArn ?? "" };
}

queueContract(
  "fauxqs by the AWS SDK",
  async ({ fifo, maxReceiveCount, visibilitySeconds, retentionSeconds, deduplicationId }: QueueWish) => {
    const end = fifo ? ".fifo" : "";
    const kind: Record<string, string> = fifo ? { FifoQueue: "true" } : {};
    const dead = await create(`${nameOf()}${end}`, kind);
    const redrive = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount });
    const { url } = await create(`${nameOf()}${end}`, {
      ...kind,
      VisibilityTimeout: String(visibilitySeconds ?? 30),
      MessageRetentionPeriod: String(retentionSeconds ?? day),
      ...(maxReceiveCount === undefined ? {} : { RedrivePolicy: redrive }),
    });
    const ids = { next: deduplicationId ?? counter("d") };
    return {
      queue: sqsQueue(client, url, { fifo, ids }),
      deadLetters: sqsQueue(client, dead.url, { fifo, ids }),
      advance: (seconds) => void vi.setSystemTime(Date.now() + seconds * 1_000),
    };
  },
  {
    gaps: [
      "one message of a group per receive",
      "refuses emoji",
      "visibility beyond 12 h in all",
      "any maxReceiveCount",
      "no retention",
      "expired FIFO receipts delete silently",
    ],
  },
);
