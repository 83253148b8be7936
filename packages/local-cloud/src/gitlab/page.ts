import { type Context, project, userOf } from "./context.ts";
import type { FileDiff } from "./git/diff.ts";
import { escapeHtml, renderMarkdown } from "./markdown.ts";
import { isDraft, mergeStatus, standingOf } from "./merge-request-view.ts";
import type { MergeRequest } from "./store.ts";

/** No script, nothing from elsewhere, no frame: what stands in a description can do nothing here. */
export const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

const statusWords: Readonly<Record<string, string>> = {
  not_open: "",
  draft_status: "A draft cannot be merged: mark it as ready first.",
  commits_status: "There is nothing to merge.",
  conflict: "It conflicts with the target branch.",
  mergeable: "Ready to merge.",
};

/** The page of a merge request: title, state, description, changes and notes, as a reviewer would read them. */
export async function mergeRequestPage(context: Context, mergeRequest: MergeRequest): Promise<string> {
  const standing = await standingOf(context, mergeRequest);
  const { refs } = standing;
  const files = refs === null ? [] : await context.repository.comparer.files(refs.base, refs.head);
  const draft = isDraft(mergeRequest.title) && mergeRequest.state === "opened";
  const state = draft ? "draft" : mergeRequest.state;
  const person = (id: number) => escapeHtml(userOf(context, id).name);
  const names = (ids: readonly number[]) => (ids.length === 0 ? "nobody" : ids.map(person).join(", "));
  const approvals = mergeRequest.approvals.map(({ by }) => by);
  const facts = [
    [
      "From",
      `<code>${escapeHtml(mergeRequest.source)}</code> into <code>${escapeHtml(mergeRequest.target)}</code>`,
    ],
    ["Opened", `${time(mergeRequest.createdAt)} by ${person(mergeRequest.authorId)}`],
    ["Assigned to", names(mergeRequest.assigneeIds)],
    ["Reviewers", names(mergeRequest.reviewerIds)],
    ["Approved by", names(approvals)],
    [
      "Labels",
      mergeRequest.labels.map((label) => `<span class="label">${escapeHtml(label)}</span>`).join(" ") ||
        "none",
    ],
    [
      "Head",
      `<code>${standing.head.slice(0, 8)}</code> ${statusWords[mergeStatus(mergeRequest, standing)] ?? ""}`,
    ],
  ];
  const content = `
<p class="crumb">${escapeHtml(project.fullPath)} · <a href="/${project.fullPath}/-/merge_requests">merge requests</a> · !${mergeRequest.iid}</p>
<h1><span class="state ${state}">${state}</span> ${escapeHtml(mergeRequest.title)}</h1>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")}</dl>
<section class="description">${renderMarkdown(mergeRequest.description) || "<p>No description.</p>"}</section>
<h2>Changes <small>${files.length} ${files.length === 1 ? "file" : "files"}</small></h2>
${files.map(fileSection).join("\n")}
<h2>Notes</h2>
${mergeRequest.notes.length === 0 ? "<p>None.</p>" : ""}
${mergeRequest.notes
  .map(
    ({ body, authorId, createdAt, system }) =>
      `<article class="note${system ? " system" : ""}"><p class="crumb">${person(authorId)} · ${time(createdAt)}</p>${renderMarkdown(body)}</article>`,
  )
  .join("\n")}`;
  return layout(`${mergeRequest.title} (!${mergeRequest.iid})`, content);
}

/** All requests, newest first. */
export function mergeRequestListPage(context: Context): string {
  const all = [...context.store.mergeRequests.values()].sort((a, b) => b.iid - a.iid);
  const rows = all.map((one) => {
    const state = isDraft(one.title) && one.state === "opened" ? "draft" : one.state;
    const link = `/${project.fullPath}/-/merge_requests/${one.iid}`;
    return `<tr><td>!${one.iid}</td><td><span class="state ${state}">${state}</span></td><td><a href="${link}">${escapeHtml(one.title)}</a></td><td>${time(one.updatedAt)}</td></tr>`;
  });
  const table = `<table><thead><tr><th></th><th>State</th><th>Title</th><th>Updated</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  const body = all.length === 0 ? "<p>None yet.</p>" : table;
  return layout("Merge requests", `<h1>Merge requests of ${escapeHtml(project.fullPath)}</h1>${body}`);
}

function fileSection(file: FileDiff): string {
  const moved = file.renamed_file ? `${escapeHtml(file.old_path)} → ` : "";
  const mark = file.new_file ? " (new)" : file.deleted_file ? " (deleted)" : "";
  const lines = file.diff.replace(/\n$/, "").split("\n");
  const rows = lines.map((line) => {
    const kind = line.startsWith("+")
      ? "add"
      : line.startsWith("-")
        ? "del"
        : line.startsWith("@@")
          ? "hunk"
          : "same";
    return `<span class="${kind}">${escapeHtml(line)}</span>`;
  });
  return `<section class="file"><h3>${moved}${escapeHtml(file.new_path)}${mark}</h3><pre class="diff">${rows.join("\n")}</pre></section>`;
}

function time(at: string): string {
  return `<time datetime="${escapeHtml(at)}">${escapeHtml(at.slice(0, 16).replace("T", " "))} UTC</time>`;
}

function layout(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>${content}</main></body></html>
`;
}

const style = `
:root{color-scheme:light dark;--line:#d0d4da;--soft:#f5f6f8;--add:#e3f6e6;--del:#fde7e9;--hunk:#5b6472;--link:#1557b0}
@media (prefers-color-scheme:dark){:root{--line:#3a4049;--soft:#20242b;--add:#12361d;--del:#431a20;--hunk:#9aa4b2;--link:#8ab4f8}}
body{font:16px/1.5 system-ui,sans-serif;margin:0}main{max-width:64rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem}a{color:var(--link)}
.crumb,small{color:var(--hunk);font-size:.9rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}dt{color:var(--hunk)}
.state,.label{border:1px solid var(--line);border-radius:1rem;padding:.1rem .6rem;font-size:.85rem;background:var(--soft)}
.description,.note{border:1px solid var(--line);border-radius:.5rem;padding:.5rem 1rem;margin:1rem 0;overflow-x:auto}.note.system{border-style:dashed}
table{border-collapse:collapse;margin:.5rem 0}td,th{border:1px solid var(--line);padding:.25rem .6rem;text-align:left;vertical-align:top}.right{text-align:right}
code,pre{font:.875rem/1.45 ui-monospace,monospace}pre{overflow-x:auto;background:var(--soft);padding:.5rem}li.task{list-style:none;margin-left:-1.2rem}
.file{border:1px solid var(--line);border-radius:.5rem;margin:1rem 0}.file h3{margin:0;padding:.4rem .8rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.diff{margin:0;background:none}.diff span{display:inline-block;min-width:100%;box-sizing:border-box;padding:0 .4rem}.add{background:var(--add)}.del{background:var(--del)}.hunk{color:var(--hunk)}
`;
