import { beforeEach, describe, expect, it } from "vitest";
import { type IndexItem, type IndexTable, itemsOf } from "./table.ts";

const item = (sk: string, more: Partial<IndexItem> = {}): IndexItem => ({
  pk: "index#type#policyproposed",
  sk,
  x: JSON.stringify({ sk }),
  ...more,
});

/** What every index table must do. `make` gives an empty one. */
export function indexTableContract(name: string, make: () => Promise<IndexTable>): void {
  describe(`index table: ${name}`, () => {
    let index: IndexTable;
    beforeEach(async () => {
      index = await make();
    });

    const pk = "index#type#policyproposed";
    const slots = async (range: Parameters<IndexTable["page"]>[1]) => {
      const { items, more } = await index.page(pk, range);
      // Where a page is full, a table may not know yet that nothing follows.
      return [items.map(({ sk }) => sk).join(""), items.length < range.limit ? more : "full"];
    };

    it("gives back whole what was put, and null for what was not", async () => {
      const long = item("a", { x: JSON.stringify("ü".repeat(5_000)), ttl: 1_900_000_000 });
      await index.putAll([long, item("b")]);
      expect(await index.get(pk, "a")).toEqual(long);
      expect(await index.get(pk, "b")).toEqual(item("b"));
      expect(await index.get(pk, "c")).toBeNull();
    });

    it("puts any number of items, and the same again without harm", async () => {
      const many = Array.from({ length: 60 }, (_, i) => item(String(i).padStart(3, "0")));
      await index.putAll(many);
      await index.putAll(many);
      const found: IndexItem[] = [];
      for await (const one of itemsOf(index, pk)) found.push(one);
      expect(found).toEqual(many);
      await index.putAll([]);
    });

    it("reads a range page by page, in both directions, and says whether there is more", async () => {
      await index.putAll(["a", "b", "c", "d", "e"].map((sk) => item(sk)));
      expect(await slots({ limit: 9 })).toEqual(["abcde", false]);
      expect(await slots({ limit: 2 })).toEqual(["ab", "full"]);
      expect(await slots({ limit: 9, from: "b", to: "d" })).toEqual(["bcd", false]);
      expect(await slots({ limit: 2, from: "b", to: "d", after: "c" })).toEqual(["d", false]);
      expect(await slots({ limit: 2, reverse: true })).toEqual(["ed", "full"]);
      expect(await slots({ limit: 2, reverse: true, after: "d" })).toEqual(["cb", "full"]);
      expect(await slots({ limit: 2, reverse: true, from: "b", after: "d" })).toEqual(["cb", "full"]);
      expect(await slots({ limit: 2, reverse: true, to: "cc" })).toEqual(["cb", "full"]);
      expect((await index.page(pk, { limit: 2 })).more).toBe(true);
      expect(await slots({ limit: 9, from: "d", to: "b" })).toEqual(["", false]);
      expect(await slots({ limit: 9, from: "x" })).toEqual(["", false]);
    });

    it("never lets an item give way to an older version of it", async () => {
      const versioned = (v: number) => ({ ...item("now"), v, x: `${v}` });
      await index.putNewer(versioned(2));
      await index.putNewer(versioned(1));
      expect((await index.get(pk, "now"))?.x).toBe("2");
      await index.putNewer({ ...versioned(2), x: '"same"' });
      expect((await index.get(pk, "now"))?.x).toBe('"same"');
      await index.putNewer(versioned(10));
      expect(await index.get(pk, "now")).toEqual(versioned(10));
    });

    it("lists every key for a rebuild, and removes the named ones", async () => {
      await index.putAll([item("a"), item("b"), item("c", { pk: "index#other" })]);
      const keys = async () => {
        const found: string[] = [];
        for await (const key of index.keys()) found.push(`${key.pk} ${key.sk}`);
        return found.sort();
      };
      expect(await keys()).toEqual(["index#other c", `${pk} a`, `${pk} b`]);
      await index.remove([
        { pk, sk: "a" },
        { pk, sk: "never there" },
      ]);
      expect(await keys()).toEqual(["index#other c", `${pk} b`]);
    });
  });
}
