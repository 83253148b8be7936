import { dynamoEventStore } from "@plp/event-store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { metered } from "../../../test/support/clients.ts";
import { skipUnless } from "../../../test/support/skip.ts";
import { java, startDynalite, startDynamoDbLocal, type TableServer } from "../../../test/support/tables.ts";
import { audit } from "./audit.ts";
import { indexTableContract } from "./contract.ts";
import { dynamoIndexTable } from "./dynamo.ts";
import { indexStream } from "./index-stream.ts";
import { memoryIndexTable } from "./memory.ts";
import { day, roleOf, written } from "./testing.ts";

const clock = { now: () => new Date(day(1)) };

indexTableContract("memory", async () => memoryIndexTable(clock));

function onTables(name: string, start: () => Promise<TableServer>): void {
  let server: TableServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());
  indexTableContract(name, async () =>
    dynamoIndexTable({ client: server.client(), table: await server.freshTable(), clock }),
  );

  it("a page of one filter costs what it returns, and nothing that stands beside it", async () => {
    const client = server.client();
    const table = await server.freshTable();
    const history = written();
    const id = roleOf("shop");
    await history.discover(id, day(1));
    for (let n = 2; n < 120; n += 1)
      await history.edit(id, day(n), [
        { Effect: "Allow", Action: [n % 2 ? "sqs:SendMessage" : "sqs:TagQueue"], Resource: "*" },
      ]);
    const index = dynamoIndexTable({ client, table, clock });
    for await (const stream of history.store.streams())
      await indexStream(stream, { store: history.store, index });
    const meter = metered(client);
    const cursorKey = Buffer.alloc(32);
    const page = await audit({ type: "PolicyEdited", limit: 20 }, { index, cursorKey });
    const bytes = Buffer.byteLength(JSON.stringify(page.events));
    expect(page).toMatchObject({ read: 20, events: { length: 20 } });
    // An eventually consistent read of 4 KB is half a unit; one more reads how far the index has come.
    const least = Math.ceil(bytes / 4096) / 2;
    expect(meter.reads).toBeGreaterThanOrEqual(least);
    expect(meter.reads).toBeLessThanOrEqual(least + 2.5);
  });

  it("commits and index items share a table, and neither is taken for the other", async () => {
    const client = server.client();
    const table = await server.freshTable();
    const store = dynamoEventStore({ client, table, clock });
    const { head } = await store.load("app#1#shop");
    const index = dynamoIndexTable({ client, table, clock });
    await index.putAll([{ pk: "index#month#2026-01", sk: "a", x: "1" }]);
    const event = {
      type: "X",
      schemaVersion: 1,
      occurredAt: day(1),
      correlationId: "",
      causationId: "",
      data: {},
    };
    await store.append(
      "app#1#shop",
      head,
      [{ ...event, actor: { kind: "service", id: "test", name: "test" } }],
      { commitId: "id" },
    );
    const streams: string[] = [];
    for await (const stream of store.streams()) streams.push(stream);
    expect(streams).toEqual(["app#1#shop"]);
    const keys: string[] = [];
    for await (const { pk } of index.keys()) keys.push(pk);
    expect(keys).toEqual(["index#month#2026-01"]);
  });
}

describe("on dynalite", () => onTables("dynalite", startDynalite));
skipUnless(java)("on DynamoDB Local", () => onTables("DynamoDB Local", startDynamoDbLocal));
