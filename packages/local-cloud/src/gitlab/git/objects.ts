import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { transient } from "@plp/runtime";
import { gitEnvironment } from "./process.ts";

export interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly size: number;
  /** Empty when only asked for information. */
  readonly content: Buffer;
}

export interface ObjectReader {
  /** What a name such as `<commit>:<path>` is; null when there is no such object. */
  info(name: string): Promise<GitObject | null>;
  contents(name: string): Promise<GitObject | null>;
  stop(): void;
}

interface Waiting {
  readonly withContent: boolean;
  readonly resolve: (found: GitObject | null) => void;
  readonly reject: (error: Error) => void;
}

/** Reads objects through one long-running `git cat-file`: a process per file would cost more than all else. */
export function objectReader(directory: string): ObjectReader {
  let child: ChildProcessWithoutNullStreams | null = null;
  let received: Buffer = Buffer.alloc(0);
  let waiting: Waiting[] = [];

  function started(): ChildProcessWithoutNullStreams {
    if (child !== null) return child;
    const next = spawn("git", ["cat-file", "--batch-command"], { cwd: directory, env: gitEnvironment() });
    next.stdout.on("data", (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      while (waiting.length > 0 && answerFirst());
    });
    next.stderr.resume();
    next.stdin.on("error", () => undefined);
    const ended = () => {
      if (child !== next) return;
      child = null;
      received = Buffer.alloc(0);
      const lost = waiting;
      waiting = [];
      for (const { reject } of lost) reject(transient("git", "git cat-file ended while it was read"));
    };
    next.on("error", ended);
    next.on("close", ended);
    next.unref();
    child = next;
    return next;
  }

  function answerFirst(): boolean {
    const first = waiting[0];
    const lineEnd = received.indexOf(10);
    if (first === undefined || lineEnd < 0) return false;
    const header = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(received.subarray(0, lineEnd).toString("utf8"));
    if (header === null) {
      received = received.subarray(lineEnd + 1);
      waiting.shift();
      first.resolve(null);
      return true;
    }
    const [, id = "", type = "", sizeText = "0"] = header;
    const size = Number(sizeText);
    const end = first.withContent ? lineEnd + 1 + size + 1 : lineEnd + 1;
    if (received.length < end) return false;
    const content = first.withContent
      ? Buffer.from(received.subarray(lineEnd + 1, lineEnd + 1 + size))
      : Buffer.alloc(0);
    received = received.subarray(end);
    waiting.shift();
    first.resolve({ id, type, size, content });
    return true;
  }

  function ask(command: "info" | "contents", name: string): Promise<GitObject | null> {
    // A line break would end the command, and what follows would be another one.
    if (/[\n\r\0]/.test(name)) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      const { stdin } = started();
      waiting.push({ withContent: command === "contents", resolve, reject });
      stdin.write(`${command} ${name}\n`);
    });
  }

  return {
    info: (name) => ask("info", name),
    contents: (name) => ask("contents", name),
    stop: () => {
      child?.stdin.end();
      child?.kill();
    },
  };
}
