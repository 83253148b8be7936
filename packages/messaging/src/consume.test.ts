import { type Log, permanent, silentLog, transient } from "@plp/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffSeconds } from "./backoff.ts";
import { type ConsumeOptions, consume, type Outcome } from "./consume.ts";
import { sqsEvent, sqsRecord } from "./event-fixture.ts";
import { encode } from "./messages.ts";
import type { Queue, SendOptions } from "./queue.ts";
import { type MergeMessage, mergeMessage } from "./schemas.ts";

const body = (run: string) => encode({ v: 1, type: "merge", run });
const record = (run: string, given?: Parameters<typeof sqsRecord>[2]) => sqsRecord(run, body(run), given);
const failures = (...ids: string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

function harness(
  handle: (run: string) => Promise<Outcome> | Outcome,
  changes: Partial<ConsumeOptions<MergeMessage>> = {},
) {
  const visibility = new Map<string, number>();
  const dead: { body: string; options: SendOptions | undefined }[] = [];
  const handled: string[] = [];
  const queue: Pick<Queue, "setVisibility"> = {
    setVisibility: async (handle, seconds) => void visibility.set(handle.replace("handle of ", ""), seconds),
  };
  const consumer = consume({
    schema: mergeMessage,
    handle: async ({ run }) => {
      handled.push(run);
      return handle(run);
    },
    queue,
    deadLetters: { send: async (text, options) => void dead.push({ body: text, options }) },
    log: silentLog,
    clock: { now: () => new Date(0) },
    parallelism: 3,
    fifo: false,
    ...changes,
  });
  return { consumer, visibility, dead, handled };
}

function raise(error: unknown): never {
  throw error;
}

describe("consume", () => {
  it("acknowledges what is done and lets a wait come again at its time", async () => {
    const { consumer, visibility } = harness((run) =>
      run === "b" ? { kind: "wait", seconds: 90.2 } : { kind: "done" },
    );
    expect(await consumer(sqsEvent(record("a"), record("b"), record("c")))).toEqual(failures("b"));
    expect([...visibility]).toEqual([["b", 91]]);
  });

  it.each([
    [100_000, 39_600],
    [Number.POSITIVE_INFINITY, 39_600],
    [Number.NaN, 60],
    [-5, 0],
  ])("waits %d seconds as %d", async (seconds, expected) => {
    const { consumer, visibility } = harness(() => ({ kind: "wait", seconds }));
    await consumer(sqsEvent(record("a")));
    expect(visibility.get("a")).toBe(expected);
  });

  it("honours how long a transient fault asks to wait", async () => {
    const { consumer, visibility } = harness(() =>
      raise(transient("gitlab-busy", "busy", { retryAfterSeconds: 1_234 })),
    );
    expect(await consumer(sqsEvent(record("a")))).toEqual(failures("a"));
    expect(visibility.get("a")).toBe(1_234);
  });

  it("puts what it cannot parse among the dead letters at once, with the reason", async () => {
    const { consumer, dead, handled } = harness(() => ({ kind: "done" }));
    const bad = [
      "{",
      "",
      "null",
      body("r").replace("merge", "publish"),
      encode({ v: 2, type: "merge", run: "r" }),
      encode({ v: 1, type: "merge", run: "r", more: 1 }),
    ];
    const answer = await consumer(
      sqsEvent(...bad.map((text, index) => sqsRecord(`m${index}`, text)), record("good")),
    );
    expect(answer).toEqual(failures());
    expect(handled).toEqual(["good"]);
    expect(dead.map(({ body: text }) => text)).toEqual(["{", "(empty)", ...bad.slice(2)]);
    for (const { options } of dead) expect(options?.attributes?.reason).toMatch(/^message-unreadable: /);
  });

  it("puts what failed for good among the dead letters and says so as an error", async () => {
    const lines: [string, unknown][] = [];
    const log: Log = { ...silentLog, error: (text, fields) => void lines.push([text, fields]) };
    const { consumer, dead } = harness(() => raise(permanent("role-gone", "no such role 漢 🎉")), {
      log,
      fifo: true,
    });
    expect(await consumer(sqsEvent(record("a", { group: "lane" })))).toEqual(failures());
    expect(dead).toEqual([
      {
        body: body("a"),
        options: { group: "lane", attributes: { reason: "role-gone: no such role 漢 ??", messageId: "a" } },
      },
    ]);
    expect(lines).toHaveLength(1);
  });

  it("keeps a message whose dead letter could not be sent", async () => {
    const deadLetters = { send: async () => raise(transient("queue-unavailable", "down")) };
    const { consumer, visibility } = harness(() => raise(permanent("role-gone", "gone")), { deadLetters });
    expect(await consumer(sqsEvent(record("a")))).toEqual(failures("a"));
    expect(visibility.get("a")).toBe(backoffSeconds("a", 1));
  });

  it("reports a failure whose visibility it could not set", async () => {
    const queue = { setVisibility: async () => raise(null) };
    const { consumer } = harness(() => raise(new Error("bug")), { queue });
    expect(await consumer(sqsEvent(record("a"), record("b")))).toEqual(failures("a", "b"));
  });

  it("stops a FIFO group at its first failure and goes on with the others", async () => {
    const { consumer, visibility, handled } = harness(
      (run) => (run === "a2" ? { kind: "wait", seconds: 300 } : { kind: "done" }),
      { fifo: true },
    );
    const runs = ["a1", "b1", "a2", "a3", "b2", "a4"].map((run) => record(run, { group: run.slice(0, 1) }));
    expect(await consumer(sqsEvent(...runs))).toEqual(failures("a2", "a3", "a4"));
    expect(handled.toSorted()).toEqual(["a1", "a2", "b1", "b2"]);
    expect([...visibility]).toEqual([
      ["a2", 300],
      ["a3", 300],
      ["a4", 300],
    ]);
  });

  it("handles no more at the same time than it may", async () => {
    let running = 0;
    let most = 0;
    const { consumer } = harness(async () => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      running -= 1;
      return { kind: "done" };
    });
    await consumer(sqsEvent(...Array.from({ length: 10 }, (_, index) => record(`r${index}`))));
    expect(most).toBe(3);
  });

  it("fails as a whole what is no event of SQS, or has a record without an id", async () => {
    const { consumer } = harness((run) => (run === "bad" ? raise(new Error("bug")) : { kind: "done" }));
    expect(await consumer(sqsEvent(record("bad"), sqsRecord("", body("b"))))).toEqual(failures(""));
    for (const event of [
      null,
      undefined,
      {},
      { Records: 7 },
      sqsEvent(record("a"), sqsRecord("", body("b"))),
    ]) {
      expect(await Reflect.apply(consumer, null, [event])).toEqual(failures(""));
    }
  });

  const trap = new Proxy(new Error("x"), { get: () => raise(null), getPrototypeOf: () => raise(undefined) });
  it.each([
    ["null", null],
    ["undefined", undefined],
    ["a string", "text"],
    ["an object without a prototype", Object.create(null)],
    ["an error whose every property throws", trap],
    [
      "a fault whose code throws",
      Object.defineProperty(transient("a", "b"), "retryable", { get: () => raise(null) }),
    ],
    [
      "an error with a throwing message",
      Object.defineProperty(new Error("x"), "message", { get: () => raise(null) }),
    ],
  ])("survives a handler that throws %s", async (_, thrown) => {
    const { consumer, visibility } = harness(() => raise(thrown));
    expect(await consumer(sqsEvent(record("a")))).toEqual(failures("a"));
    expect(visibility.get("a")).toBe(backoffSeconds("a", 1));
  });

  it("buries what an error of another class calls lasting, and keeps what it calls passing", async () => {
    const error = (retryable: boolean) =>
      Object.assign(new Error("the stream is damaged"), { code: "stream-damaged", retryable });
    const lasting = harness(() => raise(error(false)));
    expect(await lasting.consumer(sqsEvent(record("a")))).toEqual(failures());
    expect(lasting.dead).toMatchObject([
      { options: { attributes: { reason: "stream-damaged: the stream is damaged" } } },
    ]);
    const passing = harness(() => raise(error(true)));
    expect(await passing.consumer(sqsEvent(record("a")))).toEqual(failures("a"));
    for (const odd of [{ code: "stream-damaged" }, { retryable: false }, { code: 7, retryable: false }]) {
      const unknown = harness(() => raise(Object.assign(new Error("x"), odd)));
      expect(await unknown.consumer(sqsEvent(record("a")))).toEqual(failures("a"));
      expect(unknown.dead).toEqual([]);
    }
  });

  it("survives a log that throws, a handler that answers nonsense and records that throw", async () => {
    const bad = () => raise(null);
    const log: Log = { debug: bad, info: bad, warn: bad, error: bad, with: () => log };
    expect(await harness(() => ({ kind: "done" }), { log }).consumer(sqsEvent(record("a")))).toEqual(
      failures(),
    );
    const nonsense = harness(() => Object.create(null));
    expect(await nonsense.consumer(sqsEvent(record("a")))).toEqual(failures("a"));
    const trapped = new Proxy(record("a"), { get: bad });
    expect(await harness(() => ({ kind: "done" })).consumer(sqsEvent(trapped, record("b")))).toEqual(
      failures(""),
    );
  });

  it("reports exactly the failures and sets the visibility of each, whatever the batch", async () => {
    const behaviours = ["done", "wait", "transient", "bug", "permanent", "unreadable"] as const;
    const batch = fc.array(
      fc.record({ does: fc.constantFrom(...behaviours), group: fc.constantFrom("x", "y", "z") }),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(
        batch,
        fc.boolean(),
        fc.integer({ min: 1, max: 12 }),
        async (all, fifo, parallelism) => {
          const { consumer, visibility, dead } = harness(
            (run) => {
              const does = all[Number(run)]?.does;
              if (does === "wait") return { kind: "wait", seconds: 7 };
              if (does === "transient") raise(transient("t", "t"));
              if (does === "bug") raise("bug");
              if (does === "permanent") raise(permanent("p", "p"));
              return { kind: "done" };
            },
            { fifo, parallelism },
          );
          const records = all.map(({ does, group }, index) =>
            sqsRecord(`${index}`, does === "unreadable" ? "?" : body(`${index}`), fifo ? { group } : {}),
          );
          const { batchItemFailures } = await consumer(sqsEvent(...records));
          const fails = (does: string | undefined) =>
            does === "wait" || does === "transient" || does === "bug";
          const expected = all.flatMap(({ does, group }, index) => {
            const earlier =
              fifo && all.slice(0, index).some((other) => other.group === group && fails(other.does));
            return earlier || fails(does) ? [`${index}`] : [];
          });
          expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(expected);
          expect([...visibility.keys()].toSorted()).toEqual(expected.toSorted());
          const buried = all.flatMap(({ does }, index) =>
            (does === "permanent" || does === "unreadable") && !expected.includes(`${index}`)
              ? [`${index}`]
              : [],
          );
          expect(dead.map(({ options }) => options?.attributes?.messageId ?? "").toSorted()).toEqual(
            buried.toSorted(),
          );
        },
      ),
    );
  });
});

describe("backoff", () => {
  it("is the same for the same message and count, within its growing bounds", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1_000 }), (id, count) => {
        const seconds = backoffSeconds(id, count);
        expect(backoffSeconds(id, count)).toBe(seconds);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(Math.min(900, 5 * 2 ** (count - 1)));
      }),
    );
  });

  it("spreads what failed together", () => {
    const spread = new Set(Array.from({ length: 200 }, (_, index) => backoffSeconds(`m${index}`, 10)));
    expect(spread.size).toBeGreaterThan(100);
  });
});
