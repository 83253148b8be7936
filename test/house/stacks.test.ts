import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type QueueDescription, queues } from "../../packages/messaging/src/queues.ts";

/** The numbers of stacks/queues.ts. It is not part of this program's types: its components are SST's globals. */
const stacks: {
  readonly queueNames: readonly string[];
  readonly queueNumbers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly retention: { readonly message: number; readonly deadLetter: number };
} = await import(fileURLToPath(new URL("../../stacks/queues.ts", import.meta.url)));

test("AWS gets the queues that the code knows, no more and no fewer", () => {
  expect([...stacks.queueNames].sort()).toEqual(Object.keys(queues).sort());
  expect(Object.keys(stacks.queueNumbers).sort()).toEqual(Object.keys(queues).sort());
});

test.each(Object.values(queues))(
  "$name is on AWS what it is on one machine",
  (described: QueueDescription) => {
    const { fifo, batchSize, functionTimeout, visibilityTimeout, maxReceiveCount } = described;
    expect(stacks.queueNumbers[described.name]).toMatchObject({
      fifo,
      batchSize,
      functionTimeout,
      visibilityTimeout,
      maxReceiveCount,
    });
    expect(stacks.retention).toEqual({
      message: described.retention,
      deadLetter: described.deadLetterRetention,
    });
  },
);

test.each(Object.values(queues))("$name stays within what SQS and Lambda allow", (described) => {
  expect(described.batchSize).toBeLessThanOrEqual(10);
  expect(described.functionTimeout).toBeLessThanOrEqual(15 * 60);
  expect(described.visibilityTimeout).toBeGreaterThanOrEqual(described.functionTimeout);
  expect(described.visibilityTimeout).toBeLessThanOrEqual(12 * 60 * 60);
  expect(described.maxReceiveCount).toBeLessThanOrEqual(1000);
  expect(described.deadLetterRetention).toBeGreaterThan(described.retention);
});
