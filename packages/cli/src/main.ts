#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Who reads us may stop reading at any time (`plp roles | head`), also after the last line was written: no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

// Compiled code is kept between starts, so everything else is loaded after this.
enableCompileCache();
const { run } = await import("./run.ts");

process.exitCode = await run(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
});
