import { indexStream, noteNewest } from "@plp/audit";
import type { IndexMessage } from "@plp/messaging";
import type { HistoryPorts } from "./ports.ts";

/**
 * The handler of one batch of messages. Several that name one stream are one look: whatever they tell of was written
 * before any of them was received.
 */
export function indexHandler(ports: HistoryPorts): (message: IndexMessage) => Promise<void> {
  const looks = new Map<string, Promise<void>>();
  return ({ stream }) => {
    const look = looks.get(stream) ?? lookAt(stream, ports);
    looks.set(stream, look);
    return look;
  };
}

async function lookAt(stream: string, { store, index, log }: HistoryPorts): Promise<void> {
  const newest = await indexStream(stream, { store, index });
  if (newest === null) return log.warn("a stream without index items, or one that was forgotten", { stream });
  await noteNewest(index, newest);
}
