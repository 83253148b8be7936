import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Analysis } from "@plp/cloudtrail";
import { isFault, permanent, transient } from "@plp/runtime";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { plp } from "../testing/terminal.ts";
import { bucketIn } from "./logs-folder.ts";
import { mirror } from "./mirror.ts";
import { type LogObject, type TrailBucket, trailBucket } from "./trail-bucket.ts";
import { type Days, daysOf } from "./trail-keys.ts";

const all: Days = { since: null, until: null };
const bucket = "logs";

function key(day: string, { account = "111122223333", region = "eu-central-1", kind = "CloudTrail" } = {}) {
  const stamp = `${day.replaceAll("/", "")}T1005Z`;
  return `org/AWSLogs/o-abc/${account}/${kind}/${region}/${day}/${account}_${kind}_${region}_${stamp}_x.json.gz`;
}

const days = ["2025/12/31", "2026/01/01", "2026/03/01", "2026/03/02", "2026/03/03", "2026/11/09"];
const keys = [
  ...days.map((day) => key(day)),
  key("2026/03/02", { region: "us-east-1" }),
  key("2026/03/02", { account: "444455556666" }),
];
const others = [
  key("2026/03/02", { kind: "CloudTrail-Digest" }),
  key("2026/03/02", { kind: "Config" }),
  key("2026/03/02", { kind: "elasticloadbalancing" }),
  "org/AWSLogs/o-abc/111122223333/CloudTrail/eu-central-1/2026/03/02/notes.txt",
];

function record(eventName: string, eventTime: string) {
  const account = { accountId: "111122223333", userName: "shop" };
  const issuer = {
    type: "Role",
    principalId: "AROAX",
    arn: "arn:aws:iam::111122223333:role/shop",
    ...account,
  };
  return {
    ...{
      eventID: eventTime,
      eventTime,
      eventSource: "s3.amazonaws.com",
      eventName,
      awsRegion: "eu-central-1",
    },
    userIdentity: { type: "AssumedRole", sessionContext: { sessionIssuer: issuer } },
    requestParameters: { bucketName: "shop" },
  };
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plp-mirror-"));
  return () => rmSync(folder, { recursive: true, force: true });
});

async function listed(from: TrailBucket, prefix: string, asked: Days): Promise<string[]> {
  const found: string[] = [];
  for await (const object of from.list(prefix, asked)) found.push(object.key);
  return found.sort();
}

