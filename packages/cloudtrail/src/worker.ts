import { enableCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { Share } from "./read-share.ts";

// A worker begins in half the time where an earlier one of this machine compiled the same sources.
enableCompileCache();
const { readShare } = await import("./read-share.ts");

parentPort?.postMessage(await readShare(workerData as Share));
