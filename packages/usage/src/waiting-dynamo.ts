import { type DynamoDBClient, PutItemCommand, paginateQuery } from "@aws-sdk/client-dynamodb";
import { sdkFault } from "./errors.ts";
import { laneKey, WAITING_MS, type WaitingLine, type WaitingRole, waitingSlot } from "./waiting.ts";

interface DynamoWaitingLineOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly now: () => Date;
}

/**
 * The waiting line in DynamoDB. The order is that of the keys. Who leaves is put down as gone, for which no right to
 * delete is needed; DynamoDB removes it by its time to live, which may take days, so the time is looked at here too.
 */
export function dynamoWaitingLine({ client, table, now }: DynamoWaitingLineOptions): WaitingLine {
  async function put(lane: string, waiting: WaitingRole, until: number): Promise<void> {
    const Item = {
      pk: { S: laneKey(lane) },
      sk: { S: waitingSlot(waiting) },
      role: { S: waiting.role },
      run: { S: waiting.run },
      ttl: { N: String(Math.floor(until / 1000)) },
    };
    try {
      await client.send(new PutItemCommand({ TableName: table, Item }));
    } catch (error) {
      throw sdkFault(error, `write the waiting line of lane ${lane} to table ${table}`);
    }
  }

  return {
    join: (lane, waiting) => put(lane, waiting, now().getTime() + WAITING_MS),
    leave: (lane, waiting) => put(lane, waiting, 0),

    async first(lane, count) {
      const input = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: laneKey(lane) } },
      };
      const found: WaitingRole[] = [];
      const seconds = now().getTime() / 1000;
      try {
        for await (const page of paginateQuery({ client, pageSize: Math.max(count, 50) }, input)) {
          for (const { sk, role, run, ttl } of page.Items ?? []) {
            if (Number(ttl?.N ?? 0) <= seconds || found.length >= count) continue;
            const [since = ""] = (sk?.S ?? "").split("#");
            found.push({ role: role?.S ?? "", since, run: run?.S ?? "" });
          }
          if (found.length >= count) break;
        }
      } catch (error) {
        throw sdkFault(error, `read the waiting line of lane ${lane} from table ${table}`);
      }
      return found;
    },
  };
}
