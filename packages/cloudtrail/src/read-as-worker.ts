import type { MessagePort } from "node:worker_threads";
import { type Exchange, readersSide } from "./exchange.ts";
import type { PlainTally } from "./plain-tally.ts";
import { type Part, readShare, type Share } from "./read-share.ts";

/** What a worker needs: the same as any reader, and how to tell what it finds. */
export interface WorkersShare {
  readonly share: Share;
  readonly exchange: Exchange;
}

/** What a worker sends in the end. */
export interface SentPart extends Omit<Part, "tally"> {
  readonly tally: PlainTally | null;
}

/** Reads a share in a thread of its own: posts what is found, and in the end what else was counted. */
export async function readAsWorker({ share, exchange }: WorkersShare, port: MessagePort): Promise<void> {
  const mapper = readersSide(exchange);
  const { tally, ...counted } = await readShare(share, {
    give: (found) => mapper.send(found, (copy, moved) => port.postMessage({ found: copy }, [...moved])),
    hear: mapper.hear,
  });
  // Most have none.
  const plain = tally === null ? null : (await import("./plain-tally.ts")).plainTally(tally);
  const part: SentPart = { ...counted, tally: plain };
  port.postMessage({ part });
}
