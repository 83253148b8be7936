import { roleStream } from "@plp/domain";
import { describe, expect, it } from "vitest";
import { indexStream, noteNewest } from "./index-stream.ts";
import { memoryIndexTable } from "./memory.ts";
import { listRoles } from "./overview.ts";
import { rebuild } from "./rebuild.ts";
import type { IndexTable } from "./table.ts";
import { day, shop, steps, whole, written } from "./testing.ts";

/** A table whose process dies at its n-th write: that and all later ones are never made. */
function dyingAt(index: IndexTable, write: number): IndexTable {
  let writes = 0;
  const mayDie = () => {
    writes += 1;
    if (writes >= write) throw new Error("killed");
  };
  return {
    ...index,
    putAll: async (items) => {
      mayDie();
      await index.putAll(items);
    },
    putNewer: async (item) => {
      mayDie();
      await index.putNewer(item);
    },
  };
}

describe("the index of a stream", () => {
  it("is the same whether it follows every event or comes late", async () => {
    const history = written();
    for (const step of steps) {
      await step(history);
      await history.indexAll();
      expect(history.index.items()).toEqual(await history.remade());
    }
    expect(history.index.items().length).toBeGreaterThan(75);
  });

  it("is whole after a crash at any write and another delivery, wherever it had come to", async () => {
    for (const known of [0, 3, 7]) {
      for (let write = 1; ; write += 1) {
        const history = written();
        for (const step of steps.slice(0, known)) await step(history);
        await history.indexAll();
        for (const step of steps.slice(known)) await step(history);
        const { store, index } = history;
        const died = await indexStream(roleStream(shop), { store, index: dyingAt(index, write) }).then(
          () => false,
          () => true,
        );
        await history.indexAll();
        expect(history.index.items()).toEqual(await history.remade());
        if (!died) break;
        expect(write).toBeLessThan(10);
      }
    }
  });

  it("never goes back when a delivery that saw less writes last", async () => {
    const history = written();
    for (const step of steps.slice(0, 4)) await step(history);
    const { store, index } = history;
    const held: (() => Promise<void>)[] = [];
    const slow: IndexTable = {
      ...index,
      putNewer: async (item) => void held.push(() => index.putNewer(item)),
    };
    await indexStream(roleStream(shop), { store, index: slow });
    for (const step of steps.slice(4)) await step(history);
    await history.indexAll();
    for (const write of held) await write();
    expect(index.items()).toEqual(await history.remade());
  });

  it("makes the policies of the events again where the index holds newer ones than the row", async () => {
    const history = await whole();
    await history.indexAll();
    const [row] = history.index
      .items()
      .filter(({ pk, v }) => pk.startsWith("index#list#role") && v !== undefined);
    const early = written();
    for (const step of steps.slice(0, 7)) await step(early);
    await early.indexAll();
    const old = early.index.items().find(({ pk, sk }) => pk === row?.pk && sk === row.sk);
    if (old === undefined) throw new Error("no row");
    await history.index.putAll([old]);
    await history.indexAll();
    expect(history.index.items()).toEqual(await history.remade());
  });

  it("holds the request that was closed and opened again, and what waits for a decision", async () => {
    const history = await whole();
    await history.indexAll();
    const [role] = await listRoles(history.index);
    expect(role).toMatchObject({
      roleArn: shop.arn,
      application: "shop",
      permissions: 1,
      lastChange: day(9),
      openMergeRequests: [{ kind: "grow", iid: 58 }],
    });
  });

  it("has nothing for a stream of nobody's history", async () => {
    const { store } = written();
    const index = memoryIndexTable({ now: () => new Date(day(1)) });
    for (const stream of ["claim#name#shop", "role#nothing", "app#", "run#gone"])
      expect(await indexStream(stream, { store, index })).toBeNull();
    expect(index.items()).toEqual([]);
  });
});

describe("a rebuild", () => {
  it("comes to what was there, and takes away what no event makes", async () => {
    const history = await whole();
    await history.indexAll();
    await noteNewest(history.index, day(9));
    const live = history.index.items();
    const { index, store, clock } = history;
    await index.putAll([{ pk: "index#actor#nobody", sk: "x", x: "{}" }]);
    const [row] = live.filter(({ pk }) => pk.startsWith("index#list#role"));
    if (row === undefined) throw new Error("no row");
    await index.putAll([{ ...row, x: "{}" }]);
    await index.remove(live.filter(({ pk }) => pk.startsWith("index#type")));
    history.setNow(day(20));
    expect(await rebuild({ index, store, scan: store, clock })).toEqual({ streams: 2, removed: 1 });
    expect(index.items()).toEqual(live);
  });
});
