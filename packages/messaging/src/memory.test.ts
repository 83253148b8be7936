import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryQueue, type QueueFaults } from "./memory.ts";

function turnable(options: { fifo?: boolean; faults?: QueueFaults } = {}) {
  let now = Date.parse("2026-03-01T00:00:00Z");
  let count = 0;
  const queue = memoryQueue({
    name: "q",
    fifo: options.fifo ?? false,
    clock: { now: () => new Date(now) },
    ids: { next: () => `d${++count}` },
    maxReceiveCount: null,
    retentionSeconds: 86_400,
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
  const advance = (seconds: number) => {
    now += seconds * 1_000;
  };
  return { queue, advance, clock: () => new Date(now) };
}

describe("the queue in memory", () => {
  it("tells the first moment at which a receive finds something", async () => {
    const { queue, clock } = turnable();
    expect(queue.nextVisibleAt()).toBeNull();
    await queue.send("a", { delaySeconds: 60 });
    expect(queue.nextVisibleAt()).toEqual(new Date(clock().getTime() + 60_000));
    await queue.send("b");
    expect(queue.nextVisibleAt()).toEqual(clock());
    await queue.receive({ max: 1, waitSeconds: 0 });
    expect(queue.nextVisibleAt()).toEqual(new Date(clock().getTime() + 30_000));
    expect(queue.peek().map(({ body, state }) => [body, state])).toEqual([
      ["a", "delayed"],
      ["b", "in flight"],
    ]);
  });

  it("counts a group as blocked until the last of it in flight comes back", async () => {
    const { queue, advance, clock } = turnable({ fifo: true });
    for (const body of ["a", "b"]) await queue.send(body, { group: "g" });
    const [a, b] = await queue.receive({ max: 2, waitSeconds: 0 });
    await queue.setVisibility(a?.receiptHandle ?? "", 0);
    await queue.setVisibility(b?.receiptHandle ?? "", 600);
    expect(await queue.receive({ max: 2, waitSeconds: 0 })).toEqual([]);
    expect(queue.nextVisibleAt()).toEqual(new Date(clock().getTime() + 600_000));
    advance(600);
    expect((await queue.receive({ max: 2, waitSeconds: 0 })).map(({ body }) => body)).toEqual(["a", "b"]);
  });

  it("waits for the last of a group when several are in flight", async () => {
    const { queue, clock } = turnable({ fifo: true });
    for (const body of ["a", "b", "c"]) await queue.send(body, { group: "g" });
    for (const { body, receiptHandle } of await queue.receive({ max: 2, waitSeconds: 0 })) {
      await queue.setVisibility(receiptHandle, body === "a" ? 60 : 120);
    }
    expect(queue.nextVisibleAt()).toEqual(new Date(clock().getTime() + 120_000));
    await queue.send("d", { group: "h" });
    expect(queue.nextVisibleAt()).toEqual(clock());
  });

  it("makes everything in flight visible when it is released", async () => {
    const { queue } = turnable({ fifo: true });
    await queue.send("a", { group: "g" });
    const [old] = await queue.receive({ max: 1, waitSeconds: 0 });
    queue.release();
    await expect(queue.delete(old?.receiptHandle ?? "")).rejects.toThrow("expired");
    expect(await queue.receive({ max: 1, waitSeconds: 0 })).toMatchObject([{ body: "a", receiveCount: 2 }]);
  });

  it("loses nothing, and only repeats and reorders, whatever its faults", async () => {
    const draws = fc.infiniteStream(fc.nat({ max: 99 }));
    await fc.assert(
      fc.asyncProperty(draws, fc.integer({ min: 1, max: 20 }), async (stream, count) => {
        const draw = () => Number(stream.next().value);
        let repeats = 20;
        const faults = {
          duplicate: () => draw() < 30 && repeats-- > 0,
          pick: (choices: number) => draw() % choices,
        };
        const { queue, advance } = turnable({ faults });
        await queue.sendAll(Array.from({ length: count }, (_, index) => ({ body: `${index}` })));
        const seen = new Set<string>();
        while (queue.nextVisibleAt() !== null) {
          for (const { body, receiptHandle } of await queue.receive({ max: 3, waitSeconds: 0 })) {
            seen.add(body);
            await queue.delete(receiptHandle);
          }
          advance(31);
        }
        expect(seen.size).toBe(count);
      }),
    );
  });

  it("gives each group in order to any readers, whichever of them fail", async () => {
    const steps = fc.array(
      fc.record({ keeps: fc.boolean(), max: fc.integer({ min: 1, max: 10 }), after: fc.nat({ max: 40 }) }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { queue, advance } = turnable({ fifo: true });
        for (let index = 0; index < 12; index++) await queue.send(`${index}`, { group: `g${index % 3}` });
        const done: number[] = [];
        for (const { keeps, max, after } of all) {
          for (const { body, receiptHandle } of await queue.receive({ max, waitSeconds: 0 })) {
            if (keeps) break;
            done.push(Number(body));
            await queue.delete(receiptHandle);
          }
          advance(after);
        }
        for (const group of [0, 1, 2]) {
          const own = done.filter((one) => one % 3 === group);
          expect(own).toEqual(own.toSorted((a, b) => a - b));
        }
        expect(new Set(done).size).toBe(done.length);
      }),
    );
  });
});
