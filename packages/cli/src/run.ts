import { failureOf } from "./exit.ts";
import { remark, type Terminal } from "./output.ts";
import { createProgram, type Session } from "./program.ts";

/** Runs one command line and answers with its exit code; nothing is thrown. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const session: Session = { terminal, exit: 0 };
  // Who reads us may stop reading at any time (`plp roles | head`); that is no error.
  for (const stream of [terminal.out, terminal.err]) stream.on("error", ignoreClosedPipe);
  try {
    await createProgram(session).parseAsync(args, { from: "user" });
    return session.exit;
  } catch (error) {
    const { exit, message } = await failureOf(error);
    if (message !== null) remark(terminal, `plp: ${message}`);
    if (args.includes("--debug") && error instanceof Error) remark(terminal, error.stack ?? "");
    return exit;
  } finally {
    for (const stream of [terminal.out, terminal.err]) stream.off("error", ignoreClosedPipe);
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
