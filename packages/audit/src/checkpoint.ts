import {
  type CheckpointHead,
  type CheckpointStore,
  checkpointHash,
  type EventStore,
  writeCheckpoint,
} from "@plp/event-store";
import { applicationRows, roleRows } from "./lists.ts";
import type { IndexTable } from "./table.ts";

export interface CheckpointPorts {
  readonly store: Pick<EventStore, "read">;
  readonly index: IndexTable;
  readonly checkpoints: CheckpointStore;
}

const SIDE_BY_SIDE = 32;

/**
 * Writes the heads of all roles and applications to the write-once store, under the day; the first of a day stands.
 * The streams are those of the index, their heads are read from the store.
 */
export async function takeCheckpoint(
  at: string,
  { store, index, checkpoints }: CheckpointPorts,
): Promise<{ readonly name: string; readonly heads: number; readonly written: boolean }> {
  const name = at.slice(0, 10);
  const names = await checkpoints.names();
  if (names.includes(name)) return { name, heads: 0, written: false };
  const before = names.filter((known) => known < name).at(-1);
  const previous =
    before === undefined ? null : { name: before, sha256: checkpointHash(await checkpoints.read(before)) };
  const [roles, applications] = await Promise.all([roleRows(index), applicationRows(index)]);
  const streams = [...roles, ...applications].map(({ stream }) => stream);
  const heads = await headsOf(streams, store);
  const written = await checkpoints.write(name, writeCheckpoint({ at, previous, heads }));
  return { name, heads: heads.length, written };
}

async function headsOf(
  streams: readonly string[],
  store: CheckpointPorts["store"],
): Promise<readonly CheckpointHead[]> {
  const heads: CheckpointHead[] = [];
  for (let at = 0; at < streams.length; at += SIDE_BY_SIDE) {
    const some = await Promise.all(
      streams.slice(at, at + SIDE_BY_SIDE).map(async (stream) => {
        const [last] = await store.read(stream, { reverse: true, limit: 1, consistent: true });
        return last === undefined ? [] : [{ stream, version: last.version, hash: last.hash }];
      }),
    );
    heads.push(...some.flat());
  }
  return heads;
}
