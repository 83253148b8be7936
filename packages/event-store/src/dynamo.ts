import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  paginateScan,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import { sdkFault } from "./sdk-fault.ts";
import { eventStoreOver, type StoreClock } from "./store.ts";
import type { CommitItem, CommitTable } from "./table.ts";
import type { EventStore, StoreScan } from "./types.ts";

export interface DynamoEventStoreOptions {
  readonly client: DynamoDBClient;
  /** Name of a table made from tableDefinition. */
  readonly table: string;
  readonly clock: StoreClock;
}

/**
 * The event store on DynamoDB, DynamoDB Local or dynalite: one item per commit, written by one conditional put. Throws
 * StoreError; `store-unavailable` is retryable, and the SDK has retried it already.
 */
export function dynamoEventStore({ client, table, clock }: DynamoEventStoreOptions): EventStore & StoreScan {
  return eventStoreOver(dynamoTable(client, table), clock);
}

type Attributes = Record<string, AttributeValue>;

function dynamoTable(client: DynamoDBClient, table: string): CommitTable {
  return {
    async putNew(item) {
      const Item = attributesOf(item);
      const condition = { TableName: table, ConditionExpression: "attribute_not_exists(pk)" };
      try {
        await client.send(new PutItemCommand({ ...condition, Item }));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw sdkFault(error, `write ${item.pk} at ${item.sk} to table ${table}`);
      }
    },

    async get(pk, sk) {
      const Key = { pk: { S: pk }, sk: { S: sk } };
      try {
        const { Item } = await client.send(
          new GetItemCommand({ TableName: table, Key, ConsistentRead: true }),
        );
        return Item === undefined ? null : itemOfAttributes(Item);
      } catch (error) {
        throw sdkFault(error, `read ${pk} at ${sk} from table ${table}`);
      }
    },

    async *query(pk, range) {
      const keys = keyCondition(pk, range.from, range.to);
      const input: QueryCommandInput = {
        TableName: table,
        ...keys,
        ConsistentRead: range.consistent,
        ScanIndexForward: !range.reverse,
        ...(range.limit === undefined ? {} : { Limit: range.limit }),
      };
      let left = range.limit ?? Number.POSITIVE_INFINITY;
      const pages = paginateQuery({ client }, input);
      for await (const page of guarded(pages, `read ${pk} from table ${table}`)) {
        for (const attributes of page.Items ?? []) {
          yield itemOfAttributes(attributes);
          left -= 1;
          if (left <= 0) return;
        }
      }
    },

    async *scanStreams(prefix) {
      const input = {
        TableName: table,
        ConsistentRead: true,
        ProjectionExpression: "pk, sk, h",
        ...(prefix === ""
          ? {}
          : {
              FilterExpression: "begins_with(pk, :prefix)",
              ExpressionAttributeValues: { ":prefix": { S: prefix } },
            }),
      };
      for await (const page of guarded(paginateScan({ client }, input), `scan table ${table}`))
        for (const attributes of page.Items ?? []) if (isCommit(attributes)) yield attributes.pk?.S ?? "";
    },
  };
}

/** Other items share the table. A commit with a changed sk or without its h is one still, so that it is found. */
function isCommit(attributes: Attributes): boolean {
  return attributes.h !== undefined || /^\d{12}$/.test(attributes.sk?.S ?? "");
}

function keyCondition(pk: string, from: string | undefined, to: string | undefined) {
  const conditions = ["pk = :pk"];
  const values: Attributes = { ":pk": { S: pk } };
  if (from !== undefined && to !== undefined) conditions.push("sk BETWEEN :from AND :to");
  else if (from !== undefined) conditions.push("sk >= :from");
  else if (to !== undefined) conditions.push("sk <= :to");
  if (from !== undefined) values[":from"] = { S: from };
  if (to !== undefined) values[":to"] = { S: to };
  return { KeyConditionExpression: conditions.join(" AND "), ExpressionAttributeValues: values };
}

async function* guarded<Page>(pages: AsyncIterable<Page>, doing: string): AsyncIterable<Page> {
  try {
    yield* pages;
  } catch (error) {
    throw sdkFault(error, doing);
  }
}

function attributesOf(item: CommitItem): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(item)) {
    if (typeof value === "string") attributes[name] = { S: value };
    else if (typeof value === "number") attributes[name] = { N: String(value) };
    else if (value instanceof Uint8Array) attributes[name] = { B: value };
  }
  return attributes;
}

/** An attribute of another kind than it was written with is as good as missing, and verification says so. */
function itemOfAttributes({ pk, sk, n, id, at, h, e, ttl }: Attributes): CommitItem {
  return {
    pk: pk?.S ?? "",
    sk: sk?.S ?? "",
    ...(n?.N === undefined ? {} : { n: Number(n.N) }),
    ...(id?.S === undefined ? {} : { id: id.S }),
    ...(at?.S === undefined ? {} : { at: at.S }),
    ...(h?.S === undefined ? {} : { h: h.S }),
    ...(e?.B === undefined ? {} : { e: e.B }),
    ...(ttl?.N === undefined ? {} : { ttl: Number(ttl.N) }),
  };
}
