import { SQSClient } from "@aws-sdk/client-sqs";
import { silentLog } from "@plp/runtime";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { consume } from "./consume.ts";
import { sqsEvent, sqsRecord } from "./event-fixture.ts";
import { sqsQueue } from "./sqs.ts";
import { stepOf } from "./trace.ts";

const parent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

/** A function that sends one message for each that it handles; answers with what those carried. */
async function handled(...records: ReturnType<typeof sqsRecord>[]): Promise<readonly (string | undefined)[]> {
  const carried: (string | undefined)[] = [];
  const client = new SQSClient({
    region: "eu-central-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  client.middlewareStack.add(
    () => async (args) => {
      const { MessageAttributes } = args.input as {
        MessageAttributes?: Record<string, { StringValue: string }>;
      };
      carried.push(MessageAttributes?.traceparent?.StringValue);
      return { output: { $metadata: {} }, response: {} } as never;
    },
    { step: "initialize" },
  );
  const url = "https://sqs.eu-central-1.amazonaws.com/111122223333/next";
  const next = sqsQueue(client, url, { fifo: false, ids: { next: () => "id" } });
  const work = consume({
    schema: z.object({}),
    handle: async () => {
      await new Promise((later) => setImmediate(later));
      await next.send("{}");
      return { kind: "done" };
    },
    queue: { setVisibility: async () => undefined },
    deadLetters: { send: async () => undefined },
    log: silentLog,
    clock: { now: () => new Date(0) },
    parallelism: 4,
    fifo: false,
  });
  await work(sqsEvent(...records));
  await next.send("{}");
  return carried;
}

const record = (id: string, traceparent?: string, receives = 1) => ({
  ...sqsRecord(id, "{}", { receives }),
  messageAttributes:
    traceparent === undefined ? {} : { traceparent: { dataType: "String", stringValue: traceparent } },
});

describe("The trace of a message", () => {
  it("goes on in what is sent while it is handled, also side by side, and ends with it", async () => {
    const [one, two, after] = await handled(record("a", parent), record("b"));
    const traces = [one, two].map((text) => text?.split("-")[1]);
    expect(traces.sort()).toEqual(
      ["a".repeat(32), stepOf({ messageId: "b", receiveCount: 1, traceparent: null }).traceId].sort(),
    );
    expect(one).not.toBe(parent);
    expect(after).toBeUndefined();
  });

  it("is the same at every delivery, each of which is a step of its own", async () => {
    const [[first], [second]] = [await handled(record("a")), await handled(record("a", undefined, 2))];
    expect(first?.slice(0, 35)).toBe(second?.slice(0, 35));
    expect(first).not.toBe(second);
  });

  it.each(["", "nonsense", `00-${"0".repeat(32)}-${"b".repeat(16)}-01`, `${parent}\nx`])(
    "begins anew where what came is none: %j",
    async (given) => {
      const [carried] = await handled(record("a", given));
      expect(carried).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(carried).not.toContain("a".repeat(32));
    },
  );
});
