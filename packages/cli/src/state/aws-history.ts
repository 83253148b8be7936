import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { dynamoEventStore, s3BlobStore } from "@plp/event-store";
import { systemClock } from "@plp/runtime";
import type { History } from "./history.ts";

/** The history in a table on AWS, with the usual credentials and Region. Nothing is asked of AWS yet. */
export function awsHistory(table: string, bucket: string | undefined): History {
  const dynamodb = new DynamoDBClient({});
  const s3 = new S3Client({});
  return {
    store: dynamoEventStore({ client: dynamodb, table, clock: systemClock }),
    blobs: bucket ? s3BlobStore({ client: s3, bucket }) : null,
    where: `table ${table}`,
    endpoints: null,
    async close() {
      dynamodb.destroy();
      s3.destroy();
    },
  };
}
