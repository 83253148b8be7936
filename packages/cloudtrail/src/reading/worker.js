// The entry of a reader's thread. JavaScript, because Node would load its TypeScript compiler for this file alone: all else
// comes from the cache, once an earlier run of this machine has filled it.
import { enableCompileCache } from "node:module";
import { parentPort } from "node:worker_threads";

enableCompileCache();
const { readAsWorker } = await import("./read-as-worker.ts");
readAsWorker(parentPort);
