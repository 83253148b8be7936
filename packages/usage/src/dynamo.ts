import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
  paginateQuery,
  UpdateItemCommand,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { sdkFault, UsageError } from "./errors.ts";
import {
  expiryOf,
  itemsOf,
  markOf,
  packMark,
  roleUsageOf,
  TORN,
  type UsageItem,
  writtenItem,
  writtenName,
} from "./items.ts";
import { checkHour, checkRole, checkRoles, checkTrailHour, markKey, slotRange, usageKey } from "./keys.ts";
import type { HourMark, UsageStore } from "./types.ts";

export interface DynamoUsageStoreOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
}

const BATCH = 25;
/** Of one BatchWriteItem: DynamoDB takes 16 MB. */
const BATCH_BYTES = 8 * 1024 * 1024;
const UNPROCESSED_TRIES = 8;
const TORN_TRIES = 5;

type Attributes = Record<string, AttributeValue>;

/**
 * Usage in DynamoDB. An hour in which nobody did anything costs one put. Otherwise: the mark first takes down every
 * key that is about to be written (beside those of earlier readings) and a number of its own; then the items are
 * written, the surplus ones deleted, and the mark is replaced if its number is still the same. Whoever crashes on the way
 * leaves an hour that is not marked (or still as it was), and a list by which the next reading cleans up; of two
 * who read one hour at once, the one who was overtaken gets `hour-contended` and must read the hour again.
 */
