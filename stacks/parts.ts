import type { Settings } from "@plp/runtime";
import type { Blobs } from "./blobs.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { SecretsKey } from "./key.ts";
import type { QueueName, Queues } from "./queues.ts";
import type { SecretName, Secrets } from "./secrets.ts";
import type { Table } from "./table.ts";

/** What the functions stand on. */
export interface Parts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly checkpoints: Checkpoints;
  readonly queues: Queues;
  readonly secrets: Secrets;
  readonly key: SecretsKey;
  readonly settings: Settings;
}

/** What one function is and may do, beyond receiving from its own queue and writing its own log. */
export interface Entry {
  /** Path of the entry without `.handler.ts`. */
  readonly source: string;
  readonly sends: readonly QueueName[];
  /**
   * `read`: commits and index items. `append`: read and put commits, read usage. `usage`: read and replace the usage
   * items of an hour. `index`: read commits, replace index items. `control`: read, and put what people decide of the
   * system itself.
   */
  readonly table: "none" | "read" | "append" | "usage" | "index" | "control";
  readonly blobs: "none" | "read" | "read-write";
  readonly checkpoints: "none" | "read" | "read-write";
  /** `count`: how many messages every queue holds. `redrive`: also send dead letters again. */
  readonly queues?: "count" | "redrive";
  readonly secrets: readonly SecretName[];
  /** Whether it assumes the reader role of other accounts. */
  readonly assumesReader: boolean;
  readonly memory: `${number} MB`;
}

/** A function that answers requests to the API. */
export interface HttpEntry extends Entry {
  /** As API Gateway writes them: `POST /hooks/gitlab`, `ANY /api/{proxy+}`. */
  readonly routes: readonly string[];
  /** API Gateway waits 30 s at most. */
  readonly seconds: number;
}

/** A function that somebody calls by its name. */
export interface InvokedEntry extends Entry {
  readonly seconds: number;
}
