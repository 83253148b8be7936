import { openLogArchive } from "../archive/index.ts";
import { startLocalCloud } from "../cloud.ts";
import { organization } from "./logs.ts";

// A process of its own for the tests that kill it: `child.ts STATE LOGS`. It says "ready" when the cloud stands.
const [state = "", logs = ""] = process.argv.slice(2);
const archive = await openLogArchive(logs);
await startLocalCloud({ state, organization, archive, gitlab: false, generationMs: () => 60_000 });
process.stdout.write("ready\n");
