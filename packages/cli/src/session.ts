import type { Terminal } from "./output.ts";

/** What the actions share: where they print, and the exit code that they leave. */
export interface Session {
  readonly terminal: Terminal;
  exit: number;
}
