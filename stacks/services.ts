import { consumer } from "./functions.ts";
import type { Entry, Parts } from "./parts.ts";
import { type QueueName, queueNames } from "./queues.ts";

/** One function per queue, by the name of the queue that it consumes. */
export const entries: Readonly<Record<QueueName, Entry>> = {
  rounds: {
    source: "services/discovery/src/rounds",
    sends: ["applications"],
    table: "none",
    blobs: "none",
    gitlab: true,
    assumesReader: false,
    memory: "512 MB",
  },
  applications: {
    source: "services/discovery/src/applications",
    sends: ["analysis", "trail", "publish"],
    table: "append",
    blobs: "none",
    gitlab: true,
    assumesReader: true,
    memory: "512 MB",
  },
  analysis: {
    source: "services/analysis-poller/src/analysis",
    sends: ["merge", "publish"],
    table: "append",
    blobs: "read-write",
    gitlab: false,
    assumesReader: true,
    memory: "1024 MB",
  },
  trail: {
    source: "services/analysis-poller/src/trail",
    sends: [],
    table: "usage",
    blobs: "none",
    gitlab: false,
    assumesReader: true,
    memory: "1769 MB",
  },
  merge: {
    source: "services/merger/src/merge",
    sends: ["publish"],
    table: "append",
    blobs: "read",
    gitlab: true,
    assumesReader: false,
    memory: "1769 MB",
  },
  publish: {
    source: "services/mr-publisher/src/publish",
    sends: ["merge"],
    table: "append",
    blobs: "none",
    gitlab: true,
    assumesReader: false,
    memory: "512 MB",
  },
};

/** Every function with a role of its own, subscribed to its queue with partial batch responses. */
export function services(parts: Parts) {
  return queueNames.map((name) => consumer(name, entries[name], parts));
}
