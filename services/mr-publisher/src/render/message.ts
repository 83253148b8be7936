import { historyLine } from "@plp/domain";
import type { RequestView } from "../view.ts";
import { wordsOf } from "./kinds.ts";
import { plain } from "./text.ts";

/**
 * The commit of the branch. It ends with one line per role that anchors the history in Git: whoever rewrites the events
 * would have to rewrite these commits too. What is foreign in it keeps letters, digits and a few signs only, so that it
 * is no trailer, no `[skip ci]` and closes no issue.
 */
export function renderMessage(view: RequestView): string {
  return [
    `${plain(view.application)}: ${wordsOf(view).subject(view)}`,
    "",
    `Folder ${plain(view.folder, 200)}.`,
    "",
    ...view.roles.map(({ role, proposal }) => historyLine(role, proposal)),
    "",
  ].join("\n");
}
