import { describe, expect, it } from "vitest";
import { canonicalEvents } from "./canonical.ts";
import { event } from "./contract.ts";
import { type MemoryEventStore, memoryEventStore } from "./memory.ts";
import type { CommitItem } from "./table.ts";
import { verifyAll, verifyStream } from "./verify.ts";

const STREAM = "role#arn:aws:iam::111122223333:role/ci/shop-prod#AROAEXAMPLE";
const NOW = new Date("2026-06-01T00:00:00Z");
const at = (version: number) => String(version).padStart(12, "0");

/** Commits 1, 2..4, 5 and 6; the third is large enough to be compressed. */
async function written(stream = STREAM, ttl?: number): Promise<MemoryEventStore> {
  let time = Date.parse("2026-01-01T00:00:00Z");
  const now = () => {
    time += 1000;
    return new Date(time);
  };
  const store = memoryEventStore({ clock: { now } });
  let { head } = await store.load(stream);
  const commits = [[event(1)], [event(2), event(3), event(4)], [event("text ".repeat(1000))], [event(6)]];
  for (const [i, events] of commits.entries()) {
    const options = { commitId: `commit-${i}`, ...(ttl === undefined ? {} : { ttl }) };
    const result = await store.append(stream, head, events, options);
    if (result.kind === "appended") head = result.head;
  }
  return store;
}

function flipped(bytes: Uint8Array | undefined, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes ?? []);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

