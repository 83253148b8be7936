import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  commandKey,
  commandsIn,
  commitId,
  digest,
  foldApplication,
  type GivenCommand,
  giveCommand,
  isWaiting,
  type RequestState,
  type WrittenCommand,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { type CausedLook, causeBy } from "./caused-look.ts";
import { protect, reconsider, type Said } from "./command-effects.ts";

/** What people may only say who decide. */
const DECIDING = new Set<WrittenCommand["name"]>(["update", "reconsider", "protect"]);

/**
 * Carries out what people wrote beside requests that wait (`iid`: beside that one, whatever became of it), each command
 * once: what it changes in the roles first, then that it was given. The publisher answers.
 */
export async function takeCommands(
  application: ApplicationState,
  iid: number | null,
  look: CausedLook,
): Promise<void> {
  const { gitlab } = look;
  const requests = [...application.requests.values()].filter((request) =>
    iid === null ? isWaiting(request) : request.iid === iid,
  );
  for (const request of requests) {
    if ((await gitlab.getOrNull(request.iid)) === null) continue;
    const self = await gitlab.self();
    for (const note of await gitlab.notes(request.iid)) {
      if (note.system || note.author.id === self.id) continue;
      for (const written of commandsIn(note.body)) {
        if (application.commands.has(commandKey({ note: note.id, line: written.line }))) continue;
        await take(application, request, note, written, look);
      }
    }
  }
}

type Note = Awaited<ReturnType<CausedLook["gitlab"]["notes"]>>[number];

async function take(
  application: ApplicationState,
  request: RequestState,
  { id: note, author: by, createdAt }: Note,
  { line, name, argument }: WrittenCommand,
  look: CausedLook,
): Promise<void> {
  const { cause, ports } = look;
  const told = causeBy(by, createdAt, look);
  const command = commandKey({ note, line });
  const said: Said = { request, by, argument, command, look: { ...look, cause: told } };
  const outcome = await outcomeOf(name, application, said, note);
  const given: GivenCommand = {
    ...{ kind: request.kind, iid: request.iid, note, line, name, argument, by },
    ...outcome,
  };
  const stream = applicationStream(look.place);
  await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide: (current) => giveCommand(current, given, told),
    commitId: commitId(cause.causationId, stream, digest("command", String(note), String(line))),
  });
}

type Outcome = Pick<GivenCommand, "refused" | "count" | "givenUp">;

async function outcomeOf(
  name: WrittenCommand["name"],
  application: ApplicationState,
  said: Said,
  note: number,
): Promise<Outcome> {
  if (name === "unknown") return { refused: "unknown" };
  if (DECIDING.has(name) && !(await said.look.gitlab.isReviewer(said.by)))
    return { refused: "not-a-reviewer" };
  if (name === "update") return update(said, note);
  if (name === "help") return { refused: null };
  const count = await (name === "reconsider" ? reconsider : protect)(application, said);
  return count === 0 ? { refused: "no-such-thing" } : { refused: null, count };
}

/**
 * Whatever made the request people's is given up, as it stood when that was written: what somebody did since is not, so
 * a command that was found late does nothing. That nobody did is looked at last.
 */
async function update({ request, look: { gitlab } }: Said, note: number): Promise<Outcome> {
  const { iid } = request;
  const found = await gitlab.getOrNull(iid);
  // Reopened beside another one of its kind it is people's: only one of a kind is ours to bring up to date.
  if (found?.state !== "opened" || !isWaiting(request)) return { refused: "not-open" };
  const givenUp = { head: found.sha, approvedBy: await gitlab.approvedBy(iid) };
  const self = await gitlab.self();
  const since = (await gitlab.notes(iid)).filter(({ id, system }) => system && id > note);
  const isNewest = since.every(({ author }) => author.id === self.id);
  return isNewest ? { refused: null, givenUp } : { refused: "changed-since" };
}
