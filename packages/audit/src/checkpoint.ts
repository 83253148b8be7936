import { type CheckpointHead, type CheckpointStore, checkpointHash, writeCheckpoint } from "@plp/event-store";
import { FORMAT } from "./format.ts";
import { type IndexPorts, indexStream } from "./index-stream.ts";
import { applicationRows, roleRows } from "./lists.ts";

export interface CheckpointPorts extends IndexPorts {
  readonly checkpoints: CheckpointStore;
}

const SIDE_BY_SIDE = 32;
/** After an upgrade it may be all of them; a delivery that dies on the way has done a part for the next. */
const INDEXED_AT_ONCE = 8;

interface Checkpoint {
  /** The day. */
  readonly name: string;
  readonly heads: number;
  /** False where the day had one already. */
  readonly written: boolean;
  /** Streams whose index items had fallen behind and were brought up. */
  readonly mended: readonly string[];
}

/**
 * Writes the heads of all roles and applications to the write-once store, under the day; the first of a day stands.
 * The streams are those of the index, their heads are read from the store; where a stream has gone further than the
 * index knows, because nobody lived to tell of it, or its items are of another form, they are brought up first.
 */
export async function takeCheckpoint(at: string, ports: CheckpointPorts): Promise<Checkpoint> {
  const { store, index, checkpoints } = ports;
  const name = at.slice(0, 10);
  const names = await checkpoints.names();
  if (names.includes(name)) return { name, heads: 0, written: false, mended: [] };
  const before = names.filter((known) => known < name).at(-1);
  const previous =
    before === undefined ? null : { name: before, sha256: checkpointHash(await checkpoints.read(before)) };
  const [roles, applications] = await Promise.all([roleRows(index), applicationRows(index)]);
  const indexed = new Map(
    [...roles, ...applications].map(({ stream, version, format }) => [
      stream,
      format === FORMAT ? version : 0,
    ]),
  );
  const heads = await headsOf([...indexed.keys()], store);
  const behind = heads.filter(({ stream, version }) => version > (indexed.get(stream) ?? 0));
  for (let at = 0; at < behind.length; at += INDEXED_AT_ONCE)
    await Promise.all(behind.slice(at, at + INDEXED_AT_ONCE).map(({ stream }) => indexStream(stream, ports)));
  const written = await checkpoints.write(name, writeCheckpoint({ at, previous, heads }));
  return { name, heads: heads.length, written, mended: behind.map(({ stream }) => stream) };
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
