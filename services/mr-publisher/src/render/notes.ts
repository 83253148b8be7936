import type { Hold } from "../ownership.ts";
import type { RequestView, RoleView } from "../view.ts";
import { code } from "./text.ts";
import { list, plural } from "./words.ts";

export type Note =
  | {
      readonly kind: "frozen";
      readonly why: Hold["why"];
      readonly by: string | null;
      /** Proposals that came after the request was frozen. */
      readonly later: readonly RoleView[];
      readonly hasConflicts: boolean;
    }
  | {
      readonly kind: "withdrawn";
      /** What keeps findings from being proposed now; none: there are no findings. */
      readonly waiting?: RequestView["failed"];
      /** Why what was proposed has no ground any more. */
      readonly reasons?: RequestView["failed"];
    };

const MOST_WAITING = 10;

const WHY: Readonly<Record<Hold["why"], string>> = {
  ready: "Ready, as it was read. From now on I push nothing here.",
  "foreign-commit": "Somebody else's commit is on this branch. From now on I leave it alone.",
  approved: "Approved, as it was read. From now on I push nothing here.",
  reopened:
    "Refused before, and opened again: it is yours to merge or to close. From now on I push nothing here.",
  "set-to-merge": "Set to merge, as it was read. From now on I push nothing here.",
};

/** What PLP says beside a request. Names of environments, the only foreign text in it, are inline code. */
export function renderNote(note: Note): string {
  if (note.kind === "withdrawn") {
    const { waiting = [], reasons = [] } = note;
    if (waiting.length > 0)
      return [
        "What was found cannot be proposed at the moment. Closed; this is no decision: it comes with the next request.",
        "",
        ...reasonLines(waiting),
      ].join("\n");
    if (reasons.length > 0)
      return [
        "No longer proposed. Closed; this is no decision, and nothing counts as rejected.",
        "",
        ...reasonLines(reasons),
      ].join("\n");
    return "Nothing is left to add here: everything stands in the policy already. Closed; this is no decision, and nothing counts as rejected.";
  }
  const lines = [WHY[note.why]];
  const changes = note.later.reduce(
    (sum, { proposal: { added, removed } }) => sum + added.length + removed.length,
    0,
  );
  if (changes > 0) {
    const where = list(note.later.map(({ environment }) => code(environment, 32)));
    lines.push(
      `Found since then: ${plural(changes, "permission")} not as the policy has it (${where}). They come with the next request, after this one, or here with \`/plp update\`.`,
    );
  } else lines.push("New findings wait for the next request.");
  if (note.hasConflicts)
    lines.push(
      "It no longer merges into the default branch: rebase it, or close it and let the next round make a new one.",
    );
  return lines.join("\n\n");
}

function reasonLines(reasons: RequestView["failed"]): string[] {
  return reasons
    .slice(0, MOST_WAITING)
    .map(({ environment, reason }) => `- ${code(environment, 32)}: ${code(reason, 300)}`);
}