export function dynamoUsageStore({ client, table }: DynamoUsageStoreOptions): UsageStore {
  return {
    async putHour(mark, usage) {
      checkTrailHour(mark);
      checkRoles(usage.map(({ roleArn }) => roleArn));
      const items = usage.flatMap((one) => itemsOf(mark, one));
      const expiry = expiryOf(mark.readAt);
      if (
        items.length === 0 &&
        (await putMark(mark, expiry, { ConditionExpression: "attribute_not_exists(w)" }))
      )
        return;

      const names = new Map(items.map((item) => [writtenName(item, mark), item]));
      const { number, written } = await claim(mark, expiry, [...names.keys()]);
      // Parts before the items that name them; those that nothing names any more go last.
      await write(items.filter(isPart).map((item) => put(item, expiry)));
      await write(items.filter((item) => !isPart(item)).map((item) => put(item, expiry)));
      const surplus = written.filter((name) => !names.has(name)).map((name) => writtenItem(name, mark));
      await write(
        surplus.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk: { S: pk }, sk: { S: sk } } } })),
      );

      const mine = { ConditionExpression: "v = :v", ExpressionAttributeValues: { ":v": { N: number } } };
      const rest = { v: { N: number }, ...(names.size === 0 ? {} : { w: { SS: [...names.keys()] } }) };
      if (await putMark(mark, expiry, mine, rest)) return;
      throw new UsageError(
        "hour-contended",
        `${mark.accountId} ${mark.region} ${mark.hour} was read by somebody else at the same time: read it again.`,
        true,
      );
    },

    async marks(accountId, region, from, to) {
      checkTrailHour({ accountId, region, hour: from });
      checkHour(to);
      const rows = await query(markKey(accountId, region), from, to);
      return rows.flatMap(({ sk, readAt, m }) => {
        // Without readAt an hour is being read for the first time, or somebody crashed over it: not read.
        if (readAt?.S === undefined) return [];
        return [markOf({ accountId, region, hour: sk?.S ?? "" }, readAt.S, m?.B)];
      });
    },

    async usageOf(roleArn, from, to) {
      checkRole(roleArn);
      checkHour(from);
      checkHour(to);
      const { first, last } = slotRange(from, to);
      for (let tries = 0; tries < TORN_TRIES; tries += 1) {
        const rows = await query(usageKey(roleArn), first, last);
        const usage = roleUsageOf(roleArn, rows.map(usageItem));
        if (usage !== TORN) return usage;
      }
      throw new UsageError(
        "usage-damaged",
        `The usage of ${roleArn} from ${from} to ${to} lacks a part: have those hours read again.`,
        true,
      );
    },
  };

  async function query(pk: string, from: string, to: string): Promise<readonly Attributes[]> {
    const input = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
      ExpressionAttributeValues: { ":pk": { S: pk }, ":from": { S: from }, ":to": { S: to } },
    };
    if (from > to) return [];
    const rows: Attributes[] = [];
    try {
      for await (const page of paginateQuery({ client }, input)) rows.push(...(page.Items ?? []));
    } catch (error) {
      throw sdkFault(error, `read ${pk} from table ${table}`);
    }
    return rows;
  }

  /** Takes down what will be written. Answers with the number of this reading, and all that is or may be there. */
  async function claim(mark: HourMark, expiry: number, names: readonly string[]) {
    const add = names.length === 0 ? "" : ", w :w";
    try {
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf(mark),
          UpdateExpression: `SET #ttl = :ttl ADD v :one${add}`,
          ExpressionAttributeNames: { "#ttl": "ttl" },
          ExpressionAttributeValues: {
            ":ttl": { N: String(expiry) },
            ":one": { N: "1" },
            ...(names.length === 0 ? {} : { ":w": { SS: [...names] } }),
          },
          ReturnValues: "ALL_NEW",
        }),
      );
      return { number: Attributes?.v?.N ?? "", written: Attributes?.w?.SS ?? [] };
    } catch (error) {
      throw sdkFault(
        error,
        `begin the hour ${mark.hour} of ${mark.accountId} ${mark.region} in table ${table}`,
      );
    }
  }

  async function putMark(
    mark: HourMark,
    expiry: number,
    condition: Partial<PutItemCommandInput>,
    rest: Attributes = {},
  ): Promise<boolean> {
    const Item = {
      ...keyOf(mark),
      readAt: { S: mark.readAt },
      m: { B: packMark(mark) },
      ttl: { N: String(expiry) },
      ...rest,
    };
    try {
      await client.send(new PutItemCommand({ TableName: table, Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw sdkFault(
        error,
        `mark the hour ${mark.hour} of ${mark.accountId} ${mark.region} in table ${table}`,
      );
    }
  }

  async function write(requests: readonly WriteRequest[]): Promise<void> {
    for (const batch of batches(requests)) {
      let left: WriteRequest[] = batch;
      for (let tries = 0; left.length > 0; tries += 1) {
        if (tries === UNPROCESSED_TRIES)
          throw new UsageError(
            "usage-unavailable",
            `Table ${table} left ${left.length} items unwritten ${tries} times: try again.`,
            true,
          );
        if (tries > 0) await new Promise((next) => setTimeout(next, 2 ** tries * 10));
        try {
          const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
          left = answer.UnprocessedItems?.[table] ?? [];
        } catch (error) {
          throw sdkFault(error, `write usage to table ${table}`);
        }
      }
    }
  }
}

function isPart(item: UsageItem): boolean {
  return !item.sk.endsWith("#0");
}

function keyOf({ accountId, region, hour }: HourMark): {
  readonly pk: AttributeValue;
  readonly sk: AttributeValue;
} {
  return { pk: { S: markKey(accountId, region) }, sk: { S: hour } };
}

function put({ pk, sk, u, g, p }: UsageItem, expiry: number): WriteRequest {
  const parts: Attributes = g === undefined ? {} : { g: { S: g }, p: { N: String(p ?? 1) } };
  const Item = { pk: { S: pk }, sk: { S: sk }, u: { B: u }, ttl: { N: String(expiry) }, ...parts };
  return { PutRequest: { Item } };
}

function usageItem({ pk, sk, u, g, p }: Attributes): UsageItem {
  return {
    pk: pk?.S ?? "",
    sk: sk?.S ?? "",
    u: u?.B ?? new Uint8Array(),
    ...(g?.S === undefined ? {} : { g: g.S }),
    ...(p?.N === undefined ? {} : { p: Number(p.N) }),
  };
}

function* batches(requests: readonly WriteRequest[]): Iterable<WriteRequest[]> {
  let batch: WriteRequest[] = [];
  let bytes = 0;
  for (const request of requests) {
    const size = request.PutRequest?.Item?.u?.B?.length ?? 0;
    if (batch.length === BATCH || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(request);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
