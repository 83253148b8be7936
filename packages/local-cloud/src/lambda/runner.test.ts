import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { silentLog } from "@plp/runtime";
import type { SQSEvent } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hubCredentials } from "../aws/signature.ts";
import { type LocalQueues, startQueues } from "../queues.ts";
import { temporaryFolder } from "../testing/logs.ts";
import { type Binding, type Runner, type RunnerOptions, startRunner } from "./runner.ts";

let folder: ReturnType<typeof temporaryFolder>;
let queues: LocalQueues;
let client: SQSClient;
let runner: Runner | undefined;

const queue = (name: string, maxReceiveCount: number, fifo = false) => {
  const kind = fifo ? { FifoQueue: "true" } : {};
  const end = fifo ? ".fifo" : "";
  return {
    name,
    title: `${name}${end}`,
    deadTitle: `${name}-dead${end}`,
    attributes: (deadLetterTargetArn: string) => ({
      ...kind,
      VisibilityTimeout: "1800",
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
    }),
    deadAttributes: kind,
  };
};

beforeEach(async () => {
  folder = temporaryFolder();
  const definitions = [queue("work", 3), queue("lane", 1000, true)];
  queues = await startQueues({ dir: folder.path, region: "us-east-1", definitions });
  client = new SQSClient({ endpoint: queues.url, region: "us-east-1", credentials: hubCredentials });
});
afterEach(async () => {
  await runner?.stop();
  runner = undefined;
  await queues.stop();
  folder.remove();
});

const urlOf = (name: string) => queues.queues.find((each) => each.name === name)?.url ?? "";
const send = (name: string, MessageBody: string, more = {}) =>
  client.send(new SendMessageCommand({ QueueUrl: urlOf(name), MessageBody, ...more }));
const bodies = (event: SQSEvent) => event.Records.map(({ body }) => body);
const done = { batchItemFailures: [] };
const failed = (event: SQSEvent) => ({
  batchItemFailures: event.Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
});

function start(handler: Binding["handler"], more: Partial<Binding & RunnerOptions> = {}) {
  const binding = { queue: "work", batchSize: 1, concurrency: 4, timeoutSeconds: 300, ...more, handler };
  const bindings = more.bindings ?? [binding];
  runner = startRunner({ client, queues, log: silentLog, ...more, bindings });
  return runner;
}

describe("the runner", () => {
  it("hands on messages as Lambda does and deletes what succeeded", async () => {
    const events: SQSEvent[] = [];
    await send("work", "hello", {
      MessageAttributes: { reason: { DataType: "String", StringValue: "why" } },
    });
    await start(async (event, context) => {
      expect(context.getRemainingTimeInMillis()).toBeGreaterThan(290_000);
      events.push(event);
      return done;
    }).idle();
    expect(events).toHaveLength(1);
    expect(events[0]?.Records[0]).toMatchObject({
      body: "hello",
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:work",
      awsRegion: "us-east-1",
      attributes: { ApproximateReceiveCount: "1", SentTimestamp: expect.stringMatching(/^\d{13}$/) },
      messageAttributes: { reason: { stringValue: "why", dataType: "String" } },
    });
    expect(queues.state("work")).toEqual({ ready: 0, inFlight: 0, delayed: 0 });
  });

  it("deletes only what did not fail, and brings the rest again soon", async () => {
    for (const body of ["good", "bad", "fine"]) await send("work", body);
    const seen: string[] = [];
    await start(
      async (event) => {
        seen.push(...bodies(event));
        const bad = event.Records.filter(
          ({ body, attributes }) => body === "bad" && attributes.ApproximateReceiveCount === "1",
        );
        return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
      },
      { batchSize: 10 },
    ).idle();
    expect(seen.sort()).toEqual(["bad", "bad", "fine", "good"]);
  });

  it("fails the whole batch of a function that throws or names a message it did not get", async () => {
    await send("work", "throws");
    await send("work", "lies");
    const seen: string[] = [];
    await start(async (event) => {
      seen.push(...bodies(event));
      if (event.Records[0]?.attributes.ApproximateReceiveCount !== "1") return done;
      if (event.Records[0]?.body === "throws") throw new Error("no");
      return { batchItemFailures: [{ itemIdentifier: "another" }] };
    }).idle();
    expect(seen.sort()).toEqual(["lies", "lies", "throws", "throws"]);
  });

  it("leaves a message that always fails among the dead letters", async () => {
    await send("work", "never");
    let calls = 0;
    await start(async (event) => {
      calls += 1;
      return failed(event);
    }).idle();
    expect(calls).toBe(3);
    expect(queues.state("work", "dead-letters").ready).toBe(1);
  });

  it("keeps the order of a group while groups run side by side", async () => {
    for (const body of ["a1", "b1", "a2", "b2"]) {
      await send("lane", body, { MessageGroupId: body[0], MessageDeduplicationId: body });
    }
    const seen: string[] = [];
    let failures = 2;
    await start(
      async (event) => {
        if (bodies(event)[0] === "a1" && failures-- > 0) return failed(event);
        seen.push(...bodies(event));
        return done;
      },
      { queue: "lane" },
    ).idle();
    expect(seen.filter((body) => body.startsWith("a"))).toEqual(["a1", "a2"]);
    expect(seen.indexOf("b2")).toBeLessThan(seen.indexOf("a1"));
  });

  it("turns the day when only waits are left, and not while anything moves", async () => {
    await send("lane", "waits", { MessageGroupId: "g", MessageDeduplicationId: "1" });
    let turned = 0;
    await start(async (event) => (turned > 0 ? done : failed(event)), {
      queue: "lane",
      stalledAfterMs: 500,
      onStalled: () => {
        turned += 1;
        return true;
      },
    }).idle();
    expect(turned).toBe(1);
  });

  it("gives up waiting for what does not come, and says where it waits", async () => {
    await send("lane", "waits", { MessageGroupId: "g", MessageDeduplicationId: "1" });
    const stuck = start(async (event) => failed(event), { queue: "lane", stalledAfterMs: 50, maxStalls: 2 });
    await expect(stuck.idle()).rejects.toThrow(/something that does not come: lane 1/);
  });

  it("takes 1,500 messages of one queue in far less than fifteen seconds", async () => {
    for (let at = 0; at < 1500; at += 10) {
      const Entries = Array.from({ length: 10 }, (_, each) => ({
        Id: String(each),
        MessageBody: `m${at + each}`,
      }));
      await client.send(new SendMessageBatchCommand({ QueueUrl: urlOf("work"), Entries }));
    }
    const seen = new Set<string>();
    await start(
      async (event) => {
        for (const body of bodies(event)) seen.add(body);
        return done;
      },
      { concurrency: 16 },
    ).idle();
    expect(seen.size).toBe(1500);
  });

  it("stops at once when nothing runs, and leaves what waits in its queue", async () => {
    await send("work", "later");
    let calls = 0;
    const stopped = start(async (event) => {
      calls += 1;
      return failed(event);
    });
    while (calls === 0) await new Promise((resolve) => setImmediate(resolve));
    await stopped.stop();
    const { ready, inFlight } = queues.state("work");
    expect(ready + inFlight).toBe(1);
  });
});
