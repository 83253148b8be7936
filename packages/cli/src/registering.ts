import { type Command, InvalidArgumentError } from "commander";
import { type Given, momentOf } from "./moment.ts";
import { type Answer, print } from "./output.ts";
import type { Session } from "./session.ts";

export interface Common {
  readonly json?: boolean;
}

export interface Read extends Common {
  readonly state?: string;
}

export type Registering = ReturnType<typeof registering>;

/**
 * What the registration of a command needs: `add` for any, `addRead` for those that read the history, `addAct` for those
 * that ask the running system; `show` prints a command's answer and sets its exit code.
 */
export function registering(program: Command, session: Session) {
  const { terminal } = session;
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

  const place = (state: string | undefined) => ({ state, env: terminal.env });
  const addRead = (name: string, description: string, example: string) =>
    add(name, description, example).option(
      "--state <dir>",
      "state directory (default: PLP_TABLE on AWS, else .plp)",
    );

  const addAct = (name: string, description: string, example: string) =>
    add(name, description, example).option(
      "--state <dir>",
      "state directory of the running system (default: PLP_API on AWS, else .plp)",
    );

  return { add, addRead, addAct, place, show, terminal };
}

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function time(option: string): (text: string) => Given {
  return (text) => momentOf(text, option);
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}
