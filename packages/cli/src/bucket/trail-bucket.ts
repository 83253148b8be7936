import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { awsFault } from "@plp/clients";
import { type Days, isRegionFolder, isWanted, mayHoldLogs } from "./trail-keys.ts";

export interface LogObject {
  readonly key: string;
  readonly size: number;
}

/** A bucket of CloudTrail logs: found by prefix and day, so that a bucket of years is not walked for a week. */
export interface TrailBucket {
  list(prefix: string, days: Days): AsyncIterable<LogObject>;
  read(key: string): Promise<Uint8Array>;
}

/** Faults `aws-…`, see awsFault. */
export function trailBucket(client: S3Client, bucket: string): TrailBucket {
  async function* page(prefix: string, more: { Delimiter?: string; StartAfter?: string }) {
    try {
      const request = { Bucket: bucket, Prefix: prefix, ...more };
      for await (const { Contents = [], CommonPrefixes = [] } of paginateListObjectsV2({ client }, request)) {
        const objects = Contents.flatMap(({ Key, Size }) =>
          Key === undefined ? [] : [{ key: Key, size: Size ?? 0 }],
        );
        yield { objects, folders: CommonPrefixes.flatMap(({ Prefix }) => Prefix ?? []) };
      }
    } catch (error) {
      throw awsFault(error, `cannot list s3://${bucket}/${prefix}`);
    }
  }

  /** From the first day on, key by key, up to the last: one request for a thousand keys and none for other years. */
  async function* ofRegion(prefix: string, days: Days): AsyncIterable<LogObject> {
    const start = days.since === null ? {} : { StartAfter: `${prefix}${days.since}` };
    const end = days.until === null ? null : `${prefix}${days.until}/\uffff`;
    for await (const { objects } of page(prefix, start)) {
      for (const object of objects) {
        if (end !== null && object.key > end) return;
        if (isWanted(object.key, days)) yield object;
      }
    }
  }

  async function* list(prefix: string, days: Days): AsyncIterable<LogObject> {
    if (isRegionFolder(prefix)) {
      yield* ofRegion(prefix, days);
      return;
    }
    for await (const { objects, folders } of page(prefix, { Delimiter: "/" })) {
      for (const object of objects) if (isWanted(object.key, days)) yield object;
      for (const folder of folders) if (mayHoldLogs(folder, days)) yield* list(folder, days);
    }
  }

  return {
    list,
    async read(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        throw awsFault(error, `cannot read s3://${bucket}/${key}`);
      }
    },
  };
}
