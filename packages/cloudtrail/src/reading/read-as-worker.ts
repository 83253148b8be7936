import type { MessagePort } from "node:worker_threads";
import type { PlainTally } from "../counting/plain-tally.ts";
import { type Exchange, readersSide } from "./exchange.ts";
import type { Found } from "./found.ts";
import { type Part, readShare, type Share } from "./read-share.ts";

/** What a worker needs: the same as any reader, and how to tell what it finds. */
export interface WorkersShare {
  readonly share: Share;
  readonly exchange: Exchange;
}

interface SentPart extends Omit<Part, "tally"> {
  readonly tally: PlainTally | null;
}

/** What a worker sends: first that it has loaded itself, then what it finds, and of each share in the end its part. */
export interface Sent {
  readonly loaded?: true;
  readonly found?: Found;
  readonly part?: SentPart;
}

/** Reads every share that it is told of in a thread of its own. */
export function readAsWorker(port: MessagePort): void {
  port.postMessage({ loaded: true } satisfies Sent);
  port.on("message", (told: WorkersShare) => read(told, port));
}

/** Posts what is found, and in the end what else was counted. */
async function read({ share, exchange }: WorkersShare, port: MessagePort): Promise<void> {
  const mapper = readersSide(exchange);
  const { tally, ...counted } = await readShare(share, {
    give: (found) =>
      mapper.send(found, (copy, moved) => port.postMessage({ found: copy } satisfies Sent, [...moved])),
    hear: mapper.hear,
  });
  // Most have none.
  const plain = tally === null ? null : (await import("../counting/plain-tally.ts")).plainTally(tally);
  port.postMessage({ part: { ...counted, tally: plain } } satisfies Sent);
}
