import type { StoreScan } from "@plp/event-store";
import { type IndexPorts, indexStream, noteNewest } from "./index-stream.ts";
import type { WrittenKey } from "./table.ts";

export interface Rebuilt {
  readonly streams: number;
  /** Items that nothing made any more, taken away. */
  readonly removed: number;
}

/** Whose clocks write index items may differ by so much. */
const SKEW_MS = 10 * 60_000;
const BATCH = 500;

/**
 * Remakes every index item from the events, while the system goes on: what stands there stays readable until it is
 * replaced by the same, and what was not written again since the beginning is no longer made by anything and goes.
 */
export async function rebuild(
  ports: IndexPorts & { readonly scan: Pick<StoreScan, "streams">; readonly clock: { now(): Date } },
  progress: (streams: number) => void = () => undefined,
): Promise<Rebuilt> {
  const { index, scan, clock } = ports;
  const oldest = clock.now().getTime() - SKEW_MS;
  let streams = 0;
  let newest = "";
  for await (const stream of scan.streams()) {
    const recordedAt = await indexStream(stream, ports, { fromStart: true });
    if (recordedAt === null) continue;
    streams += 1;
    if (recordedAt > newest) newest = recordedAt;
    progress(streams);
  }
  if (newest !== "") await noteNewest(index, newest);
  let removed = 0;
  let batch: WrittenKey[] = [];
  const flush = async () => {
    await index.remove(batch);
    removed += batch.length;
    batch = [];
  };
  for await (const key of index.keys()) {
    if (key.writtenAt.getTime() >= oldest) continue;
    batch.push(key);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return { streams, removed };
}
