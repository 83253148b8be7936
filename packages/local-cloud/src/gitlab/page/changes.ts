import { html } from "hono/html";
import type { FileDiff } from "../git/diff.ts";
import { type DiffLine, diffLines } from "./diff.ts";
import type { Html } from "./layout.ts";

/** Longer differences are folded until somebody wants to see them. */
const unfolded = 400;

const signs = { add: "+", del: "-", same: " ", hunk: "" } as const;
const spoken = { add: "added", del: "removed", same: "", hunk: "" } as const;

function row({ kind, before, after, text }: DiffLine): Html {
  if (kind === "hunk") return html`<tr class="hunk"><td colspan="4">${text}</td></tr>`;
  return html`<tr class="${kind}"><td class="no">${before ?? ""}</td><td class="no">${after ?? ""}</td><td class="sign">${signs[kind]}<span class="hidden">${spoken[kind]}</span></td><td class="code">${text}</td></tr>`;
}

function file(of: FileDiff, edit: string | null): Html {
  const lines = diffLines(of.diff);
  const added = lines.filter(({ kind }) => kind === "add").length;
  const removed = lines.filter(({ kind }) => kind === "del").length;
  const moved = of.renamed_file ? html`${of.old_path} → ` : "";
  const mark = of.new_file ? " (new)" : of.deleted_file ? " (deleted)" : "";
  return html`<details class="card file" ${lines.length > unfolded ? "" : "open"}>
<summary><strong>${moved}${of.new_path}</strong>${mark} <span class="muted counts"><span class="plus">+${added}</span> <span class="minus">−${removed}</span></span></summary>
${edit === null ? html`` : html`<p class="edit"><a href="${edit}">Edit ${of.new_path}</a></p>`}
<div class="scroll" tabindex="0" role="region" aria-label="Changes of ${of.new_path}"><table class="diff"><tbody>${lines.map(row)}</tbody></table></div>
</details>`;
}

/** What a request changes, file by file. `editOf`: where a file is edited; null for who may not. */
export function changes(files: readonly FileDiff[], editOf: ((path: string) => string) | null): Html {
  const count = `${files.length} ${files.length === 1 ? "file" : "files"}`;
  return html`<section aria-labelledby="changes"><h2 id="changes">Changes <span class="muted">${count}</span></h2>
${files.length === 0 ? html`<p class="muted">Nothing differs.</p>` : files.map((one) => file(one, one.deleted_file ? null : (editOf?.(one.new_path) ?? null)))}</section>`;
}
