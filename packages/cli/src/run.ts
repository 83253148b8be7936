import { failureOf } from "./exit.ts";
import { remark, type Terminal } from "./output.ts";
import { createProgram } from "./program.ts";
import type { Session } from "./session.ts";

/** Runs one command line and answers with its exit code; nothing is thrown. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const session: Session = { terminal, exit: 0 };
  try {
    await createProgram(session).parseAsync(args, { from: "user" });
    return session.exit;
  } catch (error) {
    const { exit, message } = await failureOf(error);
    if (message !== null) remark(terminal, `plp: ${message}`);
    if (args.includes("--debug") && error instanceof Error) remark(terminal, error.stack ?? "");
    return exit;
  }
}
