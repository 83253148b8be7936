import { describe, expect, it } from "vitest";
import { backoffSeconds } from "./backoff.ts";
import { queueNames } from "./queue.ts";
import { deadLetterAttributes, queueAttributes, queues, queueTitle } from "./queues.ts";

describe("the queues", () => {
  it.each(queueNames)("describe %s within what SQS and Lambda allow", (name) => {
    const queue = queues[name];
    expect(queue.name).toBe(name);
    expect(queue.functionTimeout).toBeLessThanOrEqual(900);
    expect(queue.visibilityTimeout).toBeGreaterThanOrEqual(6 * queue.functionTimeout);
    expect(queue.visibilityTimeout).toBeLessThanOrEqual(43_200);
    expect(queue.maxReceiveCount).toBeLessThanOrEqual(1_000);
    expect(queue.deadLetterRetention).toBeGreaterThan(queue.retention);
    for (const part of ["queue", "dead-letters"] as const) {
      expect(queueTitle(queue, part)).toMatch(queue.fifo ? /^[\w-]{1,75}\.fifo$/ : /^[\w-]{1,80}$/);
    }
  });

  it("let a message of an analysis wait as often as SQS allows", () => {
    expect(queues.analysis.maxReceiveCount).toBe(1_000);
  });

  it.each(queueNames)("keep a message of %s through an outage of twenty hours", (name) => {
    const receives = Array.from({ length: queues[name].maxReceiveCount }, (_, index) => index + 1);
    for (const message of ["a", "b", "c", "d"]) {
      const waited = receives.reduce((sum, receive) => sum + backoffSeconds(message, receive), 0);
      expect(waited).toBeGreaterThan(20 * 60 * 60);
    }
  });

  it("have attributes as CreateQueue takes them", () => {
    expect(queueAttributes(queues.publish, "arn:dead")).toEqual({
      FifoQueue: "true",
      ContentBasedDeduplication: "false",
      VisibilityTimeout: "1800",
      MessageRetentionPeriod: "604800",
      RedrivePolicy: '{"deadLetterTargetArn":"arn:dead","maxReceiveCount":200}',
    });
    expect(deadLetterAttributes(queues.merge)).toEqual({ MessageRetentionPeriod: "1209600" });
  });
});
