export { announcing } from "./announcing.ts";
export { memoryBlobStore } from "./blobs-memory.ts";
export { type S3BlobStoreOptions, s3BlobStore } from "./blobs-s3.ts";
export { canonicalJson, digestOf } from "./canonical.ts";
export {
  type Checkpoint,
  type CheckpointHead,
  checkpointHash,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
export { s3CheckpointStore, unpackCheckpoint } from "./checkpoints-s3.ts";
export { packText, unpackText } from "./codec.ts";
export { type Commit, type Committed, commit } from "./commit.ts";
export { type DynamoEventStoreOptions, dynamoEventStore } from "./dynamo.ts";
export { isStoreError, StoreError, type StoreErrorCode } from "./errors.ts";
export { type MemoryEventStore, memoryEventStore, type TableHooks } from "./memory.ts";
export { sdkFault } from "./sdk-fault.ts";
export type { StoreClock } from "./store.ts";
export { TTL_ATTRIBUTE, tableDefinition } from "./table-definition.ts";
export type {
  Actor,
  AppendOptions,
  AppendResult,
  BlobStore,
  CheckpointStore,
  EventStore,
  Head,
  Json,
  Loaded,
  NewEvent,
  ReadOptions,
  RecordedEvent,
  StoredCommit,
  StoreScan,
} from "./types.ts";
export { type BrokenCommit, type Verification, verifyAll, verifyStream } from "./verify.ts";
