import type { Settings } from "@plp/runtime";
import { type Api, api } from "./api.ts";
import { consumer, functionNameOf, invoked } from "./functions.ts";
import type { Entry, HttpEntry, InvokedEntry, Parts } from "./parts.ts";
import { type QueueName, queueNames } from "./queues.ts";

/** One function per queue, by the name of the queue that it consumes. */
export const entries: Readonly<Record<QueueName, Entry>> = {
  rounds: {
    source: "services/discovery/src/rounds",
    sends: ["applications", "reviews"],
    table: "read",
    blobs: "none",
    checkpoints: "none",
    secrets: ["GitlabToken"],
    assumesReader: false,
    memory: "512 MB",
  },
  applications: {
    source: "services/discovery/src/applications",
    sends: ["analysis", "trail", "publish", "reviews", "index"],
    table: "append",
    blobs: "none",
    checkpoints: "none",
    secrets: ["GitlabToken"],
    assumesReader: true,
    memory: "512 MB",
  },
  analysis: {
    source: "services/analysis-poller/src/analysis",
    sends: ["merge", "publish", "index"],
    table: "append",
    blobs: "read-write",
    checkpoints: "none",
    secrets: [],
    assumesReader: true,
    memory: "1024 MB",
  },
  trail: {
    source: "services/analysis-poller/src/trail",
    sends: ["merge"],
    table: "usage",
    blobs: "none",
    checkpoints: "none",
    secrets: [],
    assumesReader: true,
    memory: "1769 MB",
  },
  merge: {
    source: "services/merger/src/merge",
    sends: ["publish", "index"],
    table: "append",
    blobs: "read",
    checkpoints: "none",
    secrets: ["GitlabToken"],
    assumesReader: true,
    memory: "1769 MB",
  },
  publish: {
    source: "services/mr-publisher/src/publish",
    sends: ["merge", "reviews", "index"],
    table: "append",
    blobs: "none",
    checkpoints: "none",
    secrets: ["GitlabToken", "NotifyUrl"],
    assumesReader: false,
    memory: "512 MB",
  },
  reviews: {
    source: "services/review/src/reviews",
    sends: ["publish", "merge", "reviews", "index"],
    table: "append",
    blobs: "none",
    checkpoints: "none",
    secrets: ["GitlabToken"],
    assumesReader: true,
    memory: "512 MB",
  },
  index: {
    source: "services/history/src/index",
    sends: [],
    table: "index",
    blobs: "none",
    checkpoints: "read-write",
    secrets: [],
    assumesReader: false,
    memory: "512 MB",
  },
};

/** Functions that answer requests, by name. Who only asks needs no right to write. */
export const httpEntries: Readonly<Record<string, HttpEntry>> = {
  hook: {
    source: "services/review/src/hooks",
    routes: ["POST /hooks/gitlab"],
    sends: ["reviews"],
    table: "none",
    blobs: "none",
    checkpoints: "none",
    secrets: ["HookSecret"],
    assumesReader: false,
    memory: "256 MB",
    seconds: 10,
  },
  api: {
    source: "services/history/src/api",
    routes: ["GET /{proxy+}", "GET /"],
    seconds: 29,
    sends: [],
    table: "read",
    blobs: "read",
    checkpoints: "none",
    queues: "count",
    secrets: ["CursorKey"],
    assumesReader: false,
    memory: "1024 MB",
  },
  acts: {
    source: "services/history/src/acts",
    routes: ["POST /api/{proxy+}"],
    seconds: 29,
    sends: ["rounds", "merge"],
    table: "control",
    blobs: "none",
    checkpoints: "none",
    queues: "redrive",
    secrets: [],
    assumesReader: false,
    memory: "512 MB",
  },
};

/** The web hook is there while the settings want it, API and page while they say who may use them. */
function isWanted(name: string, settings: Settings): boolean {
  return name === "hook" ? settings.hooks : settings.api !== undefined;
}

/** Functions that somebody calls by name: `plp doctor` looks with the identity that the services have. */
export const invokedEntries: Readonly<Record<string, InvokedEntry>> = {
  doctor: {
    source: "services/discovery/src/doctor",
    sends: [],
    table: "none",
    blobs: "none",
    checkpoints: "none",
    secrets: ["GitlabToken"],
    assumesReader: true,
    memory: "512 MB",
    seconds: 300,
  },
};

/** Every function with a role of its own: those behind queues, and those behind the API where there are any. */
export function services(parts: Parts): {
  readonly api: Api | null;
  readonly functionNames: readonly string[];
  /** Names of the roles (each that of its function) that read other accounts. */
  readonly readerNames: readonly string[];
} {
  for (const name of queueNames) consumer(name, entries[name], parts);
  const http = Object.entries(httpEntries).filter(([name]) => isWanted(name, parts.settings));
  for (const [name, entry] of Object.entries(invokedEntries)) invoked(name, entry, parts);
  const all: readonly (readonly [string, Entry])[] = [
    ...Object.entries(entries),
    ...http,
    ...Object.entries(invokedEntries),
  ];
  return {
    api: http.length === 0 ? null : api(http, parts),
    functionNames: all.map(([name]) => functionNameOf(name)),
    readerNames: all.filter(([, entry]) => entry.assumesReader).map(([name]) => functionNameOf(name)),
  };
}
