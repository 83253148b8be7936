import { eventStoreOver, type StoreClock } from "./store.ts";
import type { CommitItem, CommitRange, CommitTable } from "./table.ts";
import type { EventStore, StoreScan } from "./types.ts";

/** What only tests may do: look at the items, and change them as somebody with access to the table could. */
export interface TableHooks {
  items(): readonly CommitItem[];
  /** Replaces the item of this key by what `change` makes of it; null removes it. A changed key moves the item. */
  tamper(pk: string, sk: string, change: (item: CommitItem) => CommitItem | null): void;
}

export type MemoryEventStore = EventStore & StoreScan & { readonly table: TableHooks };

/** The event store in memory: the protocol, layout and bytes of the one on DynamoDB. */
export function memoryEventStore({ clock }: { readonly clock: StoreClock }): MemoryEventStore {
  const streams = new Map<string, Map<string, CommitItem>>();
  const put = (item: CommitItem) => {
    const commits = streams.get(item.pk) ?? new Map<string, CommitItem>();
    streams.set(item.pk, commits.set(item.sk, item));
  };

  const table: CommitTable = {
    async putNew(item) {
      if (streams.get(item.pk)?.has(item.sk)) return false;
      put(item);
      return true;
    },
    async get(pk, sk) {
      return streams.get(pk)?.get(sk) ?? null;
    },
    async *query(pk, range) {
      yield* select([...(streams.get(pk)?.values() ?? [])], range);
    },
    async *scanStreams(prefix) {
      for (const pk of [...streams.keys()]) if (pk.startsWith(prefix)) yield pk;
    },
  };

  const hooks: TableHooks = {
    items: () => [...streams.values()].flatMap((commits) => [...commits.values()]),
    tamper(pk, sk, change) {
      const item = streams.get(pk)?.get(sk);
      if (item === undefined) throw new Error(`There is no item ${pk} ${sk} to change.`);
      streams.get(pk)?.delete(sk);
      if (streams.get(pk)?.size === 0) streams.delete(pk);
      const changed = change(item);
      if (changed !== null) put(changed);
    },
  };
  return { ...eventStoreOver(table, clock), table: hooks };
}

function select(items: readonly CommitItem[], range: CommitRange): readonly CommitItem[] {
  const { from = "", to, reverse = false, limit } = range;
  const inside = items
    .filter((item) => item.sk >= from && (to === undefined || item.sk <= to))
    .sort((a, b) => (a.sk < b.sk ? -1 : 1));
  if (reverse) inside.reverse();
  return limit === undefined ? inside : inside.slice(0, limit);
}
