import { type Cause, eventMaker } from "../event.ts";
import type { ApplicationEvent, CommandName, GivenCommand } from "./events.ts";
import { type ApplicationState, commandKey } from "./fold.ts";
import { isWaiting } from "./settled.ts";

const make = eventMaker<ApplicationEvent>();

export interface WrittenCommand {
  /** From 1, of the commands of the note. */
  readonly line: number;
  readonly name: CommandName;
  readonly argument: string | null;
}

/** More in one note is no review any more. */
const MOST_COMMANDS = 20;
/** Longer than any action or Sid. */
const MOST_ARGUMENT = 200;
const NAMES: readonly CommandName[] = ["help", "update", "reconsider", "protect"];

/**
 * The commands of a note: its lines that begin with `/plp`, outside of code blocks and quotes, as GitLab takes its own
 * quick actions. The text is a stranger's: only a known name and one word behind it are taken from it.
 */
export function commandsIn(text: string): readonly WrittenCommand[] {
  let fence: string | null = null;
  const found: WrittenCommand[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? null;
    if (mark !== null && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null;
    if (fence !== null || !/^\/plp(?:\s|$)/i.test(line)) continue;
    const [, word = "", argument = null, ...more] = line.trim().split(/\s+/);
    const name = NAMES.find((known) => known === word.toLowerCase() && more.length === 0) ?? "unknown";
    found.push({
      line: found.length + 1,
      name,
      argument: name === "unknown" ? null : (argument?.slice(0, MOST_ARGUMENT) ?? null),
    });
  }
  return found.slice(0, MOST_COMMANDS);
}

/** What a person wrote, and what became of it; once per command. A request that was decided meanwhile is not updated. */
export function giveCommand(state: ApplicationState, given: GivenCommand, cause: Cause): ApplicationEvent[] {
  if (state.commands.has(commandKey(given))) return [];
  const { givenUp, ...rest } = given;
  const request = state.requests.get(given.iid);
  const isTooLate = givenUp !== undefined && (request === undefined || !isWaiting(request));
  return [make("CommandGiven", isTooLate ? { ...rest, refused: "not-open" } : given, cause)];
}
