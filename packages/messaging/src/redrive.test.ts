import type { Clock } from "@plp/runtime";
import { describe, expect, it } from "vitest";
import { memoryQueue } from "./memory.ts";
import { redriveQueue } from "./redrive.ts";

function queuesOf(fifo: boolean) {
  const clock: Clock = { now: () => new Date("2026-03-01T00:00:00Z") };
  let ids = 0;
  const common = {
    fifo,
    clock,
    ids: { next: () => `d${++ids}` },
    retentionSeconds: 86_400,
    maxReceiveCount: null,
  };
  return { dead: memoryQueue({ ...common, name: "dead" }), queue: memoryQueue({ ...common, name: "queue" }) };
}

describe("a redrive", () => {
  it("sends every dead letter again and leaves none", async () => {
    const { dead, queue } = queuesOf(false);
    for (let n = 1; n <= 23; n += 1) await dead.send(`{"n":${n}}`, { attributes: { reason: "x" } });
    expect(await redriveQueue(dead, queue)).toBe(23);
    expect(dead.peek()).toEqual([]);
    expect(
      queue
        .peek()
        .map(({ body }) => body)
        .sort(),
    ).toHaveLength(23);
  });

  it("keeps the group of a FIFO queue, and is not swallowed as a repeat", async () => {
    const { dead, queue } = queuesOf(true);
    await queue.send("{}", { group: "lane-1" });
    await dead.send("{}", { group: "lane-1" });
    expect(await redriveQueue(dead, queue)).toBe(1);
    expect(queue.peek().map(({ group }) => group)).toEqual(["lane-1", "lane-1"]);
  });

  it("does not take up again what fails anew meanwhile", async () => {
    const { dead, queue } = queuesOf(false);
    await dead.send("poison");
    const failing = { send: async (body: string) => dead.send(body) };
    expect(await redriveQueue(dead, failing)).toBe(1);
    expect(dead.peek()).toHaveLength(1);
    expect(queue.peek()).toEqual([]);
  });

  it("loses nothing when it dies between sending and deleting", async () => {
    const { dead, queue } = queuesOf(false);
    await dead.send("{}");
    const dying = { ...dead, delete: async () => Promise.reject(new Error("killed")) };
    await expect(redriveQueue(dying, queue)).rejects.toThrow("killed");
    dead.release();
    expect(await redriveQueue(dead, queue)).toBe(1);
    expect(queue.peek()).toHaveLength(2);
  });

  it("of no dead letters sends none", async () => {
    const { dead, queue } = queuesOf(false);
    expect(await redriveQueue(dead, queue)).toBe(0);
  });
});
