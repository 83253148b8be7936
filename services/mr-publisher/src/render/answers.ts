import type { CommandRefusal, GivenCommand, Person } from "@plp/domain";
import { code } from "./text.ts";
import { plural } from "./words.ts";

const HELP = [
  "What you can write here, on a line of its own:",
  "",
  "- `/plp update`: start this branch over from the default branch with everything found since, as a draft; other people's commits on it are dropped. For people who may merge.",
  "- `/plp reconsider ACTION`: propose again what was refused, for example `/plp reconsider s3:PutObject` or `/plp reconsider s3:*`. For people who may merge.",
  "- `/plp protect SID`: never change or remove the statement with this Sid. For people who may merge.",
  "- `/plp help`: this.",
];

/** The answer to the commands of one note. What the person wrote is in it only as code. */
export function renderAnswer(commands: readonly GivenCommand[]): string {
  const [first] = commands;
  if (first !== undefined && commands.length === 1) return lineOf(first);
  return commands.map((command) => `- ${code(spelt(command), 120)}: ${lineOf(command)}`).join("\n");
}

function spelt({ name, argument }: GivenCommand): string {
  return ["plp", name, ...(argument === null ? [] : [argument])].join(" ");
}

function lineOf(command: GivenCommand): string {
  const { name, argument, refused, by, count = 0 } = command;
  if (refused !== null) return REFUSED[refused](command);
  switch (name) {
    case "help":
      return HELP.join("\n");
    case "update":
      return `As ${person(by)} asked: this is a draft again and starts over from the default branch with everything found since.`;
    case "reconsider":
      return `As ${person(by)} asked: ${plural(count, "refusal")} of ${code(argument ?? "", 80)} taken back. What is still in use is proposed again, here while this is an untouched draft, else with the next request.`;
    case "protect":
      return `As ${person(by)} asked: the statement ${code(argument ?? "", 80)} stays as it is, in ${plural(count, "policy", "policies")}.`;
    case "unknown":
      return HELP.join("\n");
  }
}

const REFUSED: Readonly<Record<CommandRefusal, (command: GivenCommand) => string>> = {
  "not-a-reviewer": ({ by }) =>
    `${person(by)} may not decide here: only people who may merge into the default branch do. Nothing was changed; please ask one of them.`,
  "no-such-thing": ({ name, argument }) =>
    name === "protect"
      ? `No policy of this application has a statement with the Sid ${code(argument ?? "", 80)}. Nothing was changed; write its Sid as it stands in the file.`
      : `Nothing that fits ${code(argument ?? "", 80)} was refused in this application. Nothing was changed; write the action as \`service:Action\`.`,
  "not-open": () => "This request is not open any more, so there is nothing to update. Nothing was changed.",
  "changed-since": () =>
    "Somebody did something here after that was written, and it would be lost. Nothing was changed; write it again if it still holds.",
  unknown: () => `That is no command of mine. Nothing was changed.\n\n${HELP.join("\n")}`,
};

/** What a close means, and how to undo it. */
export function renderClosed({
  by,
  decision,
  refused,
}: {
  readonly by: Person;
  readonly decision: boolean;
  readonly refused: number;
}): string {
  if (!decision)
    return `Closed by ${person(by)}, who may not decide. Nothing is rejected; the request comes back with the next round. Please ask somebody who may merge into the default branch.`;
  const what = refused === 0 ? "" : `: ${plural(refused, "permission")} rejected`;
  return `Closed by ${person(by)}${what}. It will not be proposed again unless it is used in a new way. Undo: reopen this request, or write \`/plp reconsider ACTION\` here.`;
}

/** Named, not mentioned. */
function person({ username }: Person): string {
  return code(username, 60);
}
