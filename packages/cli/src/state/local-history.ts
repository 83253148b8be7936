import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { dynamoIndexTable } from "@plp/audit";
import {
  type BlobStore,
  type CheckpointStore,
  dynamoEventStore,
  StoreError,
  s3BlobStore,
  s3CheckpointStore,
  tableDefinition,
  unpackCheckpoint,
} from "@plp/event-store";
import { type Endpoints, folderBucket, type StateLock, startTable } from "@plp/local-cloud";
import { messageOf, systemClock } from "@plp/runtime";
import { cursorKeyIn } from "./cursor-key.ts";
import type { History } from "./history.ts";
import { sha256 } from "./sha256.ts";

/** The table and the folder of blobs have these names in every state directory. */
const TABLE = "plp";
const unpack = promisify(gunzip);

function clientOptions({ awsRegion, awsAccessKeyId, awsSecretAccessKey }: Endpoints) {
  return {
    region: awsRegion,
    credentials: { accessKeyId: awsAccessKeyId, secretAccessKey: awsSecretAccessKey },
    maxAttempts: 2,
  };
}

/** Reads through the endpoints of the running system. */
export function runningHistory(state: string, endpoints: Endpoints): History {
  const options = clientOptions(endpoints);
  const dynamodb = new DynamoDBClient({ ...options, endpoint: endpoints.dynamodb });
  const s3 = new S3Client({ ...options, endpoint: endpoints.s3, forcePathStyle: true });
  return {
    store: dynamoEventStore({ client: dynamodb, table: endpoints.table, clock: systemClock }),
    index: dynamoIndexTable({ client: dynamodb, table: endpoints.table, clock: systemClock }),
    cursorKey: () => cursorKeyIn(state),
    blobs: s3BlobStore({ client: s3, bucket: endpoints.blobs }),
    checkpoints: s3CheckpointStore({ client: s3, bucket: endpoints.checkpoints }),
    where: state,
    endpoints,
    async close() {
      dynamodb.destroy();
      s3.destroy();
    },
  };
}

/** Opens table and blobs of a state directory that nobody else has open; `lock` is released at the end. */
export async function offlineHistory(state: string, lock: StateLock): Promise<History> {
  try {
    const table = await startTable({ dir: join(state, "table"), definition: tableDefinition(TABLE) });
    const client = new DynamoDBClient({
      endpoint: table.url,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    return {
      store: dynamoEventStore({ client, table: TABLE, clock: systemClock }),
      index: dynamoIndexTable({ client, table: TABLE, clock: systemClock }),
      cursorKey: () => cursorKeyIn(state),
      blobs: folderBlobs(join(state, "blobs")),
      checkpoints: folderCheckpoints(join(state, "checkpoints")),
      where: state,
      endpoints: null,
      async close() {
        client.destroy();
        try {
          await table.stop();
        } finally {
          lock.release();
        }
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The blobs as the local S3 keeps them: gzipped, one file each. */
function folderBlobs(dir: string): Pick<BlobStore, "get"> {
  const bucket = folderBucket(dir);
  return {
    async get(hash) {
      const found = await bucket.get(`sha256/${hash}`);
      if (found === null) throw new StoreError("blob-missing", `There is no blob ${hash} in ${dir}.`);
      const damaged = (why: string) =>
        new StoreError("blob-damaged", `The blob ${hash} in ${dir} is not what was written: ${why}.`);
      const bytes = await unpack(found.bytes).catch((error: unknown) => {
        throw damaged(messageOf(error));
      });
      if (sha256(bytes) !== hash) throw damaged("it has another hash");
      return bytes;
    },
  };
}

/** The checkpoints as the local S3 keeps them. */
function folderCheckpoints(dir: string): Pick<CheckpointStore, "names" | "read"> {
  const bucket = folderBucket(dir);
  const [prefix, suffix] = ["checkpoints/", ".json.gz"];
  return {
    async names() {
      const objects = await bucket.list(prefix);
      return objects.map(({ key }) => key.slice(prefix.length, -suffix.length)).sort();
    },
    async read(name) {
      const found = await bucket.get(`${prefix}${name}${suffix}`);
      if (found === null)
        throw new StoreError("checkpoint-damaged", `There is no checkpoint ${name} in ${dir}.`);
      return unpackCheckpoint(found.bytes, name, dir);
    },
  };
}
