import { describe, expect, it } from "vitest";
import { commit } from "./commit.ts";
import { event } from "./contract.ts";
import { faultyEventStore } from "./faulty.ts";
import { memoryEventStore } from "./memory.ts";
import type { EventStore } from "./types.ts";

const STREAM = "app#1#shop";
const clock = { now: () => new Date("2026-01-01T00:00:00Z") };
const fold = (events: readonly { data: unknown }[], from: readonly unknown[] = []) => [
  ...from,
  ...events.map((one) => one.data),
];
const once = (what: string) => (state: readonly unknown[]) => (state.includes(what) ? [] : [event(what)]);

describe("commit", () => {
  it("loads, decides and appends, and gives the state with what was decided", async () => {
    const store = memoryEventStore({ clock });
    const { state, written } = await commit(store, {
      stream: STREAM,
      fold,
      decide: once("a"),
      commitId: "1",
    });
    expect(state).toEqual(["a"]);
    expect(written.map((one) => one.version)).toEqual([1]);
  });

  it("writes nothing when the decision is made already", async () => {
    const store = memoryEventStore({ clock });
    const command = { stream: STREAM, fold, decide: once("a"), commitId: "1" };
    await commit(store, command);
    expect(await commit(store, command)).toEqual({ state: ["a"], written: [] });
  });

  it("decides again when somebody else wrote first", async () => {
    const inner = memoryEventStore({ clock });
    let rivals = 2;
    const store: EventStore = {
      ...inner,
      async append(stream, head, events, options) {
        if (rivals > 0)
          await inner.append(stream, head, [event(`rival ${rivals--}`)], { commitId: `r${rivals}` });
        return await inner.append(stream, head, events, options);
      },
    };
    const { state } = await commit(store, { stream: STREAM, fold, decide: once("a"), commitId: "1" });
    expect(state).toEqual(["rival 2", "rival 1", "a"]);
  });

  it("lets stand what a faster delivery of the same message wrote under its id", async () => {
    const inner = memoryEventStore({ clock });
    let raced = false;
    const store: EventStore = {
      ...inner,
      async append(stream, head, events, options) {
        if (!raced) await inner.append(stream, head, [event("a, seen otherwise")], options);
        raced = true;
        return await inner.append(stream, head, events, options);
      },
    };
    const decide = (state: readonly unknown[]) => (state.length === 0 ? [event("a")] : []);
    const { state, written } = await commit(store, { stream: STREAM, fold, decide, commitId: "1" });
    expect([state, written]).toEqual([["a, seen otherwise"], []]);
  });

  it("refuses other events under an id that its own load shows as used", async () => {
    const store = memoryEventStore({ clock });
    await commit(store, { stream: STREAM, fold, decide: once("a"), commitId: "1" });
    await expect(
      commit(store, { stream: STREAM, fold, decide: once("b"), commitId: "1" }),
    ).rejects.toMatchObject({ code: "commit-id-reused", retryable: false });
  });

  it("gives up after a few rivals with an error that may be tried again", async () => {
    const inner = memoryEventStore({ clock });
    const store: EventStore = { ...inner, append: async () => ({ kind: "conflict" }) };
    await expect(
      commit(store, { stream: STREAM, fold, decide: once("a"), commitId: "1" }),
    ).rejects.toMatchObject({ code: "stream-contended", retryable: true });
  });

  it("whose reply was lost is finished by the next delivery, once", async () => {
    const inner = memoryEventStore({ clock });
    let lost = 0;
    const random = () => (lost++ === 1 ? 0 : 0.99);
    const store = faultyEventStore(inner, { before: 0.1, lostReply: 0.5, stale: 0, random });
    const command = { stream: STREAM, fold, decide: once("a"), commitId: "1" };
    lost = -1;
    await expect(commit(store, command)).rejects.toMatchObject({
      code: "store-unavailable",
      retryable: true,
    });
    expect(await commit(store, command)).toEqual({ state: ["a"], written: [] });
    expect((await inner.load(STREAM)).events).toHaveLength(1);
  });
});

describe("the faulty event store", () => {
  it("fails in the same places for the same seed", async () => {
    const run = async (seed: number) => {
      let x = seed;
      const random = () => {
        x = (x * 48_271) % 2_147_483_647;
        return x / 2_147_483_647;
      };
      const inner = memoryEventStore({ clock });
      const store = faultyEventStore(inner, { before: 0.3, lostReply: 0.3, stale: 0.3, random });
      const trace: string[] = [];
      for (let i = 0; i < 30; i += 1)
        try {
          const { head } = await store.load(STREAM);
          trace.push((await store.append(STREAM, head, [event(i)], { commitId: `${i}` })).kind);
          trace.push(`${(await store.read(STREAM, {})).length}`);
        } catch (error) {
          trace.push(String(error));
        }
      return trace;
    };
    expect(await run(7)).toEqual(await run(7));
    expect(await run(7)).not.toEqual(await run(8));
  });
});
