import { PassThrough } from "node:stream";
import type { Terminal } from "../output.ts";
import { run } from "../run.ts";

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** A terminal that is a pipe, and what came out of it. */
export function pipe(env: Terminal["env"] = {}): {
  terminal: Terminal;
  text: () => { out: string; err: string };
} {
  const collected = () => {
    const chunks: Buffer[] = [];
    const stream = new PassThrough();
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    return {
      stream: stream as unknown as NodeJS.WriteStream,
      text: () => Buffer.concat(chunks).toString("utf8"),
    };
  };
  const out = collected();
  const err = collected();
  return {
    terminal: { out: out.stream, err: err.stream, env },
    text: () => ({ out: out.text(), err: err.text() }),
  };
}

/** Runs one command line in this process. */
export async function plp(args: readonly string[], env: Terminal["env"] = {}): Promise<Ran> {
  const { terminal, text } = pipe(env);
  const exit = await run(args, terminal);
  await new Promise((resolve) => setImmediate(resolve));
  return { exit, ...text() };
}
