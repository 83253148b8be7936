import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { s3CheckpointStore } from "./checkpoints-s3.ts";

const bucket = "plp-checkpoints";
const head = (stream: string, version = 1) => ({ stream, version, hash: "ab".repeat(32) });

describe("a checkpoint's bytes", () => {
  it("are the same whatever the order of its heads, and are read back", () => {
    const at = "2026-11-25T23:50:00.000Z";
    const previous = { name: "2026-11-24", sha256: "cd".repeat(32) };
    const bytes = writeCheckpoint({ at, previous, heads: [head("role#b", 2), head("app#a")] });
    expect(writeCheckpoint({ at, previous, heads: [head("app#a"), head("role#b", 2)] })).toEqual(bytes);
    expect(readCheckpoint(bytes, "x")).toEqual({ at, previous, heads: [head("app#a"), head("role#b", 2)] });
  });

  it.each([
    "",
    "[]",
    "{}",
    '{"v":2,"at":"x","previous":null,"heads":[]}',
    '{"v":1,"at":"x","previous":{},"heads":[]}',
  ])("that are %s are no checkpoint", (text) => {
    expect(() => readCheckpoint(Buffer.from(text), "2026-11-25")).toThrow(
      "Checkpoint 2026-11-25 cannot be read",
    );
  });

  it("whose heads are not heads are no checkpoint", () => {
    for (const heads of ["[1]", '[["role#a"]]', '[["role#a","1","x"]]'])
      expect(() =>
        readCheckpoint(Buffer.from(`{"v":1,"at":"x","previous":null,"heads":${heads}}`), "x"),
      ).toThrow();
  });
});

describe("checkpoints in a bucket", () => {
  let server: FauxqsServer;
  let client: S3Client;
  beforeAll(async () => {
    server = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
    client = new S3Client({
      endpoint: `http://127.0.0.1:${server.port}`,
      region: "eu-central-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(async () => {
    client?.destroy();
    await server?.stop();
  });

  it("are listed oldest first and read as they were written; one that is no checkpoint is damaged", async () => {
    const checkpoints = s3CheckpointStore({ client, bucket });
    expect(await checkpoints.names()).toEqual([]);
    expect(await checkpoints.write("2026-11-25", Buffer.from("second"))).toBe(true);
    expect(await checkpoints.write("2026-11-24", Buffer.from("first"))).toBe(true);
    expect(await checkpoints.names()).toEqual(["2026-11-24", "2026-11-25"]);
    expect(Buffer.from(await checkpoints.read("2026-11-24")).toString()).toBe("first");
    const Key = "checkpoints/2026-11-26.json.gz";
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "no gzip" }));
    await expect(checkpoints.read("2026-11-26")).rejects.toMatchObject({ code: "checkpoint-damaged" });
    await expect(checkpoints.read("2026-11-27")).rejects.toMatchObject({ code: "store-refused" });
  });

  it("asks S3 to write only where nothing stands, and says so where something does", async () => {
    const asked: unknown[] = [];
    const refusing = {
      send: async ({ input }: PutObjectCommand) => {
        asked.push(input.IfNoneMatch);
        throw Object.assign(new Error("At least one of the pre-conditions did not hold"), {
          $metadata: { httpStatusCode: 412 },
        });
      },
    } as unknown as S3Client;
    expect(await s3CheckpointStore({ client: refusing, bucket }).write("x", Buffer.from("y"))).toBe(false);
    expect(asked).toEqual(["*"]);
  });
});