describe("verification", () => {
  it("finds nothing in a stream that is as it was written", async () => {
    expect(await verifyStream(await written(), STREAM, NOW)).toEqual({ streams: 1, events: 6, broken: [] });
  });

  const changes: Record<string, (item: CommitItem) => CommitItem> = {
    n: (item) => ({ ...item, n: (item.n ?? 0) + 1 }),
    "n, missing": ({ n, ...item }) => item,
    id: (item) => ({ ...item, id: `${item.id}x` }),
    "id, missing": ({ id, ...item }) => item,
    "at, later": (item) => ({ ...item, at: "2026-01-01T00:00:59.000Z" }),
    "at, earlier": (item) => ({ ...item, at: "2025-01-01T00:00:00.000Z" }),
    "at, in other words": (item) => ({ ...item, at: item.at?.replace(".000Z", "Z") ?? "" }),
    h: (item) => ({ ...item, h: "0".repeat(64) }),
    "h, in capitals": (item) => ({ ...item, h: item.h?.toUpperCase() ?? "" }),
    "e, replaced": (item) => ({ ...item, e: Buffer.from("[]") }),
    "e, no JSON": (item) => ({ ...item, e: Buffer.from("{") }),
    "e, a trap for the stack": (item) => ({
      ...item,
      e: Buffer.from(
        canonicalEvents([event("x")]).replace('"x"', `${"[".repeat(50_000)}${"]".repeat(50_000)}`),
      ),
    }),
    "e, missing": ({ e, ...item }) => item,
    ttl: (item) => ({ ...item, ttl: 1_900_000_000 }),
  };
  for (const [what, change] of Object.entries(changes))
    for (const version of [1, 2, 5, 6])
      it(`names the commit at version ${version}, and only it, when its attribute changed: ${what}`, async () => {
        const store = await written();
        store.table.tamper(STREAM, at(version), change);
        const { broken } = await verifyStream(store, STREAM, NOW);
        expect(broken.map((one) => [one.stream, one.version])).toEqual([[STREAM, version]]);
        const attribute = new RegExp(
          `\\b${what.slice(0, what.indexOf(",") > 0 ? what.indexOf(",") : undefined)}\\b`,
        );
        expect(broken[0]?.reason).toMatch(attribute);
      });

  it("finds any changed byte of the events, compressed or not", async () => {
    for (const version of [2, 5]) {
      const length = (await written()).table.items().find((item) => item.sk === at(version))?.e?.length ?? 0;
      expect(length).toBeGreaterThan(50);
      for (let index = 0; index < length; index += 1) {
        const store = await written();
        store.table.tamper(STREAM, at(version), (item) => ({ ...item, e: flipped(item.e, index) }));
        const { broken } = await verifyStream(store, STREAM, NOW);
        expect(broken.map((one) => one.version)).toEqual([version]);
      }
    }
  });

  it("finds a commit that was moved to another place of its stream", async () => {
    for (const sk of [at(9), "x", "2", ` ${at(2)}`]) {
      const store = await written();
      store.table.tamper(STREAM, at(2), (item) => ({ ...item, sk }));
      expect((await verifyStream(store, STREAM, NOW)).broken).not.toEqual([]);
    }
  });

  it("finds a commit that was moved to another stream, also the last one", async () => {
    for (const version of [1, 6]) {
      const store = await written();
      store.table.tamper(STREAM, at(version), (item) => ({ ...item, pk: "role#other", sk: at(1), n: 1 }));
      const { broken } = await verifyAll(store, NOW);
      expect(broken.map((one) => one.stream)).toContain("role#other");
    }
  });

  it("finds a missing commit at the one that follows it, and tells of it once", async () => {
    for (const [gone, found] of [
      [1, 2],
      [2, 5],
      [5, 6],
    ] as const) {
      const store = await written();
      store.table.tamper(STREAM, at(gone), () => null);
      const { broken } = await verifyStream(store, STREAM, NOW);
      expect(broken.map((one) => one.version)).toEqual([found]);
    }
  });

  it("a run that DynamoDB has begun to remove is not broken; one that is still to live is", async () => {
    const ttl = NOW.getTime() / 1000 - 1;
    const store = await written("run#1", ttl);
    store.table.tamper("run#1", at(1), () => null);
    expect((await verifyStream(store, "run#1", NOW)).broken).toEqual([]);
    const before = new Date(NOW.getTime() - 60_000);
    expect((await verifyStream(store, "run#1", before)).broken).toHaveLength(1);
  });

  it("names the commit of a run whose time to live was changed or taken away", async () => {
    for (const ttl of [{ ttl: 1_900_000_001 }, {}]) {
      const store = await written("run#1", 1_900_000_000);
      store.table.tamper("run#1", at(5), ({ ttl: _was, ...item }) => ({ ...item, ...ttl }));
      const { broken } = await verifyStream(store, "run#1", NOW);
      expect(broken).toMatchObject([{ version: 5, reason: expect.stringMatching(/^ttl is /) }]);
    }
  });

  it("counts streams and events over all streams of a prefix", async () => {
    const store = await written();
    expect(await verifyAll(store, NOW, "role#")).toEqual({ streams: 1, events: 6, broken: [] });
    expect(await verifyAll(store, NOW, "app#")).toEqual({ streams: 0, events: 0, broken: [] });
  });

  it("nothing is decided from a damaged stream: a load, a read and an append that meets the damage refuse", async () => {
    const store = await written();
    const damaged = { code: "stream-damaged", message: expect.stringContaining("plp verify") };
    store.table.tamper(STREAM, at(2), (item) => ({ ...item, e: Buffer.from("[]") }));
    await expect(store.load(STREAM)).rejects.toMatchObject(damaged);
    await expect(store.read(STREAM, { from: 3 })).rejects.toMatchObject(damaged);
    expect(await store.read(STREAM, { from: 5 })).toHaveLength(2);
    const swapped = await written();
    swapped.table.tamper(STREAM, at(5), (item) => ({ ...item, id: "other" }));
    await expect(swapped.load(STREAM)).rejects.toMatchObject(damaged);
  });

  it("a run that is half removed says so instead of looking like a new one", async () => {
    const store = await written("run#1", Date.parse("2026-01-01T00:00:00Z") / 1000);
    store.table.tamper("run#1", at(1), () => null);
    await expect(store.load("run#1")).rejects.toMatchObject({ code: "stream-expired" });
  });
});
