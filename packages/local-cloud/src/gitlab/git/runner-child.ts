import { execFile } from "node:child_process";
import type { RunAnswer, RunRequest } from "./runner.ts";

// The small process that starts git for `runner.ts`. It outlives a signal to the whole group, so that what is under way
// can be ended properly, and ends with the process that started it, however that ends.

process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => process.exit(0));

process.on("message", ({ id, directory, args, env, input }: RunRequest) => {
  const options = { cwd: directory, env, maxBuffer: 256 * 1024 * 1024, encoding: "utf8" } as const;
  const child = execFile("git", args, options, (error, stdout, stderr) => {
    const code = error === null ? 0 : error.code;
    const answer: RunAnswer =
      typeof code === "number"
        ? { id, code, stdout, stderr }
        : { id, failed: String(code ?? error?.message ?? "unknown") };
    process.send?.(answer);
  });
  // A git that ends before it has read everything says why by its exit code.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
});
