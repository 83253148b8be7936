import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { messageOf, StoreError } from "./errors.ts";
import { sdkFault, statusOf } from "./sdk-fault.ts";
import type { CheckpointStore } from "./types.ts";

export interface S3CheckpointOptions {
  readonly client: S3Client;
  /** Write-once: its objects are locked for longer than anybody who could rewrite the table stays. */
  readonly bucket: string;
}

const PREFIX = "checkpoints/";
const SUFFIX = ".json.gz";
/** A head of 2 KB for each of 200,000 streams. */
const MAX_UNPACKED = 512 * 1024 * 1024;
const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Checkpoints in a bucket: `checkpoints/<name>.json.gz`, each written only where none stands. */
export function s3CheckpointStore({ client, bucket }: S3CheckpointOptions): CheckpointStore {
  return {
    async names() {
      const names: string[] = [];
      try {
        for await (const { Contents = [] } of paginateListObjectsV2(
          { client },
          { Bucket: bucket, Prefix: PREFIX },
        ))
          for (const { Key = "" } of Contents)
            if (Key.endsWith(SUFFIX)) names.push(Key.slice(PREFIX.length, -SUFFIX.length));
      } catch (error) {
        throw sdkFault(error, `list the checkpoints in bucket ${bucket}`);
      }
      return names.sort();
    },

    async read(name) {
      let packed: Uint8Array;
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(name) }));
        packed = (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        throw sdkFault(error, `read checkpoint ${name} from bucket ${bucket}`);
      }
      return unpackCheckpoint(packed, name, `bucket ${bucket}`);
    },

    async write(name, bytes) {
      const object = {
        Bucket: bucket,
        Key: keyOf(name),
        Body: await compress(bytes),
        ContentType: "application/gzip",
        IfNoneMatch: "*",
      };
      try {
        await client.send(new PutObjectCommand(object));
        return true;
      } catch (error) {
        if (statusOf(error) === 412) return false;
        throw sdkFault(error, `write checkpoint ${name} to bucket ${bucket}`);
      }
    },
  };
}

/** The bytes of a checkpoint as they were written. Throws `checkpoint-damaged`. */
export async function unpackCheckpoint(packed: Uint8Array, name: string, where: string): Promise<Uint8Array> {
  try {
    return await decompress(packed, { maxOutputLength: MAX_UNPACKED });
  } catch (error) {
    throw new StoreError(
      "checkpoint-damaged",
      `Checkpoint ${name} in ${where} is not what was written: ${messageOf(error)}.`,
    );
  }
}

function keyOf(name: string): string {
  return `${PREFIX}${name}${SUFFIX}`;
}
