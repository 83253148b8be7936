import { commandKey, type GivenCommand, type RequestState } from "@plp/domain";
import type { Look } from "./look.ts";
import { renderAnswer, renderClosed } from "./render/answers.ts";

const DAY = 86_400_000;

/**
 * One note to every note with commands, and one to every close. What was recorded more than a day ago has been answered:
 * the message that follows each of them comes again until it was.
 */
export async function answer({ gitlab, loaded, ports }: Look): Promise<void> {
  const { application } = loaded;
  const since = new Date(ports.clock.now().getTime() - DAY).toISOString();
  const given = [...application.commands.values()].filter(({ recordedAt }) => recordedAt >= since);
  for (const [note, commands] of Map.groupBy(given, (command) => command.note)) {
    const iid = commands[0]?.iid ?? 0;
    if ((await gitlab.getOrNull(iid)) !== null)
      await gitlab.note(iid, `answer-${note}`, renderAnswer(sorted(commands)));
  }
  for (const request of application.requests.values()) {
    const { closed, iid } = request;
    if (closed === null || closed.by === null || closed.recordedAt < since) continue;
    if (closed.by.id === (await gitlab.self()).id || (await gitlab.getOrNull(iid)) === null) continue;
    const refused = rejectedBy(request, loaded);
    await gitlab.note(iid, "closed", renderClosed({ by: closed.by, decision: closed.decision, refused }));
  }
}

function sorted<C extends GivenCommand>(commands: readonly C[]): readonly C[] {
  return [...commands].sort((a, b) => a.line - b.line || commandKey(a).localeCompare(commandKey(b)));
}

/** How many permissions the close refused. */
function rejectedBy({ kind, roles }: RequestState, { roles: known }: Look["loaded"]): number {
  return roles.reduce((sum, { role, proposal }) => {
    const state = [...known.values()].find(
      (one) => one.role.arn === role.arn && one.role.uniqueId === role.uniqueId,
    )?.state;
    const { added = [], removed = [] } = state?.proposals.get(proposal) ?? {};
    return sum + (kind === "enforce" ? 0 : added.length) + removed.length;
  }, 0);
}
