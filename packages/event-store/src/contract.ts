import { beforeEach, describe, expect, it } from "vitest";
import { isStoreError } from "./errors.ts";
import type { AppendOptions, AppendResult, EventStore, Head, NewEvent, StoreScan } from "./types.ts";
import { verifyAll } from "./verify.ts";

export interface ContractSubject {
  readonly store: EventStore;
  /** The same table without faults. */
  readonly scan: StoreScan;
  /** Turns what the store's clock shows. */
  readonly setNow: (time: string) => void;
  /** Calls fail now and then and must be tried again; a read may be stale. */
  readonly faulty?: boolean;
}

const STREAM = "role#arn:aws:iam::111122223333:role/ci/shop-prod#AROAEXAMPLE";
const OTHER = "role#arn:aws:iam::111122223333:role/ci/shop-prod#AROAEXAMPLE2";
const LATE = new Date("2030-01-01T00:00:00Z");

export function event(data: unknown, more: Partial<NewEvent> = {}): NewEvent {
  return {
    type: "PolicyProposed",
    schemaVersion: 1,
    occurredAt: "2026-01-01T00:00:00.000Z",
    actor: { kind: "service", id: "merger", name: "PLP" },
    correlationId: "round-1",
    causationId: "message-1",
    data,
    ...more,
  };
}

/** As every handler does it: a fault that may pass is tried again. */
async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1)
    try {
      return await call();
    } catch (error) {
      if (!isStoreError(error) || !error.retryable || tries === 100) throw error;
    }
}

