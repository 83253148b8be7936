import { gzipSync } from "node:zlib";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryBlobStore } from "./blobs-memory.ts";
import { s3BlobStore } from "./blobs-s3.ts";
import type { BlobStore } from "./types.ts";

const ABSENT = "0".repeat(64);
const bucket = "plp-blobs";
const bytesOf = (text: string) => new TextEncoder().encode(text);

function contract(name: string, make: () => BlobStore): void {
  describe(`blobs: ${name}`, () => {
    it("are found again under the SHA-256 of their bytes", async () => {
      const blobs = make();
      const hash = await blobs.put(bytesOf("abc"));
      expect(hash).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
      expect(new TextDecoder().decode(await blobs.get(hash))).toBe("abc");
    });

    it("written twice are one", async () => {
      const blobs = make();
      expect(await blobs.put(bytesOf("twice"))).toBe(await blobs.put(bytesOf("twice")));
    });

    it("may be empty, large and of any bytes", async () => {
      const blobs = make();
      for (const bytes of [new Uint8Array(), Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i) >> 3)])
        expect(Buffer.from(await blobs.get(await blobs.put(bytes))).equals(Buffer.from(bytes))).toBe(true);
    });

    it("are kept as they were, whatever the writer or a reader does with his bytes", async () => {
      const blobs = make();
      const mine = bytesOf("mine");
      const hash = await blobs.put(mine);
      mine.fill(0);
      (await blobs.get(hash)).fill(0);
      expect(new TextDecoder().decode(await blobs.get(hash))).toBe("mine");
    });

    it("that nobody wrote are missing, and so is what is no hash", async () => {
      const blobs = make();
      await expect(blobs.get(ABSENT)).rejects.toMatchObject({ code: "blob-missing" });
      await expect(blobs.get("../x")).rejects.toMatchObject({ code: "blob-missing" });
    });
  });
}

contract("memory", memoryBlobStore);

describe("in a bucket", () => {
  let server: FauxqsServer;
  let client: S3Client;
  const newClient = () =>
    new S3Client({
      endpoint: `http://127.0.0.1:${server.port}`,
      region: "eu-central-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
  beforeAll(async () => {
    server = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
    client = newClient();
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(async () => {
    client?.destroy();
    await server?.stop();
  });

  contract("S3", () => s3BlobStore({ client, bucket }));

  it("a blob that is not what was written is damaged, never handed out", async () => {
    const blobs = s3BlobStore({ client, bucket });
    for (const Body of [gzipSync("other"), Buffer.from("no gzip"), Buffer.alloc(0)]) {
      const hash = await blobs.put(bytesOf(`original of ${Body.length}`));
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `sha256/${hash}`, Body }));
      await expect(blobs.get(hash)).rejects.toMatchObject({ code: "blob-damaged" });
    }
  });

  it("a bucket that does not exist is an error that says which", async () => {
    const blobs = s3BlobStore({ client, bucket: "no-such-bucket" });
    await expect(blobs.put(bytesOf("x"))).rejects.toMatchObject({
      code: "store-refused",
      message: expect.stringContaining("no-such-bucket"),
    });
  });

  it("what S3 answers to a conditional put decides: there already, being written, condition unknown", async () => {
    for (const [status, plainPuts] of [
      [412, 0],
      [409, 1],
      [501, 1],
    ] as const) {
      let plain = 0;
      const refusing = newClient();
      refusing.middlewareStack.add(
        (next, context) => async (args) => {
          if (context.commandName !== "PutObjectCommand") return await next(args);
          if ((args.input as { IfNoneMatch?: string }).IfNoneMatch === undefined) {
            plain += 1;
            return await next(args);
          }
          throw Object.assign(new Error("refused"), { $metadata: { httpStatusCode: status } });
        },
        { step: "initialize", name: "refusing" },
      );
      const blobs = s3BlobStore({ client: refusing, bucket });
      await blobs.put(bytesOf(`answer ${status}`));
      expect(plain).toBe(plainPuts);
      refusing.destroy();
    }
  });
});
