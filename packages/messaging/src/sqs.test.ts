import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { SQSClient } from "@aws-sdk/client-sqs";
import { isFault, messageOf } from "@plp/runtime";
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { sqsQueue } from "./sqs.ts";

const request = z.object({
  Entries: z.array(
    z.object({ Id: z.string(), MessageBody: z.string(), MessageDeduplicationId: z.string().optional() }),
  ),
});
type Entries = z.infer<typeof request>["Entries"];
interface Answer {
  readonly status: number;
  readonly body: object;
}

let server: Server | undefined;
let client: SQSClient | undefined;

afterEach(async () => {
  client?.destroy();
  await new Promise((resolve) => (server === undefined ? resolve(null) : server.close(resolve)));
});

/** A queue whose service answers as the test says. */
async function against(answer: (entries: Entries, call: number) => Answer, fifo = false) {
  const calls: Entries[] = [];
  server = createServer((incoming, outgoing) => {
    let text = "";
    incoming.on("data", (chunk) => {
      text += chunk;
    });
    incoming.on("end", () => {
      const entries = request.safeParse(JSON.parse(text)).data?.Entries ?? [];
      calls.push(entries);
      const { status, body } = answer(entries, calls.length);
      outgoing.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const credentials = { accessKeyId: "none", secretAccessKey: "none" };
  client = new SQSClient({ endpoint: origin, region: "eu-central-1", credentials, maxAttempts: 1 });
  let count = 0;
  const ids = { next: () => `d${++count}` };
  return {
    calls,
    queue: sqsQueue(client, `${origin}/000000000000/plp-x${fifo ? ".fifo" : ""}`, { fifo, ids }),
  };
}

const sent = ({ Id, MessageBody }: Entries[number]) => ({
  Id,
  MessageId: `m${Id}`,
  MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
});
const failed = (Id: string, SenderFault: boolean) => ({
  Id,
  SenderFault,
  Code: SenderFault ? "InvalidMessageContents" : "InternalError",
});
const fault = (doing: Promise<unknown>) =>
  doing.then(
    () => "no fault",
    (error: unknown) => error,
  );

describe("a queue of SQS", () => {
  it("sends again only what of a batch failed, under the same deduplication ids", async () => {
    const { queue, calls } = await against(
      (entries, call) => ({
        status: 200,
        body:
          call === 1
            ? {
                Successful: [entries[0]].flatMap((one) => (one ? [sent(one)] : [])),
                Failed: [failed("1", false), failed("2", false)],
              }
            : { Successful: entries.map(sent) },
      }),
      true,
    );
    await queue.sendAll(["g", "h", "i"].map((group) => ({ body: "a", group })));
    expect(
      calls.map((entries) => entries.map(({ MessageDeduplicationId }) => MessageDeduplicationId)),
    ).toEqual([
      ["d1", "d2", "d3"],
      ["d2", "d3"],
    ]);
  });

  it("keeps each request below the size that SQS takes", async () => {
    const { queue, calls } = await against((entries) => ({
      status: 200,
      body: { Successful: entries.map(sent) },
    }));
    const sizes = [100_000, 100_000, 100_000, 250_000, 10, 20_000];
    await queue.sendAll(sizes.map((size) => ({ body: "x".repeat(size) })));
    expect(calls.map((entries) => entries.length)).toEqual([2, 1, 2, 1]);
  });

  it("gives up after three attempts, by a transient fault that counts what is missing", async () => {
    const { queue, calls } = await against((entries) => ({
      status: 200,
      body: { Failed: entries.map(({ Id }) => failed(Id, false)) },
    }));
    const error = await fault(queue.sendAll([{ body: "a" }, { body: "a" }]));
    expect(isFault(error, "queue-unavailable")).toBe(true);
    expect(messageOf(error)).toBe("2 of 2 messages did not reach plp-x: InternalError");
    expect(calls).toHaveLength(3);
  });

  it("does not try again what the sender is to blame for", async () => {
    const { queue, calls } = await against((entries) => ({
      status: 200,
      body: { Failed: entries.map(({ Id }) => failed(Id, true)) },
    }));
    expect(isFault(await fault(queue.sendAll([{ body: "a" }])), "queue-message-invalid")).toBe(true);
    expect(calls).toHaveLength(1);
  });

  it.each([
    [500, "InternalFailure", "queue-unavailable", true],
    [403, "ThrottlingException", "queue-unavailable", true],
    [400, "AWS.SimpleQueueService.NonExistentQueue", "queue-refused", false],
    [403, "AccessDenied", "queue-refused", false],
    [400, "ReceiptHandleIsInvalid", "queue-receipt-expired", false],
  ])("tells a %d %s as %s, without the signed request", async (status, type, code, retryable) => {
    const { queue } = await against(() => ({
      status,
      body: { __type: `com.amazonaws.sqs#${type}`, message: "no: X-Amz-Signature=abcdef" },
    }));
    const error = await fault(queue.delete("handle"));
    expect(error).toMatchObject({ code, retryable });
    expect(Object.keys(Object(error))).not.toContain("$response");
    expect(messageOf(error)).not.toContain("abcdef");
    expect(messageOf(error)).toContain("plp-x");
  });

  it("is unavailable when nobody answers", async () => {
    const { queue } = await against(() => ({ status: 200, body: {} }));
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    expect(await fault(queue.send("a"))).toMatchObject({ code: "queue-unavailable", retryable: true });
  });
});