describe("a bucket of logs", () => {
  let server: FauxqsServer;
  let client: S3Client;
  beforeAll(async () => {
    server = await startFauxqs({ port: 0, logger: false });
    client = new S3Client({
      endpoint: `http://127.0.0.1:${server.port}`,
      region: "eu-central-1",
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    for (const Key of [...keys, ...others]) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `of ${Key}` }));
    }
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  it("is walked from any folder down to the logs of the days that were asked for", async () => {
    const logs = trailBucket(client, bucket);
    expect(await listed(logs, "", all)).toEqual([...keys].sort());
    const march = daysOf("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z");
    expect(march).toEqual({ since: "2026/03/01", until: "2026/03/03" });
    const ofMarch = keys.filter((one) => one.includes("/2026/03/")).sort();
    const region = "org/AWSLogs/o-abc/111122223333/CloudTrail/eu-central-1/";
    for (const prefix of ["", "org/", "org/AWSLogs/o-abc/"]) {
      expect(await listed(logs, prefix, march)).toEqual(ofMarch);
    }
    for (const prefix of [region, `${region}2026/`]) {
      expect(await listed(logs, prefix, march)).toEqual(ofMarch.filter((one) => one.startsWith(region)));
    }
    expect(await listed(logs, "nowhere/", all)).toEqual([]);
  });

  it("asks for no other year's keys", async () => {
    const asked: string[] = [];
    client.middlewareStack.add(
      (next) => (args) => {
        asked.push(JSON.stringify(args.input));
        return next(args);
      },
      { step: "initialize", name: "spy" },
    );
    await listed(trailBucket(client, bucket), "org/", daysOf("2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z"));
    client.middlewareStack.remove("spy");
    expect(asked.filter((input) => input.includes("eu-central-1/")).length).toBe(2);
    expect(asked.some((input) => /2025|2026\/1/.test(input))).toBe(false);
  });

  it("is mirrored once: what is there is not fetched again", async () => {
    const logs = trailBucket(client, bucket);
    const first = await mirror(logs, "org/", all, folder);
    expect(first).toEqual({ objects: keys.length, fetched: keys.length, bad: [] });
    for (const one of keys) expect(readFileSync(join(folder, one), "utf8")).toBe(`of ${one}`);
    writeFileSync(join(folder, keys[0] ?? ""), "cut");
    expect(await mirror(logs, "org/", all, folder)).toMatchObject({ objects: keys.length, fetched: 1 });
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    expect(names.filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("is analysed by its name, with the usual credentials, and what is no log is told", async () => {
    const log = (day: string, eventName: string) => ({
      Key: `mine/${key(day)}`,
      Body: gzipSync(
        JSON.stringify({ Records: [record(eventName, `${day.replaceAll("/", "-")}T10:00:00Z`)] }),
      ),
    });
    const objects = [log("2026/03/02", "GetBucketAcl"), log("2026/03/09", "DeleteBucket")];
    const broken = { Key: `mine/${key("2026/03/02", { region: "us-east-1" })}`, Body: "<html>" };
    for (const object of [...objects, broken]) {
      await client.send(new PutObjectCommand({ Bucket: bucket, ...object }));
    }
    const [endpoint, id, secret] = ["AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    vi.stubEnv(endpoint, `http://127.0.0.1:${server.port}`);
    vi.stubEnv(id, "local");
    vi.stubEnv(secret, "local");
    const at = ["--cloudtrail", `s3://${bucket}/mine`, "--mirror", folder];
    const { out, exit } = await plp(["analyze", ...at, "--until", "2026-03-03", "--json"]);
    vi.unstubAllEnvs();
    const analysis = JSON.parse(out) as Analysis;
    expect(exit).toBe(1);
    expect(analysis.files).toMatchObject({ read: 2, bad: [{ reason: expect.stringContaining("not JSON") }] });
    expect(analysis.roles.flatMap(({ actions }) => actions.map(({ action }) => action))).toEqual([
      "s3:GetBucketAcl",
    ]);
  });

  it("that is not there is a fault of AWS", async () => {
    const missing = listed(trailBucket(client, "nosuch"), "", all);
    await expect(missing).rejects.toSatisfy((error) => isFault(error));
    await expect(missing).rejects.toThrow("cannot list s3://nosuch/");
  });
});

describe("mirroring", () => {
  function holding(objects: readonly LogObject[], read: TrailBucket["read"]): TrailBucket {
    return {
      async *list() {
        yield* objects;
      },
      read,
    };
  }
  const objects = Array.from({ length: 40 }, (_, index) => ({ key: `${index}.json`, size: 2 }));
  const two = async () => Buffer.from("[]");

  it("leaves out what may not be read, and tells it", async () => {
    const read = async (one: string) => {
      if (one === "7.json") throw permanent("aws-InvalidObjectState", "cannot read 7.json");
      return two();
    };
    const { fetched, bad } = await mirror(holding(objects, read), "", all, folder);
    expect(fetched).toBe(39);
    expect(bad).toEqual([{ path: "7.json", reason: "cannot read 7.json" }]);
  });

  it("ends at a fault that may pass, and goes on where it was", async () => {
    let reads = 0;
    const read = async () => {
      reads += 1;
      if (reads === 20) throw transient("aws-SlowDown", "later");
      return two();
    };
    await expect(mirror(holding(objects, read), "", all, folder)).rejects.toThrow("later");
    const before = readdirSync(folder).length;
    expect(before).toBeGreaterThan(10);
    const { fetched } = await mirror(holding(objects, two), "", all, folder);
    expect(fetched).toBe(40 - before);
  });

  it("writes nothing outside of the folder, whatever a key says", async () => {
    const hostile = ["../out.json", "a/../../out.json", "/out.json"].map((one) => ({ key: one, size: 2 }));
    const { bad } = await mirror(holding(hostile, two), "", all, join(folder, "in"));
    expect(bad.map(({ path }) => path)).toEqual(["../out.json", "a/../../out.json"]);
    expect(existsSync(join(folder, "out.json"))).toBe(false);
    expect(existsSync(join(folder, "in", "out.json"))).toBe(true);
  });

  it("tells a key that is no path beside another one", async () => {
    const clash = [
      { key: "a.json", size: 2 },
      { key: "a.json/b.json", size: 2 },
    ];
    await mirror(holding(clash.slice(0, 1), two), "", all, folder);
    const { bad } = await mirror(holding(clash, two), "", all, folder);
    expect(bad).toMatchObject([{ path: "a.json/b.json" }]);
  });
});

it("a place in S3 is a bucket and a folder in it", () => {
  expect(bucketIn("./logs")).toBeNull();
  expect(bucketIn("s3://my-logs")).toEqual({ bucket: "my-logs", prefix: "" });
  expect(bucketIn("s3://my-logs/AWSLogs/o-abc")).toEqual({ bucket: "my-logs", prefix: "AWSLogs/o-abc/" });
  for (const wrong of ["s3://", "s3://UPPER/x", "s3:/x", "s3://a/../b"]) {
    expect(() => bucketIn(wrong)).toThrow("is no place in S3");
  }
});