/** Design, section 5: what every event store must do. `make` gives an empty one. */
export function eventStoreContract(name: string, make: () => Promise<ContractSubject>): void {
  describe(`event store: ${name}`, () => {
    let subject: ContractSubject;
    beforeEach(async () => {
      subject = await make();
    });

    const load = (stream = STREAM) => persist(() => subject.store.load(stream));
    const append = (head: Head, events: readonly NewEvent[], options: AppendOptions | string) =>
      persist(() =>
        subject.store.append(
          head.stream,
          head,
          events,
          typeof options === "string" ? { commitId: options } : options,
        ),
      );
    const read = (options: Parameters<EventStore["read"]>[1], stream = STREAM) =>
      persist(() => subject.store.read(stream, options));
    const data = async (stream = STREAM) => (await load(stream)).events.map((one) => one.data);

    /** A duplicate is how a lost reply looks to the next try: the commit stands, and a load gives its head. */
    async function appended(result: AppendResult, stream = STREAM): Promise<Head> {
      if (subject.faulty && result.kind === "duplicate") return (await load(stream)).head;
      if (result.kind !== "appended") throw new Error(`Expected "appended", not "${result.kind}".`);
      return result.head;
    }

    /** Commits of the given sizes, one after the other; the data of every event is its version. */
    async function grow(sizes: readonly number[], stream = STREAM): Promise<Head> {
      let { head } = await load(stream);
      for (const size of sizes) {
        const { version } = head;
        const events = Array.from({ length: size }, (_, i) => event(version + i + 1));
        head = await appended(await append(head, events, `commit-${version}`), stream);
      }
      return head;
    }

    it("an unknown stream is empty, and its head is version 0", async () => {
      const { events, head } = await load();
      expect(events).toEqual([]);
      expect(head).toMatchObject({ stream: STREAM, version: 0, at: "", commitIds: new Map() });
      expect(await read({})).toEqual([]);
    });

    it("the first append makes version 1, with everything that was recorded", async () => {
      const { head } = await load();
      const one = event({ policy: null }, { actor: { kind: "person", id: "7", name: "Zoë" } });
      const result = await append(head, [one], "first");
      await appended(result);
      const { events } = await load();
      expect(events).toEqual([
        {
          ...one,
          stream: STREAM,
          version: 1,
          recordedAt: "2026-01-01T00:00:00.000Z",
          commitId: "first",
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ]);
      if (result.kind === "appended") expect(result.events).toEqual(events);
    });

    it("n events in one commit have n versions, one time and one hash", async () => {
      await grow([3, 2]);
      const { events, head } = await load();
      expect(events.map((one) => one.version)).toEqual([1, 2, 3, 4, 5]);
      expect(new Set(events.slice(0, 3).map((one) => one.hash)).size).toBe(1);
      expect(new Set(events.map((one) => one.hash)).size).toBe(2);
      expect(head).toMatchObject({ version: 5, hash: events[4]?.hash });
      expect([...head.commitIds.keys()]).toEqual(["commit-0", "commit-3"]);
    });

    it("the head that an append gives is the head that a load gives, and the next append takes it", async () => {
      const head = await grow([1, 2]);
      expect(await load()).toMatchObject({ head });
      await appended(await append(head, [event("next")], "next"));
      expect(await data()).toEqual([1, 2, 3, "next"]);
    });

    it("a stale head writes nothing", async () => {
      const { head: stale } = await load();
      await grow([2, 3]);
      expect(await append(stale, [event("late")], "late")).toEqual({ kind: "conflict" });
      expect(await append(stale, [event("a"), event("b"), event("c")], "late")).toEqual({ kind: "conflict" });
      expect(await data()).toEqual([1, 2, 3, 4, 5]);
    });

    it("the same commitId again is a duplicate: at once, with the old head, after later commits, after a load", async () => {
      const { head: empty } = await load();
      const once = [event("once"), event("twice")];
      const head = await appended(await append(empty, once, "id"));
      const duplicate = { kind: "duplicate" };
      expect(await append(empty, once, "id")).toEqual(duplicate);
      expect(await append(head, once, "id")).toEqual(duplicate);
      const later = await grow([1, 1]);
      expect(await append(empty, once, "id")).toEqual(duplicate);
      expect(await append(later, once, "id")).toEqual(duplicate);
      expect(await append((await load()).head, once, "id")).toEqual(duplicate);
      expect(await data()).toEqual(["once", "twice", 3, 4]);
    });

    it("a duplicate whose times and cause differ is one all the same, and the first writer's stand", async () => {
      const { head } = await load();
      const later = await appended(await append(head, [event(1)], "id"));
      subject.setNow("2026-02-02T00:00:00.000Z");
      const again = event(1, { occurredAt: "2026-02-02T00:00:00.000Z", causationId: "message-2" });
      expect(await append(head, [again], "id")).toEqual({ kind: "duplicate" });
      expect(await append(later, [again], "id")).toEqual({ kind: "duplicate" });
      const [first] = (await load()).events;
      expect(first).toMatchObject({ occurredAt: event(1).occurredAt, causationId: "message-1" });
      expect(first?.recordedAt).toBe("2026-01-01T00:00:00.000Z");
    });

    it("the same commitId with another type, other data or another number of events is an error", async () => {
      const { head: empty } = await load();
      const head = await appended(await append(empty, [event({ a: 1 })], "id"));
      const others = [
        [event({ a: 2 })],
        [event({ a: 1 }, { type: "X" })],
        [event({ a: 1 }), event({ a: 1 })],
      ];
      for (const at of [empty, head])
        for (const other of others)
          await expect(append(at, other, "id")).rejects.toMatchObject({ code: "commit-id-reused" });
      expect(await data()).toEqual([{ a: 1 }]);
    });

    it("of k writers at one head one wins, and the others are told of a conflict", async () => {
      for (const round of [1, 2, 3]) {
        const { head } = await load();
        const racers = Array.from({ length: 8 }, (_, i) =>
          append(head, [event(`${round}-${i}`)], `racer-${round}-${i}`),
        );
        const kinds = (await Promise.all(racers)).map((result) => result.kind);
        expect(kinds.filter((kind) => kind === "conflict")).toHaveLength(7);
        expect((await load()).events).toHaveLength(round);
      }
    });

    it("two deliveries of one message at once make one commit", async () => {
      const { head } = await load();
      const both = await Promise.all([append(head, [event("x")], "id"), append(head, [event("x")], "id")]);
      const kinds = both.map((result) => result.kind);
      if (!subject.faulty) expect(kinds.sort()).toEqual(["appended", "duplicate"]);
      expect(kinds).not.toContain("conflict");
      expect(await data()).toEqual(["x"]);
    });

    it("reads beyond 1 MB are complete", async () => {
      let { head } = await load();
      // Text that compression cannot shrink below a page.
      const noise = (seed: number) => {
        let x = seed;
        return Array.from({ length: 100_000 }, () => {
          x = (x * 48_271) % 2_147_483_647;
          return String.fromCharCode(33 + (x % 90));
        }).join("");
      };
      for (let i = 1; i <= 16; i += 1)
        head = await appended(await append(head, [event(noise(i))], `big-${i}`));
      const { events, head: loaded } = await load();
      expect(events.map((one) => one.data === noise(one.version))).toEqual(new Array(16).fill(true));
      expect(loaded).toEqual(head);
      if (!subject.faulty) expect(await read({})).toHaveLength(16);
    });

    it("a partial read gives events of the range and no head", async () => {
      await grow([1, 3, 2, 1]);
      if (subject.faulty) return;
      const versions = async (options: Parameters<typeof read>[0]) =>
        (await read(options)).map((one) => one.version);
      expect(await versions({})).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(await versions({ from: 3 })).toEqual([3, 4, 5, 6, 7]);
      expect(await versions({ from: 3, to: 5 })).toEqual([3, 4, 5]);
      expect(await versions({ to: 3 })).toEqual([1, 2, 3]);
      expect(await versions({ limit: 2 })).toEqual([1, 2]);
      expect(await versions({ from: 4, limit: 2 })).toEqual([4, 5]);
      expect(await versions({ from: 4, limit: 1 })).toEqual([4]);
      expect(await versions({ reverse: true })).toEqual([7, 6, 5, 4, 3, 2, 1]);
      expect(await versions({ reverse: true, limit: 3 })).toEqual([7, 6, 5]);
      expect(await versions({ reverse: true, to: 3, limit: 1 })).toEqual([3]);
      expect(await versions({ reverse: true, from: 3, to: 5 })).toEqual([5, 4, 3]);
      expect(await versions({ from: 8 })).toEqual([]);
      expect(await versions({ from: 5, to: 4 })).toEqual([]);
      expect(await versions({ from: 4, to: 4 })).toEqual([4]);
      expect(await versions({ reverse: true, from: 4, to: 4 })).toEqual([4]);
      expect(await read({ from: 3, to: 5 })).toEqual((await load()).events.slice(2, 5));
    });

    it("a consistent partial read sees what was appended just now", async () => {
      await grow([1, 2]);
      expect((await read({ from: 2, consistent: true })).map((one) => one.version)).toEqual([2, 3]);
      expect(await read({ from: 4, consistent: true })).toEqual([]);
    });

    it("a read that is stale is a prefix of the truth", async () => {
      await grow([1, 3, 2, 1]);
      const { events } = await load();
      for (let i = 0; i < 20; i += 1) {
        const seen = await read({});
        expect(seen).toEqual(events.slice(0, seen.length));
      }
    });

    it("a range that is none is refused", async () => {
      for (const options of [{ from: 0 }, { to: 1.5 }, { limit: -1 }, { from: Number.NaN }])
        await expect(read(options)).rejects.toMatchObject({ code: "bad-read" });
    });

    it("nobody can make a gap: a head comes from a load or an append, and is good for its own stream", async () => {
      const head = await grow([3]);
      const bad = { code: "bad-append" };
      await expect(append({ ...head, version: 2 }, [event(1)], "forged")).rejects.toMatchObject(bad);
      await expect(append({ ...head }, [event(1)], "forged")).rejects.toMatchObject(bad);
      const { head: other } = await load(OTHER);
      await expect(
        persist(() => subject.store.append(STREAM, other, [event(1)], { commitId: "x" })),
      ).rejects.toMatchObject(bad);
      expect(await data()).toEqual([1, 2, 3]);
    });

    it("a commit needs a stream, an event and a commitId", async () => {
      const { head } = await load();
      await expect(append(head, [], "id")).rejects.toMatchObject({ code: "bad-append" });
      await expect(append(head, [event(1)], "")).rejects.toMatchObject({ code: "bad-append" });
    });

    it("unicode, empty strings and every kind of JSON come back as they were", async () => {
      const odd = {
        "": "",
        empty: [[], {}, null, false, 0, -1.5, 1e300, 5e-324],
        text: 'Zoë e\u0301 \u{1f600} \ud800 \u0000 \u2028 \ufeff \\ " \n',
        ["__proto__"]: { x: 1 },
        "10": 1,
        "9": 2,
      };
      const { head } = await load();
      await append(head, [event(odd, { correlationId: "" }), event(""), event(null)], "ünï-\u{1f600}");
      expect(await data()).toEqual([odd, "", null]);
      expect((await load()).events[0]?.commitId).toBe("ünï-\u{1f600}");
    });

    it("a member that is undefined is not recorded; what JSON would change is refused before the call", async () => {
      const { head } = await load();
      for (const value of [
        Number.NaN,
        Number.POSITIVE_INFINITY,
        [undefined],
        () => 1,
        1n,
        new Date(0),
        new Map(),
      ])
        await expect(append(head, [event({ value })], "odd")).rejects.toMatchObject({
          code: "not-canonical",
        });
      expect(await data()).toEqual([]);
      await append(head, [event({ a: undefined, b: 1 })], "id");
      expect(await data()).toEqual([{ b: 1 }]);
      expect(await append(head, [event({ b: 1 })], "id")).toEqual({ kind: "duplicate" });
    });

    it("what does not fit into one item is refused before the call", async () => {
      const { head } = await load();
      let seed = 1;
      const incompressible = Array.from({ length: 300_000 }, () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed;
      });
      await expect(append(head, [event(incompressible)], "huge")).rejects.toMatchObject({
        code: "event-too-large",
        retryable: false,
      });
      expect(await data()).toEqual([]);
      // As large, but all alike: compressed it fits.
      await append(head, [event("a".repeat(2_000_000))], "large");
      expect(await data()).toEqual(["a".repeat(2_000_000)]);
    });

    it("streams are isolated, also when the name of one begins with the other's", async () => {
      await grow([2]);
      await grow([1, 1, 1], OTHER);
      expect(await data()).toEqual([1, 2]);
      expect(await data(OTHER)).toEqual([1, 2, 3]);
      expect(await load("role#arn")).toMatchObject({ events: [] });
    });

    it("the prefix never changes", async () => {
      let before = (await load()).events;
      for (const size of [1, 4, 2, 1]) {
        await grow([size]);
        const { events } = await load();
        expect(events.slice(0, before.length)).toEqual(before);
        before = events;
      }
    });

    it("recordedAt never decreases, though the clock goes back", async () => {
      subject.setNow("2026-05-05T00:00:00.000Z");
      await grow([1]);
      subject.setNow("2026-04-04T00:00:00.000Z");
      await grow([1]);
      subject.setNow("2026-06-06T00:00:00.000Z");
      await grow([1]);
      const times = (await load()).events.map((one) => one.recordedAt);
      expect(times).toEqual([
        "2026-05-05T00:00:00.000Z",
        "2026-05-05T00:00:00.000Z",
        "2026-06-06T00:00:00.000Z",
      ]);
    });

    it("the hash chain holds over streams of any commits, and a hash depends on all that went before", async () => {
      await grow([1, 3, 2]);
      await grow([1, 3, 2], OTHER);
      const verified = await verifyAll(subject.scan, LATE);
      expect(verified).toEqual({ streams: 2, events: 12, broken: [] });
      const hashes = (events: readonly { hash: string }[]) => new Set(events.map((one) => one.hash));
      expect(hashes([...(await load()).events, ...(await load(OTHER)).events]).size).toBe(6);
    });

    it("the same commit after another past has another hash", async () => {
      const hashOfSecond = async (first: unknown) => {
        subject = await make();
        const { head } = await load();
        const next = await appended(await append(head, [event(first)], "first"));
        return (await appended(await append(next, [event("second")], "second"))).hash;
      };
      expect(await hashOfSecond(1)).toBe(await hashOfSecond(1));
      expect(await hashOfSecond(1)).not.toBe(await hashOfSecond(2));
    });

    it("a scan names every stream once, by prefix", async () => {
      await grow([1, 1], STREAM);
      await grow([1], OTHER);
      await grow([1], "app#1#shop");
      const names = async (prefix?: string) => {
        const found: string[] = [];
        for await (const stream of subject.scan.streams(prefix)) found.push(stream);
        return found.sort();
      };
      expect(await names()).toEqual(["app#1#shop", STREAM, OTHER].sort());
      expect(await names("role#")).toEqual([STREAM, OTHER].sort());
      expect(await names("run#")).toEqual([]);
    });

    it("only run streams may expire", async () => {
      const { head } = await load("run#1");
      await appended(await append(head, [event(1)], { commitId: "id", ttl: 1_900_000_000 }), "run#1");
      expect(await data("run#1")).toEqual([1]);
      const { head: role } = await load();
      const expiring = append(role, [event(1)], { commitId: "id", ttl: 1_900_000_000 });
      await expect(expiring).rejects.toMatchObject({ code: "bad-append" });
    });

    it("every commit of a run expires with its first, whatever a later append asks for", async () => {
      const { head } = await load("run#1");
      await appended(await append(head, [event(1)], { commitId: "first", ttl: 1_900_000_000 }), "run#1");
      const { head: next } = await load("run#1");
      const last = await appended(await append(next, [event(2)], "second"), "run#1");
      await appended(await append(last, [event(3)], { commitId: "third", ttl: 2_000_000_000 }), "run#1");
      const expiries: (number | null)[] = [];
      for await (const { ttl } of subject.scan.commits("run#1")) expiries.push(ttl);
      expect(expiries).toEqual([1_900_000_000, 1_900_000_000, 1_900_000_000]);
    });
  });
}
