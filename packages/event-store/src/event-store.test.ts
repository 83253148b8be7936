import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { losingReplies, type Meter, metered } from "../../../test/support/clients.ts";
import { skipUnless } from "../../../test/support/skip.ts";
import { java, startDynalite, startDynamoDbLocal, type TableServer } from "../../../test/support/tables.ts";
import { type ContractSubject, event, eventStoreContract } from "./contract.ts";
import { dynamoEventStore } from "./dynamo.ts";
import { type FaultRates, faultyEventStore } from "./faulty.ts";
import { memoryEventStore } from "./memory.ts";
import type { EventStore } from "./types.ts";

const STREAM = "role#arn:aws:iam::111122223333:role/ci/shop-prod#AROAEXAMPLE";

function turnedClock() {
  let time = new Date("2026-01-01T00:00:00.000Z");
  return {
    now: () => time,
    setNow: (text: string) => {
      time = new Date(text);
    },
  };
}

/** Park and Miller's generator: the same seed, the same faults. */
function seeded(seed: number): () => number {
  let x = seed;
  return () => {
    x = (x * 48_271) % 2_147_483_647;
    return x / 2_147_483_647;
  };
}

const RATES: FaultRates = { before: 0.2, lostReply: 0.4, stale: 0.5 };
let seed = 1;
function faulty(subject: ContractSubject): ContractSubject {
  seed += 1;
  return {
    ...subject,
    store: faultyEventStore(subject.store, { ...RATES, random: seeded(seed) }),
    faulty: true,
  };
}

async function onMemory(): Promise<ContractSubject> {
  const { now, setNow } = turnedClock();
  const store = memoryEventStore({ clock: { now } });
  return { store, scan: store, setNow };
}

eventStoreContract("memory", onMemory);
eventStoreContract("memory, through faults", async () => faulty(await onMemory()));

/** The contract on one server; `body` gets a way to make stores over clients that it has prepared. */
function onTables(name: string, start: () => Promise<TableServer>): void {
  let server: TableServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  const make = async (client = server.client()): Promise<ContractSubject> => {
    const { now, setNow } = turnedClock();
    const store = dynamoEventStore({ client, table: await server.freshTable(), clock: { now } });
    return { store, scan: store, setNow };
  };
  eventStoreContract(name, () => make());
  eventStoreContract(`${name}, through faults`, async () => faulty(await make()));
  lostReplies(() => server);
  costs(() => server);
}

describe("on dynalite", () => onTables("dynalite", startDynalite));
skipUnless(java)("on DynamoDB Local", () => onTables("DynamoDB Local", startDynamoDbLocal));

function lostReplies(server: () => TableServer): void {
  describe("a reply that is lost on the wire", () => {
    async function losing(lose: () => boolean): Promise<EventStore> {
      const loses = (operation: string) => operation === "PutItemCommand" && lose();
      const client = losingReplies(server().client(), loses);
      const clock = { now: () => new Date("2026-01-01T00:00:00Z") };
      return dynamoEventStore({ client, table: await server().freshTable(), clock });
    }

    it("and the SDK's own retry, which meets its own write, make one commit and no conflict", async () => {
      let puts = 0;
      const store = await losing(() => {
        puts += 1;
        return puts === 1;
      });
      const { head } = await store.load(STREAM);
      const result = await store.append(STREAM, head, [event(1)], { commitId: "id" });
      expect(result).toEqual({ kind: "duplicate" });
      expect(puts).toBe(2);
      expect((await store.load(STREAM)).events.map((one) => one.version)).toEqual([1]);
    });

    it("until the SDK gives up is an error that may be tried again, and then a duplicate", async () => {
      let broken = true;
      const store = await losing(() => broken);
      const { head } = await store.load(STREAM);
      const append = () => store.append(STREAM, head, [event(1)], { commitId: "id" });
      await expect(append()).rejects.toMatchObject({ code: "store-unavailable", retryable: true });
      broken = false;
      expect(await append()).toEqual({ kind: "duplicate" });
      expect((await store.load(STREAM)).events).toHaveLength(1);
    });
  });
}

function costs(server: () => TableServer): void {
  describe("capacity units", () => {
    async function priced(): Promise<{
      store: EventStore;
      cost: (what: () => Promise<unknown>) => Promise<Omit<Meter, "requests">>;
    }> {
      const client = server().client();
      const meter = metered(client);
      const clock = { now: () => new Date("2026-01-01T00:00:00Z") };
      const store = dynamoEventStore({ client, table: await server().freshTable(), clock });
      const cost = async (what: () => Promise<unknown>) => {
        const before = { ...meter };
        await what();
        return { reads: meter.reads - before.reads, writes: meter.writes - before.writes };
      };
      return { store, cost };
    }

    it("an append of less than 1 KB is one write and no read; a known duplicate is free", async () => {
      const { store, cost } = await priced();
      const { head } = await store.load(STREAM);
      const append = () => store.append(STREAM, head, [event(1)], { commitId: "id" });
      expect(await cost(append)).toEqual({ reads: 0, writes: 1 });
      const { head: later } = await store.load(STREAM);
      const again = () => store.append(STREAM, later, [event(1)], { commitId: "id" });
      expect(await cost(again)).toEqual({ reads: 0, writes: 0 });
    });

    it("a conflict costs one consistent read of one item", async () => {
      const { store, cost } = await priced();
      const { head } = await store.load(STREAM);
      await store.append(STREAM, head, [event(1)], { commitId: "id" });
      const conflict = () => store.append(STREAM, head, [event(1)], { commitId: "other" });
      expect((await cost(conflict)).reads).toBe(1);
    });

    it("a load costs one read for each 4 KB of the whole stream, a partial read half of it or less", async () => {
      const { store, cost } = await priced();
      expect(await cost(() => store.load(STREAM))).toMatchObject({ writes: 0 });
      let { head } = await store.load(STREAM);
      for (let i = 0; i < 16; i += 1) {
        const result = await store.append(STREAM, head, [event("x".repeat(300))], { commitId: `${i}` });
        if (result.kind === "appended") head = result.head;
      }
      // 16 items of some 750 bytes.
      expect(await cost(() => store.load(STREAM))).toEqual({ reads: 3, writes: 0 });
      expect(await cost(() => store.read(STREAM, {}))).toEqual({ reads: 1.5, writes: 0 });
      expect(await cost(() => store.read(STREAM, { reverse: true, limit: 1 }))).toEqual({
        reads: 0.5,
        writes: 0,
      });
      // The end of a stream, however long it is: its last item.
      expect(await cost(() => store.read(STREAM, { from: 16, consistent: true }))).toEqual({
        reads: 1,
        writes: 0,
      });
    });
  });
}
