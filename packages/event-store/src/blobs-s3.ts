import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { blobDamaged, blobHash, blobMissing } from "./blob.ts";
import { messageOf } from "./errors.ts";
import { sdkFault, statusOf } from "./sdk-fault.ts";
import type { BlobStore } from "./types.ts";

export interface S3BlobStoreOptions {
  readonly client: S3Client;
  readonly bucket: string;
}

/** No evidence of ours comes near it; it bounds what a forged object can unpack to. */
const MAX_UNPACKED = 512 * 1024 * 1024;
const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * Blobs in a bucket: key `sha256/<hash>`, content gzipped. A put writes only where nothing stands (If-None-Match); a
 * stand-in that does not know the condition gets a plain put, which is the same because the key names the content.
 */
export function s3BlobStore({ client, bucket }: S3BlobStoreOptions): BlobStore {
  return {
    async put(bytes) {
      const hash = blobHash(bytes);
      const object = {
        Bucket: bucket,
        Key: keyOf(hash),
        Body: await compress(bytes),
        ContentType: "application/octet-stream",
        ContentEncoding: "gzip",
      };
      try {
        await client.send(new PutObjectCommand({ ...object, IfNoneMatch: "*" }));
      } catch (error) {
        const status = statusOf(error);
        if (status === 412) return hash;
        // 409: another put of the same key is under way and may still fail. 501: the condition is not known there.
        if (status !== 409 && status !== 501) throw sdkFault(error, `write blob ${hash} to bucket ${bucket}`);
        await plainPut(object, hash);
      }
      return hash;
    },

    async get(hash) {
      if (!/^[0-9a-f]{64}$/.test(hash)) throw blobMissing(hash, `bucket ${bucket}`);
      const packed = await read(hash);
      let bytes: Uint8Array;
      try {
        bytes = await decompress(packed, { maxOutputLength: MAX_UNPACKED });
      } catch (error) {
        throw blobDamaged(hash, `bucket ${bucket}`, messageOf(error));
      }
      const actual = blobHash(bytes);
      if (actual !== hash) throw blobDamaged(hash, `bucket ${bucket}`, `its hash is ${actual}`);
      return bytes;
    },
  };

  async function plainPut(object: ConstructorParameters<typeof PutObjectCommand>[0], hash: string) {
    try {
      await client.send(new PutObjectCommand(object));
    } catch (error) {
      throw sdkFault(error, `write blob ${hash} to bucket ${bucket}`);
    }
  }

  async function read(hash: string): Promise<Uint8Array> {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(hash) }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchKey") throw blobMissing(hash, `bucket ${bucket}`);
      throw sdkFault(error, `read blob ${hash} from bucket ${bucket}`);
    }
  }
}

function keyOf(hash: string): string {
  return `sha256/${hash}`;
}
