import { indexStream, noteNewest, takeCheckpoint } from "@plp/audit";
import type { IndexMessages } from "@plp/messaging";
import type { HistoryPorts } from "./ports.ts";

/**
 * The handler of one batch of messages. Several that name one stream are one look: whatever they tell of was written
 * before any of them was received.
 */
export function indexHandler(ports: HistoryPorts): (message: IndexMessages) => Promise<void> {
  const looks = new Map<string, Promise<void>>();
  return (message) => {
    if (message.type === "checkpoint") return checkpoint(message.at, ports);
    const { stream } = message;
    const look = looks.get(stream) ?? lookAt(stream, ports);
    looks.set(stream, look);
    return look;
  };
}

async function lookAt(stream: string, { store, index, log }: HistoryPorts): Promise<void> {
  // What PLP notes of itself, such as who was told of what, is in no list.
  if (stream.startsWith("control#")) return;
  const newest = await indexStream(stream, { store, index });
  if (newest === null) return log.warn("a stream without index items, or one that was forgotten", { stream });
  await noteNewest(index, newest);
}

async function checkpoint(at: string, ports: HistoryPorts): Promise<void> {
  const { name, heads, written, mended } = await takeCheckpoint(at, ports);
  if (mended.length > 0) ports.log.warn("the index had missed events and has them now", { streams: mended });
  if (written) ports.log.info("the heads of all histories are written down", { name, heads });
}
