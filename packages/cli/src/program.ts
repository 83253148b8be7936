import { Command } from "commander";
import { registerFiles } from "./register-files.ts";
import { registerHistory } from "./register-history.ts";
import { registerRunning } from "./register-running.ts";
import { registering } from "./registering.ts";
import type { Session } from "./session.ts";
import { registerUp } from "./up/command.ts";

/** The command line. Each command's code is loaded when it runs, so that help is quick. */
export function createProgram(session: Session): Command {
  const { terminal } = session;
  const program = new Command("plp")
    .description(
      "Keeps deployment roles at least privilege: finds, merges, proposes and remembers permissions.",
    )
    .option("--debug", "show where an error came from")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      outputError: () => undefined,
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand("help [command]", "say what a command does");

  const tools = registering(program, session);
  registerHistory(tools);
  registerRunning(tools);
  registerFiles(tools);
  registerUp(program, session);
  return program;
}
