import { Command, InvalidArgumentError } from "commander";
import { type Answer, print, type Terminal } from "./output.ts";

/** What the actions share: where they print, and the exit code that they leave. */
export interface Session {
  readonly terminal: Terminal;
  exit: number;
}

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

  const add = (name: string, description: string, example: string) =>
    program
      .command(name)
      .description(description)
      .option("--json", "print one JSON document")
      .addHelpText("after", `\nExample:\n  $ npx plp ${example}`);

  const show = async (work: Promise<Answer>, json: boolean | undefined) => {
    const answer = await work;
    print(terminal, answer, json === true);
    session.exit = answer.exit ?? 0;
  };

  add(
    "diff",
    "compare what two policies allow; exit 1 when NEW allows something that OLD does not",
    "diff old.json new.json",
  )
    .argument("<old>", "policy document")
    .argument("<new>", "policy document")
    .action(async (old: string, next: string, { json }: Common) => {
      const { diff } = await import("./commands/diff.ts");
      await show(diff(old, next), json);
    });

  add("fit", "split a policy into parts that AWS accepts", "fit policy.json --max 6144")
    .argument("<file>", "policy document")
    .option("--max <characters>", "characters of a part, whitespace not counted", wholeNumber, 6144)
    .action(async (file: string, { json, max }: Common & { max: number }) => {
      const { splitPolicy } = await import("./commands/fit.ts");
      await show(splitPolicy(file, max), json);
    });

  return program;
}

interface Common {
  readonly json?: boolean;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}
