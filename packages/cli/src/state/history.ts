import type { IndexTable } from "@plp/audit";
import type { BlobStore, CheckpointStore, EventStore, StoreScan } from "@plp/event-store";
import type { Endpoints } from "@plp/local-cloud";

/** The history, open for reading; `close` ends everything that was started for it. */
export interface History {
  readonly store: EventStore & StoreScan;
  readonly index: IndexTable;
  /** What cursors of this history are signed with. */
  cursorKey(): Uint8Array;
  /** Null where the place of the blobs is not known. */
  readonly blobs: Pick<BlobStore, "get"> | null;
  /** Null where the place of the checkpoints is not known. */
  readonly checkpoints: Pick<CheckpointStore, "names" | "read"> | null;
  /** Where it lies, for messages. */
  readonly where: string;
  /** Of the running system; null when it is read without one. */
  readonly endpoints: Endpoints | null;
  close(): Promise<void>;
}
