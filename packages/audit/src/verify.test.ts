import { createHash } from "node:crypto";
import { roleStream } from "@plp/domain";
import { addition } from "@plp/domain/testing";
import { memoryBlobStore, memoryEventStore } from "@plp/event-store";
import { describe, expect, it } from "vitest";
import { anchorsOf } from "./anchors.ts";
import { takeCheckpoint } from "./checkpoint.ts";
import { memoryCheckpointStore } from "./checkpoints-memory.ts";
import { roleRows } from "./lists.ts";
import { day, roleOf, written } from "./testing.ts";
import { verifyHistory } from "./verify.ts";

const shop = roleOf("shop");
const stream = roleStream(shop);

/** A role and its application over some days, with a checkpoint at the end of each. */
async function begun() {
  const history = written();
  const checkpoints = memoryCheckpointStore();
  const blobs = memoryBlobStore();
  const checkpoint = async (n: number) => {
    await history.indexAll();
    return takeCheckpoint(day(n), { ...history, checkpoints });
  };
  await history.plan("shop", day(1), [shop]);
  await history.discover(shop, day(1));
  await history.edit(shop, day(2), [{ Effect: "Allow", Action: ["s3:Get*"], Resource: "*" }]);
  await checkpoint(2);
  await history.edit(shop, day(3), [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: "*" }]);
  await history.edit(shop, day(4), [{ Effect: "Allow", Action: ["s3:PutObject"], Resource: "*" }]);
  await checkpoint(4);
  const verified = async (store: Pick<typeof history.store, "streams" | "commits"> = history.store) => {
    const { anchors, broken } = await anchorsOf(checkpoints);
    const ports = { scan: store, blobs, now: new Date(day(5)) };
    return { ...(await verifyHistory(store.streams(), anchors, ports)), checkpoints: broken };
  };
  return { ...history, checkpoints, checkpoint, verified };
}

type Begun = Awaited<ReturnType<typeof begun>>;

const slot = (version: number) => String(version).padStart(12, "0");
const change = (history: Begun, version: number, item: object | null) =>
  history.store.table.tamper(stream, slot(version), (before) =>
    item === null ? null : { ...before, ...item },
  );

