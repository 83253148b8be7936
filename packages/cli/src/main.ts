#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Compiled code is kept between starts, so everything else is loaded after this.
enableCompileCache();
const { run } = await import("./run.ts");

process.exitCode = await run(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
});
