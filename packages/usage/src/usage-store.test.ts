import { type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { metered } from "../../../test/support/clients.ts";
import { skipUnless } from "../../../test/support/skip.ts";
import { java, startDynalite, startDynamoDbLocal, type TableServer } from "../../../test/support/tables.ts";
import { did, mark, permission, usageStoreContract } from "./contract.ts";
import { dynamoUsageStore } from "./dynamo.ts";
import { memoryUsageStore } from "./memory.ts";

const ROLE = "arn:aws:iam::111122223333:role/ci/shop-prod";
const OTHER = "arn:aws:iam::111122223333:role/ci/other";
const HOUR = "2026-03-01T10";

usageStoreContract("memory", async () => memoryUsageStore());

function onTables(start: () => Promise<TableServer>, name: string): void {
  let server: TableServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());
  usageStoreContract(name, async () =>
    dynamoUsageStore({ client: server.client(), table: await server.freshTable() }),
  );
}

describe("on dynalite", () => {
  onTables(startDynalite, "dynalite");
  crashes();
});
skipUnless(java)("on DynamoDB Local", () => onTables(startDynamoDbLocal, "DynamoDB Local"));

function crashes(): void {
  describe("usage store: what a crash, a race or a throttle leaves behind", () => {
    let server: TableServer;
    let table: string;
    beforeAll(async () => {
      server = await startDynalite();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      table = await server.freshTable();
    });
    const over = (client: DynamoDBClient) => dynamoUsageStore({ client, table });
    const marksOf = () => over(server.client()).marks("111122223333", "eu-central-1", HOUR, HOUR);
    const actions = async (role: string) =>
      (await over(server.client()).usageOf(role, HOUR, HOUR)).flatMap(({ permissions }) =>
        permissions.map(({ action }) => action),
      );
    const many = (count: number, action: string) =>
      Array.from({ length: count }, (_, i) =>
        permission(`${action}${i}`, { resource: `arn:aws:s3:::${"r".repeat(1000)}/${i}` }),
      );

    /** A client whose process dies at its n-th call: that call and all later ones are never sent. */
    function dyingAt(call: number): DynamoDBClient {
      const client = server.client();
      let calls = 0;
      client.middlewareStack.add(
        (next) => async (args) => {
          calls += 1;
          if (calls >= call) throw Object.assign(new Error("killed"), { $metadata: { httpStatusCode: 400 } });
          return await next(args);
        },
        { step: "initialize", name: "dying" },
      );
      return client;
    }

    it("a crash before any call leaves, after the hour was read again, only what the last reading saw", async () => {
      for (let call = 1; ; call += 1) {
        table = await server.freshTable();
        await over(server.client()).putHour(mark(HOUR), [did(ROLE, ...many(900, "a:A"))]);
        const second = [did(OTHER, ...many(700, "b:B"))];
        const died = await over(dyingAt(call))
          .putHour(mark(HOUR), second)
          .then(
            () => false,
            () => true,
          );
        await over(server.client()).putHour(mark(HOUR), [did(ROLE, permission("c:C"))]);
        expect(await actions(ROLE)).toEqual(["c:C"]);
        expect(await actions(OTHER)).toEqual([]);
        const { Items = [] } = await server.client().send(new ScanCommand({ TableName: table }));
        expect(Items.map(({ sk }) => sk?.S).sort()).toEqual([HOUR, `${HOUR}#eu-central-1#111122223333#0`]);
        if (!died) break;
        expect(call).toBeLessThan(10);
      }
    });

    it("an hour that was never read to its end is not marked", async () => {
      await expect(over(dyingAt(2)).putHour(mark(HOUR), [did(ROLE)])).rejects.toMatchObject({
        code: "usage-refused",
      });
      expect(await marksOf()).toEqual([]);
      await over(server.client()).putHour(mark(HOUR), [did(ROLE)]);
      expect(await marksOf()).toEqual([mark(HOUR)]);
    });

    it("a role's split hour is the old one or the new one at any moment, never a mixture", async () => {
      await over(server.client()).putHour(mark(HOUR), [did(ROLE, ...many(900, "a:A"))]);
      const before = await actions(ROLE);
      await expect(
        over(dyingAt(3)).putHour(mark(HOUR), [did(ROLE, ...many(900, "b:B"))]),
      ).rejects.toMatchObject({ code: "usage-refused" });
      expect(await actions(ROLE)).toEqual(before);
    });

    it("of two who read one hour at once, the one who was overtaken must read it again", async () => {
      const slow = server.client();
      let overtake = async () => {};
      slow.middlewareStack.add(
        (next, context) => async (args) => {
          if (context.commandName === "BatchWriteItemCommand") await overtake();
          return await next(args);
        },
        { step: "initialize", name: "slow" },
      );
      const late = [{ key: "late", etag: "z" }];
      overtake = async () => {
        overtake = async () => {};
        await over(server.client()).putHour(mark(HOUR, { files: late }), [did(ROLE, permission("new:New"))]);
      };
      const old = over(slow).putHour(mark(HOUR), [did(ROLE, permission("old:Old"))]);
      await expect(old).rejects.toMatchObject({ code: "hour-contended", retryable: true });
      expect(await marksOf()).toEqual([mark(HOUR, { files: late })]);
    });

    it("items that DynamoDB leaves unprocessed are written again", async () => {
      const client = server.client();
      let throttles = 2;
      client.middlewareStack.add(
        (next, context) => async (args) => {
          if (context.commandName !== "BatchWriteItemCommand" || throttles === 0) return await next(args);
          throttles -= 1;
          const { RequestItems } = args.input as { RequestItems: unknown };
          return { output: { UnprocessedItems: RequestItems, $metadata: {} }, response: {} };
        },
        { step: "initialize", name: "throttled" },
      );
      await over(client).putHour(mark(HOUR), [did(ROLE, permission("s3:A"))]);
      expect(throttles).toBe(0);
      expect(await actions(ROLE)).toEqual(["s3:A"]);
    });

    it("an hour without any usage costs one put", async () => {
      const client = server.client();
      const meter = metered(client);
      await over(client).putHour(mark(HOUR), []);
      expect(meter).toEqual({ requests: 1, reads: 0, writes: 1 });
    });

    it("usage and marks expire 400 days after they were read", async () => {
      await over(server.client()).putHour(mark(HOUR), [did(ROLE, ...many(900, "a:A"))]);
      const { Items = [] } = await server.client().send(new ScanCommand({ TableName: table }));
      const expiry = Date.parse("2026-03-01T12:00:00Z") / 1000 + 400 * 86_400;
      expect(Items.length).toBeGreaterThan(3);
      expect(new Set(Items.map(({ ttl }) => ttl?.N))).toEqual(new Set([String(expiry)]));
    });
  });
}
