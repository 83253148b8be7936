import type { Settings } from "@plp/runtime";
import type { Blobs } from "./blobs.ts";
import type { QueueName, Queues } from "./queues.ts";
import type { Secrets } from "./secrets.ts";
import type { Table } from "./table.ts";

/** What the functions stand on. */
export interface Parts {
  readonly table: Table;
  readonly blobs: Blobs;
  readonly queues: Queues;
  readonly secrets: Secrets;
  readonly settings: Settings;
}

/** What one function is and may do, beyond receiving from its own queue and writing its own log. */
export interface Entry {
  /** Path of the entry without `.handler.ts`. */
  readonly source: string;
  readonly sends: readonly QueueName[];
  /** `append`: read and put commits, read usage. `usage`: read and replace the usage items of an hour. */
  readonly table: "none" | "append" | "usage";
  readonly blobs: "none" | "read" | "read-write";
  /** Whether it talks to GitLab. */
  readonly gitlab: boolean;
  /** Whether it assumes the reader role of other accounts. */
  readonly assumesReader: boolean;
  readonly memory: `${number} MB`;
}
