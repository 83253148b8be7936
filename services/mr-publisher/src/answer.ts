import { commandKey, type GivenCommand, type RequestState } from "@plp/domain";
import type { Look } from "./look.ts";
import { noteBody } from "./note-body.ts";
import { renderAnswer, renderClosed } from "./render/answers.ts";

const DAY = 86_400_000;

/**
 * One note to every note with commands, and one to every close. What was recorded more than a day ago has been answered:
 * the message that follows each of them comes again until it was.
 */
export async function answer(look: Look): Promise<void> {
  const { gitlab, loaded, ports } = look;
  const since = new Date(ports.clock.now().getTime() - DAY).toISOString();
  for (const [iid, answers] of answersOf(loaded, (await gitlab.self()).id, since)) {
    // People may delete requests.
    if ((await gitlab.getOrNull(iid)) === null) continue;
    const notes = await gitlab.notes(iid);
    for (const { mark, text } of answers) {
      const body = noteBody(mark, text);
      if (!notes.some((note) => note.body.trim() === body.trim())) await gitlab.note(iid, mark, text);
    }
  }
}

interface Answer {
  readonly mark: string;
  readonly text: string;
}

/** What is to be said beside each request. */
function answersOf(
  loaded: Look["loaded"],
  self: number,
  since: string,
): ReadonlyMap<number, readonly Answer[]> {
  const { commands, requests } = loaded.application;
  const given = [...commands.values()].filter(({ recordedAt }) => recordedAt >= since);
  const answers = [...Map.groupBy(given, ({ note }) => note)].map(([note, all]) => ({
    ...{ iid: all[0]?.iid ?? 0, mark: `answer-${note}`, text: renderAnswer(sorted(all)) },
  }));
  const closes = [...requests.values()].flatMap((request) => {
    const { closed, iid } = request;
    if (closed === null || closed.by === null || closed.recordedAt < since || closed.by.id === self)
      return [];
    const { by, decision } = closed;
    return [
      { iid, mark: "closed", text: renderClosed({ by, decision, refused: rejectedBy(request, loaded) }) },
    ];
  });
  return Map.groupBy([...answers, ...closes], ({ iid }) => iid);
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
    if (kind === "restore") return sum;
    return sum + (kind === "enforce" ? 0 : added.length) + removed.length;
  }, 0);
}
