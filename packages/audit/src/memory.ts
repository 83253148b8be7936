import type { IndexItem, IndexTable } from "./table.ts";

interface Clock {
  now(): Date;
}

/** Index items in memory, as in DynamoDB. `items` is for tests. */
export function memoryIndexTable(clock: Clock): IndexTable & { items(): readonly IndexItem[] } {
  const partitions = new Map<string, Map<string, { readonly item: IndexItem; readonly writtenAt: Date }>>();
  const put = (item: IndexItem) => {
    const partition = partitions.get(item.pk) ?? new Map();
    partitions.set(item.pk, partition.set(item.sk, { item: { ...item }, writtenAt: clock.now() }));
  };
  const found = (pk: string, sk: string) => partitions.get(pk)?.get(sk)?.item ?? null;
  const all = () => [...partitions.values()].flatMap((partition) => [...partition.values()]);

  return {
    async get(pk, sk) {
      return found(pk, sk);
    },
    async page(pk, { from, to, reverse = false, after, limit }) {
      const inside = [...(partitions.get(pk)?.values() ?? [])]
        .map(({ item }) => item)
        .filter(({ sk }) => (from === undefined || sk >= from) && (to === undefined || sk <= to))
        .sort((a, b) => (a.sk < b.sk ? -1 : 1));
      if (reverse) inside.reverse();
      const left = inside.filter(({ sk }) => after === undefined || (reverse ? sk < after : sk > after));
      return { items: left.slice(0, limit), more: left.length > limit };
    },
    async putAll(items) {
      for (const item of items) put(item);
    },
    async putNewer(item) {
      if ((found(item.pk, item.sk)?.v ?? 0) <= item.v) put(item);
    },
    async *keys() {
      yield* all().map(({ item: { pk, sk }, writtenAt }) => ({ pk, sk, writtenAt }));
    },
    async remove(keys) {
      for (const { pk, sk } of keys) partitions.get(pk)?.delete(sk);
    },
    items: () =>
      all()
        .map(({ item }) => item)
        .sort((a, b) => (a.pk === b.pk ? (a.sk < b.sk ? -1 : 1) : a.pk < b.pk ? -1 : 1)),
  };
}
