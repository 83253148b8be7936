import { encode } from "./messages.ts";
import type { Queue } from "./queue.ts";
import type { IndexMessages } from "./schemas.ts";

/** Streams that have index items; who claims a name or a role is nobody's history. */
const INDEXED = /^(?:role|app|run)#/;

/** Tells the queue `index` of streams that were written to. */
export function announcerOf(queue: Pick<Queue, "sendAll">): (streams: readonly string[]) => Promise<void> {
  return async (streams) => {
    const messages = streams
      .filter((stream) => INDEXED.test(stream))
      .map((stream): IndexMessages => ({ v: 1, type: "index", stream }));
    if (messages.length > 0) await queue.sendAll(messages.map((message) => ({ body: encode(message) })));
  };
}
