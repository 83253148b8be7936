import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoIndexTable, indexStream, roleRows } from "@plp/audit";
import { roleStream } from "@plp/domain";
import { dynamoEventStore, tableDefinition } from "@plp/event-store";
import { lockState, startTable } from "@plp/local-cloud";
import { systemClock } from "@plp/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { role, writeRole } from "../testing/story.ts";
import { openHistory, runningSystem, withHistory } from "./open-history.ts";
import { sha256 } from "./sha256.ts";

const state = mkdtempSync(join(tmpdir(), "plp-state-"));
const definition = tableDefinition("plp");
const env = {};

function clientOf(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new DynamoDBClient({ endpoint, region: "us-east-1", credentials });
}

function writeEndpoints(dynamodb: string): void {
  const other = "http://127.0.0.1:9";
  const endpoints = {
    ...{ pid: 1, sqs: other, dynamodb, s3: other, accessAnalyzer: other },
    ...{ awsRegion: "us-east-1", awsAccessKeyId: "local", awsSecretAccessKey: "local" },
    ...{ table: "plp", blobs: "plp-blobs", checkpoints: "plp-checkpoints", archive: "logs", queues: {} },
  };
  writeFileSync(join(state, "endpoints.json"), JSON.stringify(endpoints));
}

beforeAll(async () => {
  const table = await startTable({ dir: join(state, "table"), definition });
  const client = clientOf(table.url);
  const options = { client, table: "plp", clock: systemClock };
  const store = dynamoEventStore(options);
  await writeRole(store, role("prod"), "prod", "e".repeat(64));
  await indexStream(roleStream(role("prod")), { store, index: dynamoIndexTable(options) });
  client.destroy();
  await table.stop();
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

const roleCount = () =>
  withHistory({ state, env }, async (history) => (await roleRows(history.index)).length);

describe("a history on this machine", () => {
  it("is opened without a running system, and left closed", async () => {
    expect(await roleCount()).toBe(1);
    lockState(state).release();
  });

  it("is read by two at the same time, one after the other", async () => {
    expect(await Promise.all([roleCount(), roleCount()])).toEqual([1, 1]);
  });

  it("is not read through endpoints that a killed process left behind", async () => {
    writeEndpoints("http://127.0.0.1:9");
    expect(await roleCount()).toBe(1);
    await expect(runningSystem(state)).rejects.toThrow(`nothing runs on ${state}`);
  });

  it("is read through the endpoints of the process that has it", async () => {
    const lock = lockState(state);
    const table = await startTable({ dir: join(state, "table"), definition });
    writeEndpoints(table.url);
    try {
      const history = await openHistory({ state, env });
      expect(history.endpoints?.dynamodb).toBe(table.url);
      expect(await roleRows(history.index)).toHaveLength(1);
      await history.close();
      expect((await runningSystem(state)).table).toBe("plp");
    } finally {
      await table.stop();
      lock.release();
    }
  });

  it("hands out a blob only when it is what was written", async () => {
    const bytes = Buffer.from("evidence");
    const hash = sha256(bytes);
    const dir = join(state, "blobs", "=sha256");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `-${hash}`), gzipSync(bytes));
    await withHistory({ state, env }, async ({ blobs }) => {
      expect(Buffer.from((await blobs?.get(hash)) ?? [])).toEqual(bytes);
      await expect(blobs?.get("0".repeat(64))).rejects.toMatchObject({ code: "blob-missing" });
      writeFileSync(join(dir, `-${hash}`), gzipSync("other"));
      await expect(blobs?.get(hash)).rejects.toMatchObject({ code: "blob-damaged" });
      writeFileSync(join(dir, `-${hash}`), readFileSync(join(dir, `-${hash}`)).subarray(0, 12));
      await expect(blobs?.get(hash)).rejects.toMatchObject({ code: "blob-damaged" });
    });
  });

  it("is not made where there is none", async () => {
    const other = join(state, "other");
    await expect(openHistory({ state: other, env })).rejects.toThrow(/there is no history in .*npm start/);
  });
});

describe("a history on AWS", () => {
  it("is the table that PLP_TABLE names, unless --state says otherwise", async () => {
    const aws = { PLP_TABLE: "plp-table" };
    const history = await openHistory({ state: undefined, env: aws });
    expect(history.where).toBe("table plp-table");
    expect(history.blobs).toBeNull();
    await history.close();
    const local = await openHistory({ state, env: aws });
    expect(local.where).toBe(state);
    await local.close();
  });
});
