import { written } from "@plp/audit/testing";
import { memoryBlobStore } from "@plp/event-store";
import type { RestoreMessage, RoundMessage } from "@plp/messaging";
import { silentLog } from "@plp/runtime";
import { memoryWaitingLine } from "@plp/usage";
import { actApi } from "./act-api.ts";
import type { Guard } from "./guarded-api.ts";
import type { ActPorts, QueueCount, ReadPorts } from "./ports.ts";
import { readApi } from "./read-api.ts";

/** Lets everybody in. */
export const openGuard: Guard = async (context, next) => {
  context.set("caller", { id: "4711", name: "reviewer-1" });
  await next();
};

/** The API over a history in memory, and what it sent. */
export function apiOver(guard: Guard = openGuard) {
  const history = written();
  const rounds: RoundMessage[] = [];
  const restores: RestoreMessage[] = [];
  const redriven: string[] = [];
  const count: QueueCount = { name: "merge", visible: 1, inFlight: 0, delayed: 0, dead: 2 };
  let ids = 0;
  const waiting = memoryWaitingLine({ now: () => history.clock.now() });
  const ports: ReadPorts & ActPorts = {
    waiting,
    ...{ store: history.store, index: history.index, clock: history.clock, log: silentLog },
    blobs: memoryBlobStore(),
    cursorKey: Buffer.alloc(32, 1),
    queues: {
      counts: async () => [count],
      redrive: async (name) => {
        redriven.push(name);
        return count.dead;
      },
    },
    send: {
      rounds: async (message) => void rounds.push(message),
      merge: async (message) => void restores.push(message),
    },
    limits: { never: ["organizations:*"], ask: [] },
    windowEnd: async () => null,
    ids: { next: () => `id-${++ids}` },
  };
  const [reads, acts] = [readApi({ ports, guard }), actApi({ ports, guard })];
  return {
    ...{ history, waiting, ports, rounds, restores, redriven },
    get: (path: string, headers: Record<string, string> = {}) => reads.request(path, { headers }),
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      acts.request(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
  };
}
