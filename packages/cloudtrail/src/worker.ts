import { enableCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { Exchange } from "./exchange.ts";
import type { SentPart } from "./read-leg.ts";
import type { Share } from "./read-share.ts";

// A worker begins in half the time where an earlier one of this machine compiled the same sources.
enableCompileCache();
const { readersSide } = await import("./exchange.ts");
const { readShare } = await import("./read-share.ts");

const { share, exchange } = workerData as { readonly share: Share; readonly exchange: Exchange };
const mapper = readersSide(exchange);
const { tally, ...counted } = await readShare(share, {
  give: (found) =>
    mapper.send(found, (copy, transferred) => parentPort?.postMessage({ found: copy }, [...transferred])),
  hear: mapper.hear,
});
// Most have none.
const plain = tally === null ? null : (await import("./plain-tally.ts")).plainTally(tally);
const part: SentPart = { ...counted, tally: plain };
parentPort?.postMessage({ part });
