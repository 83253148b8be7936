import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLogArchive } from "../archive/index.ts";
import { account, delivered, shopFiles, temporaryFolder, writeFiles } from "../testing/logs.ts";
import { decodeAwsChunked } from "./aws-chunked.ts";
import { type RunningServer, serve } from "./http.ts";
import { s3 } from "./s3.ts";
import { archiveBucket, folderBucket } from "./s3-buckets.ts";
import { hubCredentials, localCredentials } from "./signature.ts";

let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;
let hub: S3Client;
let member: (of: string) => S3Client;

beforeEach(async () => {
  folder = temporaryFolder();
  writeFiles(folder.path, shopFiles);
  const credentials = localCredentials({ now: () => new Date() });
  const buckets = new Map([
    ["logs", archiveBucket(await openLogArchive(folder.path))],
    ["blobs", folderBucket(`${folder.path}/blobs`)],
  ]);
  server = await serve(s3({ credentials, buckets }), 0);
  const at = { endpoint: server.url, region: "eu-central-1", maxAttempts: 1 };
  hub = new S3Client({ ...at, credentials: hubCredentials });
  member = (of) => {
    const arn = `arn:aws:sts::${of}:assumed-role/plp-reader/t`;
    return new S3Client({
      ...at,
      credentials: credentials.issue({ accountId: of, arn, userId: "A:t" }, 900),
    });
  };
});
afterEach(async () => {
  await server.stop();
  folder.remove();
});

const refusal = async (call: Promise<unknown>) =>
  call.then(
    () => null,
    (error: Error) => error,
  );
const put = (Key: string, Body: string | Uint8Array, more = {}) =>
  hub.send(new PutObjectCommand({ Bucket: "blobs", Key, Body, ...more }));
const get = async (Key: string) => {
  const { Body } = await hub.send(new GetObjectCommand({ Bucket: "blobs", Key }));
  return Body?.transformToString();
};

describe("the bucket of logs", () => {
  it("lists and serves an account's objects to a session of that account and to no other", async () => {
    const Prefix = `AWSLogs/${account}/CloudTrail/eu-central-1/2026/03/02/`;
    const list = new ListObjectsV2Command({ Bucket: "logs", Prefix });
    const { Contents, KeyCount } = await member(account).send(list);
    expect(KeyCount).toBe(2);
    const Key = Contents?.[0]?.Key ?? "";
    expect(Key).toBe(delivered("20260302T1005Z"));
    const found = await member(account).send(new GetObjectCommand({ Bucket: "logs", Key }));
    expect(found.ETag).toBe(Contents?.[0]?.ETag);
    expect((await found.Body?.transformToByteArray())?.length).toBe(Contents?.[0]?.Size);
    const other = member("444455556666");
    expect(await refusal(other.send(list))).toMatchObject({ name: "AccessDenied" });
    expect(await refusal(other.send(new GetObjectCommand({ Bucket: "logs", Key })))).toMatchObject({
      name: "AccessDenied",
    });
    expect(await refusal(hub.send(new PutObjectCommand({ Bucket: "logs", Key, Body: "x" })))).toMatchObject({
      name: "AccessDenied",
    });
  });

  it("pages, starts after a key and groups by delimiter", async () => {
    const first = await hub.send(new ListObjectsV2Command({ Bucket: "logs", MaxKeys: 1 }));
    expect(first).toMatchObject({ IsTruncated: true, KeyCount: 1 });
    const ContinuationToken = first.NextContinuationToken;
    const second = await hub.send(
      new ListObjectsV2Command({ Bucket: "logs", MaxKeys: 1, ContinuationToken }),
    );
    expect(second).toMatchObject({ IsTruncated: false, KeyCount: 1 });
    const StartAfter = delivered("20260302T1005Z");
    const after = await hub.send(new ListObjectsV2Command({ Bucket: "logs", StartAfter }));
    expect(after.Contents?.map(({ Key }) => Key)).toEqual([delivered("20260302T1105Z")]);
    const grouped = await hub.send(
      new ListObjectsV2Command({ Bucket: "logs", Prefix: "AWSLogs/", Delimiter: "/" }),
    );
    expect(grouped.CommonPrefixes).toEqual([{ Prefix: `AWSLogs/${account}/` }]);
    expect(grouped.Contents).toBeUndefined();
  });
});

describe("the bucket of blobs", () => {
  it("takes what the SDK sends, chunked or not, and gives it back", async () => {
    await put("sha256/abc", "some text — ünïcode");
    expect(await get("sha256/abc")).toBe("some text — ünïcode");
    const stream = Readable.from([Buffer.from("streamed "), Buffer.from("body")]);
    await hub.send(
      new PutObjectCommand({
        Bucket: "blobs",
        Key: "s",
        Body: stream,
        ContentLength: 13,
        ChecksumAlgorithm: "CRC32",
      }),
    );
    expect(await get("s")).toBe("streamed body");
    const { ContentLength } = await hub.send(new HeadObjectCommand({ Bucket: "blobs", Key: "s" }));
    expect(ContentLength).toBe(13);
  });

  it("writes only where nothing stands when told so, else over it", async () => {
    await put("k", "first", { IfNoneMatch: "*" });
    expect(await refusal(put("k", "second", { IfNoneMatch: "*" }))).toMatchObject({
      name: "PreconditionFailed",
    });
    expect(await get("k")).toBe("first");
    await put("k", "third");
    expect(await get("k")).toBe("third");
  });

  it("keeps hostile keys inside its folder, apart from each other", async () => {
    const keys = ["../../escape", "a", "a/b", "a//b", "%2e%2e/x", "ü/é"];
    for (const key of keys) await put(key, key);
    for (const key of keys) expect(await get(key)).toBe(key);
    const { Contents } = await hub.send(new ListObjectsV2Command({ Bucket: "blobs" }));
    expect(Contents?.map(({ Key }) => Key).sort()).toEqual([...keys].sort());
    expect(readdirSync(folder.path).sort()).toEqual(["AWSLogs", "blobs"]);
  });

  it("answers with S3's own errors", async () => {
    expect(await refusal(get("none"))).toMatchObject({ name: "NoSuchKey" });
    expect(await refusal(hub.send(new ListObjectsV2Command({ Bucket: "none" })))).toMatchObject({
      name: "NoSuchBucket",
    });
    expect(await refusal(hub.send(new DeleteObjectCommand({ Bucket: "blobs", Key: "k" })))).toMatchObject({
      name: "AccessDenied",
    });
    const foreign = member(account).send(new GetObjectCommand({ Bucket: "blobs", Key: "k" }));
    expect(await refusal(foreign)).toMatchObject({ name: "AccessDenied" });
    expect((await hub.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual([
      "logs",
      "blobs",
    ]);
  });
});

describe("chunked uploads", () => {
  it("are decoded with signatures and trailers", () => {
    const body = "5;chunk-signature=abc\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAA==\r\n\r\n";
    expect(decodeAwsChunked(Buffer.from(body), 11).toString()).toBe("hello world");
  });

  it("are refused when their framing or length is wrong", () => {
    expect(() => decodeAwsChunked(Buffer.from("5\r\nhell"), null)).toThrow(/not 5 bytes/);
    expect(() => decodeAwsChunked(Buffer.from("zz\r\n"), null)).toThrow(/no chunk header/);
    expect(() => decodeAwsChunked(Buffer.from("1\r\na\r\n0\r\n\r\n"), 2)).toThrow(/were announced/);
  });
});
