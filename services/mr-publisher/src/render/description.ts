import type { RequestView } from "../view.ts";
import { plural, span } from "./words.ts";

/** The description between our two marks. */
export function renderDescription({ application, roles }: RequestView): string {
  const added = roles.reduce((sum, { proposal }) => sum + proposal.added.length, 0);
  const from = roles.map(({ proposal }) => proposal.window.from).sort()[0] ?? "";
  const to =
    roles
      .map(({ proposal }) => proposal.window.to)
      .sort()
      .at(-1) ?? "";
  return `**${plural(added, "new permission")}** for ${plural(roles.length, "role")} of \`${application}\`, used ${span(from, to)}.`;
}
