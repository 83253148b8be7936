import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** The attribute by which DynamoDB removes items of run streams and usage; switched on apart from CreateTable. */
export const TTL_ATTRIBUTE = "ttl";

/** The one table of the system: two string keys, pay per request, no index and no stream. */
export function tableDefinition(name: string): CreateTableCommandInput {
  return {
    TableName: name,
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    BillingMode: "PAY_PER_REQUEST",
  };
}
