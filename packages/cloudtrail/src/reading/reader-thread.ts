import { Worker } from "node:worker_threads";
import { tallyOf } from "../counting/plain-tally.ts";
import { type Exchange, mappersSide } from "./exchange.ts";
import type { Mapper } from "./mapper.ts";
import type { Sent, WorkersShare } from "./read-as-worker.ts";
import type { Part, Share } from "./read-share.ts";

/** One of the readers of a folder, in a thread of its own. */
export interface ReaderThread {
  /** Has it loaded itself? */
  readonly loaded: Promise<unknown>;
  /** Has a share read; what is found in it is mapped until the reader tells what else it counted. */
  read(share: Share, exchange: Exchange, mapped: Mapper): Promise<Part>;
  /** Ends the thread, which takes a while: nobody needs to wait for it. */
  end(): void;
}

/** Starts a reader. Until it has loaded itself, what it is to read can be found out. */
export function readerThread(): ReaderThread {
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const failed = new Promise<never>((_, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) =>
      reject(
        new Error(
          `a thread that reads logs ended (${code}) before it was done: run it again, on fewer logs if memory is short`,
        ),
      ),
    );
  });
  // Whoever has it read is told, then or later.
  failed.catch(() => {});
  return {
    loaded: new Promise((resolve) => worker.once("message", resolve)),
    read(share, exchange, mapped) {
      const side = mappersSide(exchange);
      const part = new Promise<Part>((resolve, reject) => {
        const hear = ({ found, part }: Sent) => {
          if (part !== undefined) {
            worker.off("message", hear);
            resolve({ ...part, tally: part.tally === null ? null : tallyOf(part.tally) });
          }
          if (found === undefined) return;
          try {
            mapped.take(found, side.tell);
          } catch (error) {
            reject(error);
          } finally {
            side.took();
          }
        };
        worker.on("message", hear);
      });
      const asked: WorkersShare = { share, exchange };
      worker.postMessage(asked);
      return Promise.race([part, failed]);
    },
    end: () => void worker.terminate(),
  };
}
