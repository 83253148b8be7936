import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  QueryCommand,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { packText, StoreError, sdkFault, unpackText } from "@plp/event-store";
import { isIndexKey } from "./keys.ts";
import type { IndexItem, IndexTable } from "./table.ts";

export interface DynamoIndexOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: { now(): Date };
}

type Attributes = Record<string, AttributeValue>;

/** Of one BatchWriteItem. */
const BATCH = 25;
const UNPROCESSED_TRIES = 8;

/**
 * Index items in DynamoDB, beside the commits: `pk`, `sk`, `v` where they have versions, `x` their JSON (packed when
 * large), `w` when they were written (milliseconds; says what a rebuild left untouched), `ttl` of runs.
 */
export function dynamoIndexTable({ client, table, clock }: DynamoIndexOptions): IndexTable {
  const attributesOf = ({ pk, sk, v, x, ttl }: IndexItem): Attributes => ({
    pk: { S: pk },
    sk: { S: sk },
    x: { B: packText(x) },
    w: { N: String(clock.now().getTime()) },
    ...(v === undefined ? {} : { v: { N: String(v) } }),
    ...(ttl === undefined ? {} : { ttl: { N: String(ttl) } }),
  });

  return {
    async get(pk, sk) {
      const Key = { pk: { S: pk }, sk: { S: sk } };
      try {
        const command = new GetItemCommand({ TableName: table, Key, ConsistentRead: true });
        const { Item } = await client.send(command);
        return Item === undefined ? null : itemOf(Item);
      } catch (error) {
        throw sdkFault(error, `read ${pk} at ${sk} from table ${table}`);
      }
    },

    async page(pk, { from, to, reverse = false, after, limit }) {
      if (from !== undefined && to !== undefined && from > to) return { items: [], more: false };
      const bounds = between(from, to);
      const items: IndexItem[] = [];
      let start: Attributes | undefined =
        after === undefined ? undefined : { pk: { S: pk }, sk: { S: after } };
      try {
        // DynamoDB ends an answer at 1 MB; a page of ours ends at its limit.
        do {
          const answer = await client.send(
            new QueryCommand({
              TableName: table,
              KeyConditionExpression: `pk = :pk${bounds.text}`,
              ExpressionAttributeValues: { ":pk": { S: pk }, ...bounds.values },
              ScanIndexForward: !reverse,
              Limit: limit - items.length,
              ...(start === undefined ? {} : { ExclusiveStartKey: start }),
            }),
          );
          items.push(...(answer.Items ?? []).map(itemOf));
          start = answer.LastEvaluatedKey;
        } while (start !== undefined && items.length < limit);
      } catch (error) {
        throw sdkFault(error, `read ${pk} from table ${table}`);
      }
      return { items, more: start !== undefined };
    },

    putAll: (items) => write(items.map((item) => ({ PutRequest: { Item: attributesOf(item) } }))),

    async putNewer(item) {
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: attributesOf(item),
            ConditionExpression: "attribute_not_exists(pk) OR v <= :v",
            ExpressionAttributeValues: { ":v": { N: String(item.v) } },
          }),
        );
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return;
        throw sdkFault(error, `write ${item.pk} at ${item.sk} to table ${table}`);
      }
    },

    async *keys() {
      const input = {
        TableName: table,
        FilterExpression: "begins_with(pk, :prefix)",
        ExpressionAttributeValues: { ":prefix": { S: "index#" } },
        ProjectionExpression: "pk, sk, w",
      };
      try {
        for await (const { Items = [] } of paginateScan({ client }, input))
          for (const { pk, sk, w } of Items)
            if (isIndexKey(pk?.S ?? ""))
              yield { pk: pk?.S ?? "", sk: sk?.S ?? "", writtenAt: new Date(Number(w?.N ?? 0)) };
      } catch (error) {
        throw sdkFault(error, `scan table ${table}`);
      }
    },

    remove: (keys) =>
      write(keys.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk: { S: pk }, sk: { S: sk } } } }))),
  };

  async function write(requests: readonly WriteRequest[]): Promise<void> {
    for (let at = 0; at < requests.length; at += BATCH) {
      let left: WriteRequest[] = requests.slice(at, at + BATCH);
      for (let tries = 0; left.length > 0; tries += 1) {
        if (tries === UNPROCESSED_TRIES)
          throw new StoreError(
            "store-unavailable",
            `Table ${table} left ${left.length} index items unwritten ${tries} times: try again.`,
            { retryable: true },
          );
        if (tries > 0) await new Promise((next) => setTimeout(next, 2 ** tries * 10));
        try {
          const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
          left = answer.UnprocessedItems?.[table] ?? [];
        } catch (error) {
          throw sdkFault(error, `write index items to table ${table}`);
        }
      }
    }
  }
}

function between(
  from: string | undefined,
  to: string | undefined,
): { readonly text: string; readonly values: Attributes } {
  if (from !== undefined && to !== undefined)
    return {
      text: " AND sk BETWEEN :from AND :to",
      values: { ":from": { S: from }, ":to": { S: to } },
    };
  if (from !== undefined) return { text: " AND sk >= :from", values: { ":from": { S: from } } };
  if (to !== undefined) return { text: " AND sk <= :to", values: { ":to": { S: to } } };
  return { text: "", values: {} };
}

function itemOf({ pk, sk, v, x, ttl }: Attributes): IndexItem {
  return {
    pk: pk?.S ?? "",
    sk: sk?.S ?? "",
    x: x?.B === undefined ? "null" : unpackText(x.B),
    ...(v?.N === undefined ? {} : { v: Number(v.N) }),
    ...(ttl?.N === undefined ? {} : { ttl: Number(ttl.N) }),
  };
}
