import type { RequestView } from "../view.ts";
import { plural, span } from "./words.ts";

/**
 * The commit of the branch. It ends with one line per role that anchors the history in Git: whoever rewrites the events
 * would have to rewrite these commits too. `[skip ci]` and the like never get in: nothing foreign is in it.
 */
export function renderMessage({ application, folder, roles, round }: RequestView): string {
  const added = roles.reduce((sum, { proposal }) => sum + proposal.added.length, 0);
  const from = roles.map(({ proposal }) => proposal.window.from).sort()[0] ?? "";
  const to =
    roles
      .map(({ proposal }) => proposal.window.to)
      .sort()
      .at(-1) ?? "";
  const each = roles.map(({ environment, proposal }) => `${environment} ${proposal.added.length}`).join(", ");
  return [
    `${application}: allow ${plural(added, "permission")} used ${span(from, to, "-")} (${each})`,
    "",
    `Folder ${JSON.stringify(folder)}, round ${round}.`,
    "",
    ...roles.map(
      ({ role, proposal }) =>
        `Plp-History: ${role.arn}#${role.uniqueId} ${proposal.version} ${proposal.hash}`,
    ),
    "",
  ].join("\n");
}
