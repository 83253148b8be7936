import { beforeEach, describe, expect, it } from "vitest";
import { takeCheckpoint } from "./checkpoint.ts";
import { memoryCheckpointStore } from "./checkpoints-memory.ts";
import { FORMAT } from "./format.ts";
import { indexStream } from "./index-stream.ts";
import { applicationRows, roleRows } from "./lists.ts";
import { findRole } from "./role-history.ts";
import type { IndexItem } from "./table.ts";
import { day, whole } from "./testing.ts";
import { whoCan } from "./who-can.ts";

type History = Awaited<ReturnType<typeof whole>>;

/** An index as a PLP wrote it that knew less. */
async function ofBefore(history: History): Promise<void> {
  const { index } = history;
  const items = index.items();
  await index.remove(items);
  await index.putAll(items.filter(({ pk }) => !pk.startsWith("index#named#")).map(poorer));
}

function poorer(item: IndexItem): IndexItem {
  if (!/^index#(list|standing)#/.test(item.pk)) return item;
  const { format, unapplied, ...less } = JSON.parse(item.x) as Record<string, unknown>;
  return { ...item, x: JSON.stringify({ ...less, proposals: [] }) };
}

describe("index items of another form", () => {
  let history: History;
  beforeEach(async () => {
    history = await whole();
    await history.indexAll();
    await ofBefore(history);
  });

  it("are read as far as they go", async () => {
    const [row] = await roleRows(history.index);
    const arn = row?.roleArn ?? "";
    expect(row).toMatchObject({ application: "shop", permissions: 1, unapplied: null });
    expect(row?.format).toBeLessThan(FORMAT);
    expect((await findRole(arn, history)).events.at(-1)?.version).toBe(row?.version);
  });

  it("are not asked what a role can: its policies are made of the events", async () => {
    const { index } = history;
    const standing = index.items().find(({ pk }) => pk.startsWith("index#standing#"));
    if (standing === undefined) throw new Error("no standing");
    await index.putAll([{ ...standing, x: JSON.stringify({ ...JSON.parse(standing.x), applied: null }) }]);
    const { roles } = await whoCan({ action: "sqs:TagQueue" }, history);
    expect(roles).toMatchObject([{ policy: "applied", approvedBy: "reviewer-1" }]);
  });

  it("are made anew from the first event when something looks at their stream", async () => {
    for (const { stream } of [...(await roleRows(history.index)), ...(await applicationRows(history.index))])
      await indexStream(stream, history);
    expect(history.index.items()).toEqual(await history.remade());
  });

  it("are made anew by the daily checkpoint, where nothing happens", async () => {
    const checkpoints = memoryCheckpointStore();
    const { mended } = await takeCheckpoint(day(20), { ...history, checkpoints });
    expect(mended).toHaveLength(2);
    expect(history.index.items()).toEqual(await history.remade());
    const { mended: next } = await takeCheckpoint(day(21), { ...history, checkpoints });
    expect(next).toEqual([]);
  });
});

describe("the form of the index items", () => {
  it("goes up with what they say: another shape is another form", async () => {
    const history = await whole();
    await history.indexAll();
    const shapes = new Set(history.index.items().map(shapeOf));
    // Where this fails, raise FORMAT and write down both: without it, items of before are never made anew.
    expect({ format: FORMAT, shapes: [...shapes].sort() }).toMatchInlineSnapshot(`
      {
        "format": 2,
        "shapes": [
          "account: accountId actor application correlationId environment hash occurredAt people recordedAt roleArn services stream text type version",
          "action: accountId actions actor application correlationId environment hash occurredAt people recordedAt roleArn services stream text type version",
          "actor: accountId actor application correlationId environment hash occurredAt people recordedAt roleArn services stream text type version",
          "application: accountId actor application correlationId environment hash occurredAt people recordedAt roleArn services stream text type version",
          "growth",
          "list: accountId application environment folder format hash inScope lastChange mode permissions project proposals recordedAt region retired roleArn services stream unapplied uniqueId version",
          "list: folder format hash name project recordedAt refused requests round stream version",
          "month: accountId actor application correlationId environment hash occurredAt people recordedAt roleArn services stream text type version",
          "months",
          "named: roleArn stream uniqueId",
          "role: accountId actor application correlationId environment hash occurredAt people recordedAt roleArn services stream text type version",
          "standing: applied approved approvedBefore format growth version",
          "type: accountId actor application correlationId environment hash occurredAt people recordedAt roleArn services stream text type version",
        ],
      }
    `);
  });
});

function shapeOf({ pk, x }: IndexItem): string {
  const [, kind] = pk.split("#");
  const value: unknown = JSON.parse(x);
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? `${kind}: ${Object.keys(value).sort().join(" ")}` : `${kind}`;
}
