import { createHash } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { dynamoIndexTable } from "@plp/audit";
import { dynamoEventStore, s3BlobStore, s3CheckpointStore } from "@plp/event-store";
import { systemClock } from "@plp/runtime";
import type { History } from "./history.ts";

/** The history in a table on AWS, with the usual credentials and Region. Nothing is asked of AWS yet. */
export function awsHistory(
  table: string,
  {
    PLP_BLOBS: bucket,
    PLP_CHECKPOINTS: kept,
    PLP_CURSOR_KEY: key,
  }: Readonly<Record<string, string | undefined>>,
): History {
  const dynamodb = new DynamoDBClient({});
  const s3 = new S3Client({});
  return {
    store: dynamoEventStore({ client: dynamodb, table, clock: systemClock }),
    index: dynamoIndexTable({ client: dynamodb, table, clock: systemClock }),
    // Who reads the table by themselves gains nothing from a forged cursor; a key of the API's makes them one.
    cursorKey: () =>
      createHash("sha256")
        .update(key ?? table)
        .digest(),
    blobs: bucket ? s3BlobStore({ client: s3, bucket }) : null,
    checkpoints: kept ? s3CheckpointStore({ client: s3, bucket: kept }) : null,
    where: `table ${table}`,
    endpoints: null,
    async close() {
      dynamodb.destroy();
      s3.destroy();
    },
  };
}
