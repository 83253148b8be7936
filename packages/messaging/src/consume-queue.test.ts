import { permanent, silentLog, transient } from "@plp/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { consume } from "./consume.ts";
import { sqsEvent, sqsRecord } from "./event-fixture.ts";
import { memoryQueue } from "./memory.ts";
import { encode } from "./messages.ts";
import { mergeMessage } from "./schemas.ts";

const chance = (draw: () => number, percent: number) => draw() % 100 < percent;

describe("consume on a strict queue", () => {
  it.each([false, true])(
    "ends every message once faults stop: done, or among the dead letters (fifo %s)",
    async (fifo) => {
      const draws = fc.infiniteStream(fc.nat({ max: 9_999 }));
      await fc.assert(
        fc.asyncProperty(draws, async (stream) => {
          const draw = () => Number(stream.next().value);
          let now = 0;
          let troubles = 60;
          let count = 0;
          const clock = { now: () => new Date(now) };
          const ids = { next: () => `d${++count}` };
          const trouble = (percent: number) => troubles > 0 && chance(draw, percent) && troubles-- > 0;
          const faults = { duplicate: () => trouble(20), pick: (choices: number) => draw() % choices };
          const common = { fifo, clock, ids, retentionSeconds: 7 * 86_400 };
          const dead = memoryQueue({ ...common, name: "dead", maxReceiveCount: null });
          const queue = memoryQueue({ ...common, name: "q", maxReceiveCount: 100, deadLetter: dead, faults });
          const ended = new Map<string, string[]>();
          const consumer = consume({
            schema: mergeMessage,
            handle: async ({ run }) => {
              if (trouble(20)) throw transient("busy", "busy", { retryAfterSeconds: draw() % 50_000 });
              if (trouble(20)) return { kind: "wait", seconds: draw() };
              if (trouble(10)) throw null;
              if (run.endsWith("0")) throw permanent("bad", "bad");
              const group = run.slice(0, 2);
              ended.set(group, [...(ended.get(group) ?? []), run]);
              return { kind: "done" };
            },
            queue: {
              setVisibility: async (handle, seconds) =>
                trouble(10) ? Promise.reject(null) : queue.setVisibility(handle, seconds),
            },
            deadLetters: dead,
            log: silentLog,
            clock,
            parallelism: 4,
            fifo,
          });
          const runs = Array.from({ length: 20 }, (_, index) => `g${index % 3}-${index}`);
          for (const run of runs) {
            await queue.send(encode({ v: 1, type: "merge", run }), fifo ? { group: run.slice(0, 2) } : {});
          }
          for (let next = queue.nextVisibleAt(); next !== null; next = queue.nextVisibleAt()) {
            now = Math.max(now, next.getTime());
            const received = await queue.receive({ max: 10, waitSeconds: 0 });
            const records = received.map((message) => ({
              ...sqsRecord(message.messageId, message.body, {
                receives: message.receiveCount,
                ...(message.group === null ? {} : { group: message.group }),
              }),
              receiptHandle: message.receiptHandle,
            }));
            const { batchItemFailures } = await consumer(sqsEvent(...records));
            const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
            const killed = trouble(10);
            for (const { messageId, receiptHandle } of killed ? [] : received) {
              if (!failed.has(messageId)) await queue.delete(receiptHandle);
            }
          }
          const done = [...ended.values()].flat();
          const buried = dead.peek().map(({ body }) => body);
          for (const run of runs) {
            if (run.endsWith("0")) expect(buried).toContain(encode({ v: 1, type: "merge", run }));
            else expect(done).toContain(run);
          }
          if (!fifo) return;
          for (const own of ended.values()) {
            const firsts = own.filter((run, index) => own.indexOf(run) === index);
            expect(firsts).toEqual(runs.filter((run) => firsts.includes(run)));
          }
        }),
        { numRuns: 60 },
      );
    },
  );
});
