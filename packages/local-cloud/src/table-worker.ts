import { parentPort, workerData } from "node:worker_threads";
import dynalite from "dynalite";
import { listen } from "./aws/http.ts";

// dynalite in a thread of its own: what it does to answer takes nothing from those who ask. `table.ts` starts it.

const { dir }: { readonly dir: string } = workerData;
const server = dynalite({ path: dir, createTableMs: 0 });
const closeStore = server.close.bind(server);

parentPort?.once("message", () => {
  closeStore((error?: Error) => {
    if (error) throw error;
    parentPort?.close();
  });
  server.closeAllConnections();
});
parentPort?.postMessage(await listen(server, 0));
