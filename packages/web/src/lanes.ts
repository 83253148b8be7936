import { usedBar } from "./charts/share-bar.ts";
import { type Child, html } from "./html.ts";
import { table } from "./table.ts";
import type { Lane } from "./views.ts";
import { number } from "./words.ts";

/** How much of each lane's daily quota is used; nothing where no generation was started. */
export function lanesSection(lanes: readonly Lane[]): Child {
  if (lanes.length === 0) return null;
  return html`<section aria-labelledby="lanes"><h2 id="lanes">Generations in 24 hours</h2>${table({
    caption: "Policy generations started by lane within 24 hours",
    rows: lanes,
    columns: [
      { head: "Lane", kind: "main", cell: ({ lane }) => html`<code>${lane}</code>` },
      { head: "Used", kind: "number", cell: ({ used, quota }) => `${number(used)} of ${number(quota)}` },
      { head: "Share", kind: "text", cell: ({ used, quota }) => usedBar(used, quota) },
    ],
  })}</section>`;
}
