import { historyLine } from "@plp/domain";
import type { RequestView } from "../view.ts";
import { plain } from "./text.ts";
import { totals } from "./totals.ts";
import { list, plural, span } from "./words.ts";

/** More environments than this, and the first line would be a page. */
const MOST_NAMED = 6;

/**
 * The commit of the branch. It ends with one line per role that anchors the history in Git: whoever rewrites the events
 * would have to rewrite these commits too. What is foreign in it keeps letters, digits and a few signs only, so that it
 * is no trailer, no `[skip ci]` and closes no issue.
 */
export function renderMessage(view: RequestView): string {
  const { added, from, to } = totals(view);
  const each = view.roles.map(
    ({ environment, proposal }) => `${plain(environment)} ${proposal.added.length}`,
  );
  return [
    `${plain(view.application)}: allow ${plural(added, "permission")} used ${span(from, to, "-")} (${list(each, MOST_NAMED)})`,
    "",
    `Folder ${plain(view.folder, 200)}.`,
    "",
    ...view.roles.map(({ role, proposal }) => historyLine(role, proposal)),
    "",
  ].join("\n");
}
