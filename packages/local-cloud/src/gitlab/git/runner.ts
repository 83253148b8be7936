import { type ChildProcess, fork } from "node:child_process";

export interface RunRequest {
  readonly id: number;
  readonly directory: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | Buffer;
}

export type RunAnswer =
  | { readonly id: number; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** Git could not be run at all. */
  | { readonly id: number; readonly failed: string };

/**
 * Starts git from a small process of its own. To start a process copies the tables of its parent's memory, and the
 * parent stands still meanwhile: tens of milliseconds where the whole system lives in it, one or two in a small one.
 */
export type RunGit = (request: Omit<RunRequest, "id">) => Promise<RunAnswer>;

interface Running {
  readonly child: ChildProcess;
  readonly waiting: Map<number, (answer: RunAnswer) => void>;
}

let running: Running | undefined;
let count = 0;

export const runGit: RunGit = (request) =>
  new Promise((resolve) => {
    running ??= start();
    const { child, waiting } = running;
    count += 1;
    const id = count;
    if (waiting.size === 0) keepAlive(child, true);
    waiting.set(id, (answer) => {
      waiting.delete(id);
      if (waiting.size === 0) keepAlive(child, false);
      resolve(answer);
    });
    child.send({ ...request, id } satisfies RunRequest, (error) => {
      if (error) waiting.get(id)?.({ id, failed: error.message });
    });
  });

function start(): Running {
  // Without this process's own flags: a profiler or debugger is for this one.
  const child = fork(new URL("./runner-child.ts", import.meta.url), {
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const waiting: Running["waiting"] = new Map();
  const ended = (reason: string) => {
    if (running?.child === child) running = undefined;
    for (const [id, answer] of waiting) answer({ id, failed: reason });
  };
  child.on("message", (answer) => {
    const { id } = answer as RunAnswer;
    waiting.get(id)?.(answer as RunAnswer);
  });
  child.once("error", (error) => ended(error.message));
  child.once("exit", (code, signal) => ended(`its runner ended with ${signal ?? code}`));
  keepAlive(child, false);
  return { child, waiting };
}

/** Nobody is kept from ending by a runner that has nothing to do. */
function keepAlive(child: ChildProcess, keep: boolean): void {
  if (keep) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}