describe("verification against checkpoints", () => {
  it("finds nothing in a history that went on since", async () => {
    const history = await begun();
    await history.edit(shop, day(5), [{ Effect: "Allow", Action: ["s3:List*"], Resource: "*" }]);
    expect(await history.verified()).toMatchObject({ streams: 2, events: 6, broken: [], checkpoints: [] });
  });

  it("reads every stream once", async () => {
    const history = await begun();
    const read: string[] = [];
    const commits = (name: string) => {
      read.push(name);
      return history.store.commits(name);
    };
    await history.verified({ ...history.store, commits });
    expect(read.sort()).toEqual(["app#iam/roles#shop", stream]);
  });

  it("names any attribute of any commit item that was changed, and a commit that is gone", async () => {
    const attributes: Readonly<Record<string, unknown>> = {
      ...{ n: 9, id: "x", at: "2026-01-02T12:00:00.001Z", h: "0".repeat(64), ttl: 1 },
      e: Buffer.from("[]"),
    };
    for (const version of [1, 2, 3, 4]) {
      for (const [name, value] of Object.entries(attributes)) {
        const history = await begun();
        change(history, version, { [name]: value });
        const { broken } = await history.verified();
        expect(broken, `${name} of version ${version}`).not.toEqual([]);
        expect(broken.every((one) => one.stream === stream)).toBe(true);
        expect(broken.map((one) => one.version)).toContain(version);
      }
      const history = await begun();
      change(history, version, null);
      expect((await history.verified()).broken).not.toEqual([]);
    }
  });

  it("names a tail that was cut off, which the chain does not show", async () => {
    const history = await begun();
    change(history, 4, null);
    expect((await history.verified()).broken).toEqual([
      {
        stream,
        version: 4,
        reason: "the stream ends at version 3, checkpoint 2026-01-04 saw version 4: its end was cut off",
      },
    ]);
  });

  it("names a chain that was written anew, hash by hash, which the chain does not show", async () => {
    const history = await begun();
    const forged = memoryEventStore({ clock: history.clock });
    for (const name of [stream, "app#iam/roles#shop"]) {
      const { events } = await history.store.load(name);
      let { head } = await forged.load(name);
      for (const {
        type,
        schemaVersion,
        occurredAt,
        actor,
        correlationId,
        causationId,
        data,
        version,
      } of events) {
        const event = { type, schemaVersion, occurredAt, actor, correlationId, causationId, data };
        const written = version === 2 && name === stream ? { ...event, occurredAt: day(1) } : event;
        const result = await forged.append(name, head, [written], { commitId: `forged ${version}` });
        if (result.kind === "appended") head = result.head;
      }
    }
    const { broken } = await history.verified(forged);
    expect(broken.map((one) => [one.stream, one.version])).toEqual(
      expect.arrayContaining([
        [stream, 2],
        ["app#iam/roles#shop", 1],
      ]),
    );
    expect(broken[0]?.reason).toMatch(/checkpoint 2026-01-0\d saw [0-9a-f]{64}: the chain was written anew/);
  });

  it("names a stream that is gone altogether", async () => {
    const history = await begun();
    for (const version of [1, 2, 3, 4]) change(history, version, null);
    expect((await history.verified()).broken).toEqual([
      { stream, version: 4, reason: "the stream is gone; checkpoint 2026-01-02 saw it" },
    ]);
  });

  it("names a checkpoint that was changed, taken away or damaged", async () => {
    const history = await begun();
    await history.checkpoint(6);
    const names = await history.checkpoints.names();
    expect(names).toEqual(["2026-01-02", "2026-01-04", "2026-01-06"]);
    const { checkpoints } = history;
    const changed = async (name: string) => {
      const bytes = await checkpoints.read(name);
      return name === "2026-01-04"
        ? Buffer.from(Buffer.from(bytes).toString().replace('"v":1', '"v":1 '))
        : bytes;
    };
    const reasons = async (store: Parameters<typeof anchorsOf>[0]) =>
      (await anchorsOf(store)).broken.map(({ stream: of, reason }) => `${of}: ${reason}`);
    const without = { ...checkpoints, names: async () => names.filter((name) => name !== "2026-01-04") };
    expect(await reasons(checkpoints)).toEqual([]);
    expect(await reasons({ ...checkpoints, read: changed })).toHaveLength(1);
    expect(await reasons(without)).toEqual([
      "checkpoint 2026-01-06: checkpoint 2026-01-04 before it is gone",
    ]);
    const empty = { ...checkpoints, read: async () => Buffer.from("[]") };
    expect(await reasons(empty)).toHaveLength(3);
  });

  it("checks what an event says of itself: the hash of its policy, its evidence, the expiry of its run", async () => {
    const history = await begun();
    await history.propose(shop, day(5), [addition("sqs:CreateQueue")]);
    const missing = await history.verified();
    expect(missing.broken).toMatchObject([
      { version: 5, reason: expect.stringContaining("There is no blob e1") },
    ]);
    expect(missing.blobs).toBe(1);
  });
});

describe("a checkpoint", () => {
  it("is taken once a day, and the first of a day stands", async () => {
    const history = await begun();
    expect(await history.checkpoint(4)).toEqual({ name: "2026-01-04", heads: 0, written: false, mended: [] });
    expect(await history.checkpoint(5)).toEqual({ name: "2026-01-05", heads: 2, written: true, mended: [] });
  });

  it("brings up the index of a stream that nobody told of, and holds the stream's head all the same", async () => {
    const history = await begun();
    await history.edit(shop, day(5), [{ Effect: "Allow", Action: ["s3:List*"], Resource: "*" }]);
    const versionOf = async () => (await roleRows(history.index)).map(({ version }) => version);
    expect(await versionOf()).toEqual([4]);
    const { mended } = await takeCheckpoint(day(5), history);
    expect(mended).toEqual([stream]);
    expect(await versionOf()).toEqual([5]);
    expect((await takeCheckpoint(day(6), history)).mended).toEqual([]);
  });

  it("names the one before it by the hash of its bytes, and every head by version and hash", async () => {
    const { checkpoints, store } = await begun();
    const bytes = await checkpoints.read("2026-01-04");
    const sha256 = createHash("sha256")
      .update(await checkpoints.read("2026-01-02"))
      .digest("hex");
    const heads = await Promise.all(
      ["app#iam/roles#shop", stream].map(async (name) => {
        const { head } = await store.load(name);
        return [name, head.version, head.hash];
      }),
    );
    expect(JSON.parse(Buffer.from(bytes).toString("utf8"))).toEqual({
      ...{ v: 1, at: day(4), previous: { name: "2026-01-02", sha256 }, heads },
    });
  });
});
