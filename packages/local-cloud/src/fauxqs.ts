import { mkdirSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { buildApp } from "fauxqs";

// fauxqs' own `startFauxqs` listens on every interface and its package exports nothing else, so its parts are loaded
// by their address and put together here as it does, with three repairs that `openStore` names.

type App = ReturnType<typeof buildApp>;
type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>["stores"]>;

export interface QueueState {
  readonly ready: number;
  readonly inFlight: number;
  readonly delayed: number;
}

interface SqsQueue {
  readonly name: string;
  url: string;
  persistence?: unknown;
  inspectMessages(): {
    readonly ready: readonly unknown[];
    readonly delayed: readonly unknown[];
    readonly inflight: readonly unknown[];
  };
}

interface SqsStore {
  host: string;
  region?: string;
  persistence?: unknown;
  allQueues(): Iterable<SqsQueue>;
  createQueue(name: string, url: string, arn: string, attributes: Record<string, string>): SqsQueue;
  getQueueByName(name: string): SqsQueue | undefined;
  shutdown(): void;
}

interface Persistence {
  readonly db: DatabaseSync;
  updateMessageReady(messageId: string): void;
  loadSqsAndSns(sqs: SqsStore, sns: unknown): void;
  close(): void;
}

interface Parts {
  readonly SqsStore: new () => SqsStore;
  readonly SnsStore: new () => { persistence?: unknown };
  readonly S3Store: new () => unknown;
  readonly PersistenceManager: new (dir: string) => Persistence;
}

async function loadParts(): Promise<Parts> {
  const main = import.meta.resolve("fauxqs");
  const load = (path: string): Promise<Parts> => import(new URL(path, main).href);
  const [sqs, sns, s3, persistence] = await Promise.all([
    load("./sqs/sqsStore.js"),
    load("./sns/snsStore.js"),
    load("./s3/s3Store.js"),
    load("./persistence.js"),
  ]);
  return {
    SqsStore: sqs.SqsStore,
    SnsStore: sns.SnsStore,
    S3Store: s3.S3Store,
    PersistenceManager: persistence.PersistenceManager,
  };
}

export interface OpenFauxqs {
  readonly app: App;
  readonly sqs: SqsStore;
  /** After everything that uses the store has stopped. */
  close(): void;
}

/**
 * Opens the queues kept in a folder. At start nothing is in flight: whoever had received a message is gone with the
 * process, so each is visible at once. Repairs: (1) visibility 0 loses the message in fauxqs 2.4.1, because it clears
 * a column that must not be null after it forgot the message in memory; (2) every write waits for the disk, which
 * survives a power cut that nobody promised to survive here; a kill loses nothing without it; (3) queue URLs keep
 * the port of the process that made them: they are named anew when the port is known.
 */
export async function openFauxqs(dir: string, region: string): Promise<OpenFauxqs> {
  mkdirSync(dir, { recursive: true });
  const { SqsStore, SnsStore, S3Store, PersistenceManager } = await loadParts();
  const persistence = new PersistenceManager(dir);
  persistence.db.exec("PRAGMA synchronous = NORMAL");
  persistence.db.exec("UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL");
  const ready = persistence.db.prepare(
    "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
  );
  persistence.updateMessageReady = (id) => {
    ready.run(id);
  };
  const sqs = new SqsStore();
  const sns = new SnsStore();
  sqs.host = "";
  sqs.region = region;
  persistence.loadSqsAndSns(sqs, sns);
  // After loading: the other way round, loading would write every queue and its deletion would cascade to messages.
  sqs.persistence = persistence;
  sns.persistence = persistence;
  for (const queue of sqs.allQueues()) queue.persistence = persistence;
  const stores = { sqsStore: sqs, snsStore: sns, s3Store: new S3Store() } as unknown as Stores;
  const app = buildApp({ logger: false, defaultRegion: region, stores });
  return { app, sqs, close: () => persistence.close() };
}
