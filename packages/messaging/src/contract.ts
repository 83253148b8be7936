import { isFault } from "@plp/runtime";
import { describe, expect, it } from "vitest";
import type { Queue } from "./queue.ts";

/** What an implementation may do differently from SQS, if it says so: each is asserted as it is. */
export type QueueGap =
  | "one message of a group per receive"
  | "refuses emoji"
  | "visibility beyond 12 h in all"
  | "any maxReceiveCount"
  | "no retention"
  | "expired FIFO receipts delete silently";

export interface QueueWish {
  readonly fifo: boolean;
  /** With a queue of dead letters. Default: none. */
  readonly maxReceiveCount?: number;
  /** Default 30. */
  readonly visibilitySeconds?: number;
  /** Default one day. */
  readonly retentionSeconds?: number;
  /** Default: fresh ids. */
  readonly deduplicationId?: () => string;
}

export interface QueueUnderTest {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  /** Turns the clock. */
  advance(seconds: number): void;
}

export type MakeQueue = (wish: QueueWish) => Promise<QueueUnderTest>;

/** What every queue promises, run on an implementation; a declared gap must really be one. */
export function queueContract(
  name: string,
  make: MakeQueue,
  { gaps }: { readonly gaps: readonly QueueGap[] },
): void {
  const unless = (
    gap: QueueGap,
    promise: string,
    keeps: () => Promise<void>,
    deviates: () => Promise<void>,
  ) => {
    if (gaps.includes(gap)) it(`has the gap: ${gap}`, deviates);
    else it(promise, keeps);
  };
  const all = { max: 10, waitSeconds: 0 };
  const bodies = async (queue: Queue) => (await queue.receive(all)).map(({ body }) => body);
  const fails = async (doing: Promise<unknown>, code: string) => {
    const error: unknown = await doing.then(
      () => "no fault",
      (reason: unknown) => reason,
    );
    expect(isFault(error, code) || error).toBe(true);
  };
  const first = async (queue: Queue) => {
    const [message] = await queue.receive({ max: 1, waitSeconds: 0 });
    if (message === undefined) throw new Error("the queue should have given a message");
    return message;
  };

  describe(`a queue, ${name}`, () => {
    it.each([false, true])("gives what was sent, until it is deleted (fifo %s)", async (fifo) => {
      const { queue, advance } = await make({ fifo });
      const group = fifo ? { group: "g" } : {};
      await queue.send('{"ü":"漢字\\n\t"}', { ...group, attributes: { reason: "because" } });
      const message = await first(queue);
      expect(message).toMatchObject({
        body: '{"ü":"漢字\\n\t"}',
        receiveCount: 1,
        group: fifo ? "g" : null,
        attributes: { reason: "because" },
      });
      await queue.delete(message.receiptHandle);
      advance(40);
      expect(await bodies(queue)).toEqual([]);
    });

    it("hides what was received for its visibility, then gives it again under a new handle", async () => {
      const { queue, advance } = await make({ fifo: false, visibilitySeconds: 60 });
      await queue.send("a");
      const once = await first(queue);
      advance(59);
      expect(await bodies(queue)).toEqual([]);
      advance(2);
      const again = await first(queue);
      expect(again.messageId).toBe(once.messageId);
      expect(again.receiveCount).toBe(2);
      expect(again.receiptHandle).not.toBe(once.receiptHandle);
    });

    it("does not delete by the handle of an earlier receive", async () => {
      const { queue, advance } = await make({ fifo: false });
      await queue.send("a");
      const old = await first(queue);
      advance(31);
      await first(queue);
      await queue.delete(old.receiptHandle);
      await fails(queue.setVisibility(old.receiptHandle, 5), "queue-receipt-expired");
      advance(31);
      expect(await bodies(queue)).toEqual(["a"]);
    });

    it("takes a new visibility, shorter and longer", async () => {
      const { queue, advance } = await make({ fifo: false });
      await queue.sendAll([{ body: "a" }, { body: "b" }]);
      const received = await queue.receive(all);
      for (const { body, receiptHandle } of received)
        await queue.setVisibility(receiptHandle, body === "a" ? 0 : 600);
      expect(await bodies(queue)).toEqual(["a"]);
      advance(599);
      expect(await bodies(queue)).toEqual(["a"]);
      advance(2);
      expect(await bodies(queue)).toEqual(["b"]);
    });

    it("refuses a visibility beyond 12 hours", async () => {
      const { queue } = await make({ fifo: false });
      await queue.send("a");
      await fails(
        queue.setVisibility((await first(queue)).receiptHandle, 43_201),
        "queue-visibility-too-long",
      );
    });

    const stretched = async () => {
      const { queue, advance } = await make({ fifo: false });
      await queue.send("a");
      const { receiptHandle } = await first(queue);
      await queue.setVisibility(receiptHandle, 3_600);
      advance(3_000);
      return queue.setVisibility(receiptHandle, 43_000);
    };
    unless(
      "visibility beyond 12 h in all",
      "refuses a visibility that ends more than 12 hours after the receive",
      () => fails(stretched(), "queue-visibility-too-long"),
      stretched,
    );

    it("holds a delayed message back", async () => {
      const { queue, advance } = await make({ fifo: false });
      await queue.send("late", { delaySeconds: 90 });
      await queue.send("now");
      expect(await queue.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
      expect(await bodies(queue)).toEqual(["now"]);
      expect(await queue.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 1 });
      advance(91);
      expect(await bodies(queue)).toContain("late");
    });

    it.each([false, true])("sends many at once, more than one request takes (fifo %s)", async (fifo) => {
      const { queue } = await make({ fifo });
      const many = Array.from({ length: 27 }, (_, index) => ({
        body: `${index}`,
        ...(fifo ? { group: `${index}` } : {}),
      }));
      await queue.sendAll(many);
      const big = "x".repeat(100_000);
      await queue.sendAll(
        Array.from({ length: 5 }, (_, index) => ({ body: big, ...(fifo ? { group: `b${index}` } : {}) })),
      );
      expect((await queue.counts()).visible).toBe(32);
      const got: string[] = [];
      for (let turn = 0; turn < 4; turn++) got.push(...(await bodies(queue)));
      expect(got.filter((body) => body !== big).toSorted()).toEqual(many.map(({ body }) => body).toSorted());
      expect(got).toHaveLength(32);
    });

    it("refuses what SQS refuses, and then sends nothing of it", async () => {
      const { queue } = await make({ fifo: false });
      const { queue: fifo } = await make({ fifo: true });
      const bad = ["", "a\u0000b", "\ud800", "x".repeat(256 * 1024 + 1)];
      for (const body of bad) await fails(queue.send(body), "queue-message-invalid");
      await fails(queue.sendAll([{ body: "fine" }, { body: "" }]), "queue-message-invalid");
      await fails(queue.send("a", { delaySeconds: 901 }), "queue-message-invalid");
      await fails(queue.send("a", { group: "g" }), "queue-message-invalid");
      await fails(fifo.send("a"), "queue-message-invalid");
      await fails(fifo.send("a", { group: "with space" }), "queue-message-invalid");
      await fails(fifo.send("a", { group: "g", delaySeconds: 5 }), "queue-message-invalid");
      await fails(queue.receive({ max: 11, waitSeconds: 0 }), "queue-refused");
      expect((await queue.counts()).visible + (await fifo.counts()).visible).toBe(0);
    });

    unless(
      "refuses emoji",
      "takes characters beyond the basic plane",
      async () => {
        const { queue } = await make({ fifo: false });
        await queue.send("done 🎉");
        expect(await bodies(queue)).toEqual(["done 🎉"]);
      },
      async () => {
        const { queue } = await make({ fifo: false });
        await fails(queue.send("done 🎉"), "queue-refused");
      },
    );

    it.each([false, true])(
      "moves to the dead letters what comes once too often, on the next receive (fifo %s)",
      async (fifo) => {
        const { queue, deadLetters, advance } = await make({ fifo, maxReceiveCount: 2 });
        await queue.send("bad", fifo ? { group: "g" } : {});
        for (let turn = 0; turn < 2; turn++) {
          expect(await bodies(queue)).toEqual(["bad"]);
          advance(31);
        }
        expect((await deadLetters.counts()).visible).toBe(0);
        expect(await bodies(queue)).toEqual([]);
        expect(await bodies(deadLetters)).toEqual(["bad"]);
      },
    );

    unless(
      "any maxReceiveCount",
      "takes no maxReceiveCount beyond 1,000",
      () => fails(make({ fifo: false, maxReceiveCount: 1_001 }), "queue-refused"),
      async () => expect(await make({ fifo: false, maxReceiveCount: 1_001 })).toBeDefined(),
    );

    const forgotten = async () => {
      const { queue, advance } = await make({ fifo: false, retentionSeconds: 3_600 });
      await queue.send("old");
      advance(3_601);
      return bodies(queue);
    };
    unless(
      "no retention",
      "forgets a message after its retention",
      async () => expect(await forgotten()).toEqual([]),
      async () => expect(await forgotten()).toEqual(["old"]),
    );
  });

  describe(`a FIFO queue, ${name}`, () => {
    const oneTwo = async (queue: Queue) => {
      for (const body of ["a1", "a2", "b1"]) await queue.send(body, { group: body.slice(0, 1) });
    };

    unless(
      "one message of a group per receive",
      "gives several messages of a group at once, in order",
      async () => {
        const { queue } = await make({ fifo: true });
        await oneTwo(queue);
        expect(await bodies(queue)).toEqual(["a1", "a2", "b1"]);
      },
      async () => {
        const { queue } = await make({ fifo: true });
        await oneTwo(queue);
        expect(await bodies(queue)).toEqual(["a1", "b1"]);
      },
    );

    it("gives nothing of a group while one of it is in flight", async () => {
      const { queue } = await make({ fifo: true });
      await oneTwo(queue);
      const message = await first(queue);
      expect(message.body).toBe("a1");
      expect(await bodies(queue)).toEqual(["b1"]);
      expect(await bodies(queue)).toEqual([]);
      await queue.delete(message.receiptHandle);
      expect(await bodies(queue)).toEqual(["a2"]);
    });

    it("keeps the order of a group when its first message comes again", async () => {
      const { queue, advance } = await make({ fifo: true });
      await oneTwo(queue);
      await queue.setVisibility((await first(queue)).receiptHandle, 0);
      expect((await first(queue)).body).toBe("a1");
      advance(31);
      expect((await first(queue)).body).toBe("a1");
    });

    it("swallows the same deduplication id for five minutes, also after the first was deleted", async () => {
      const { queue, advance } = await make({ fifo: true, deduplicationId: () => "same" });
      await queue.send("first", { group: "g" });
      await queue.delete((await first(queue)).receiptHandle);
      await queue.send("second", { group: "g" });
      advance(200);
      await queue.sendAll([{ body: "third", group: "h" }]);
      expect(await bodies(queue)).toEqual([]);
      advance(101);
      await queue.send("fourth", { group: "g" });
      expect(await bodies(queue)).toEqual(["fourth"]);
    });

    it("gives the same text twice when it was sent twice", async () => {
      const { queue } = await make({ fifo: true });
      await queue.send("look", { group: "g" });
      await queue.send("look", { group: "h" });
      expect(await bodies(queue)).toEqual(["look", "look"]);
    });

    const late = async () => {
      const { queue, advance } = await make({ fifo: true });
      await queue.send("a", { group: "g" });
      const { receiptHandle } = await first(queue);
      advance(31);
      await first(queue);
      return queue.delete(receiptHandle);
    };
    unless(
      "expired FIFO receipts delete silently",
      "says so when a message is deleted after its visibility",
      () => fails(late(), "queue-receipt-expired"),
      late,
    );
  });
}
