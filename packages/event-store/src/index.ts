export { type Commit, type Committed, commit } from "./commit.ts";
export type {
  Actor,
  AppendOptions,
  AppendResult,
  BlobStore,
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
