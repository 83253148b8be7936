import type { RoleId } from "@plp/domain";
import { renderDescription } from "./render/description.ts";
import { renderMessage } from "./render/message.ts";
import { renderTitle } from "./render/title.ts";
import type { RequestView } from "./view.ts";

/** Everything that a request is to show. */
export interface Rendered {
  readonly title: string;
  readonly description: string;
  readonly message: string;
  readonly files: readonly { readonly path: string; readonly content: string | null }[];
  readonly roles: readonly { readonly role: RoleId; readonly proposal: number }[];
}

const BEGIN = "<!-- plp:begin -->";
const END = "<!-- plp:end -->";

/** Pure: the same view gives the same bytes. */
export function describe(view: RequestView): Rendered {
  return {
    title: renderTitle(view),
    description: renderDescription(view),
    message: renderMessage(view),
    files: [...view.roles.flatMap(({ proposal }) => proposal.files), ...view.modes].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    ),
    roles: view.roles.map(({ role, proposal }) => ({ role, proposal: proposal.version })),
  };
}

/** The description with what stands between our marks replaced; whoever took the marks away keeps the text as it is. */
export function withBlock(description: string, block: string): string {
  const ours = `${BEGIN}\n${block.trimEnd()}\n${END}`;
  if (description === "") return ours;
  const begin = description.indexOf(BEGIN);
  const end = description.lastIndexOf(END);
  return begin < 0 || end < begin
    ? description
    : description.slice(0, begin) + ours + description.slice(end + END.length);
}

/** What stands between our marks now; empty when somebody took them away. */
export function blockOf(description: string): string {
  const begin = description.indexOf(BEGIN);
  const end = description.lastIndexOf(END);
  return begin < 0 || end < begin ? "" : description.slice(begin + BEGIN.length, end).trim();
}
