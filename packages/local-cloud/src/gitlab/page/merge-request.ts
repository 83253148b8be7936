import { html } from "hono/html";
import type { LocalUser } from "../../organization.ts";
import { type Context, developer, mayMerge, mayPush, project, userOf } from "../context.ts";
import { isDraft, mergeStatus, type Standing, standingOf } from "../merge-request-view.ts";
import type { Pipeline } from "../pipelines/pipeline.ts";
import { headPipeline } from "../pipelines/view.ts";
import type { MergeRequest, Note } from "../store.ts";
import { changes } from "./changes.ts";
import { editUrl, mayEdit } from "./edit.ts";
import { badge, form, type Html, home, layout, said, time, type Viewer } from "./layout.ts";
import { renderMarkdown } from "./markdown.ts";
import { pipelineCard } from "./pipelines.ts";

const stateOf = ({ state, title }: MergeRequest) => (state === "opened" && isDraft(title) ? "draft" : state);

/** What stands in the way of a merge, or what follows from it. */
const standings: Readonly<Record<string, string>> = {
  draft_status: "This is a draft and cannot be merged. Mark it as ready once you have read it.",
  commits_status: "There is nothing to merge.",
  conflict: "It conflicts with the target branch.",
  mergeable: "Ready to merge. Merging approves what its files say now.",
};

interface Seen {
  readonly context: Context;
  readonly viewer: Viewer;
  readonly mergeRequest: MergeRequest;
  readonly standing: Standing;
}

/** The page of a merge request as its reviewer reads it, and everything they can do to it. */
export async function mergeRequestPage(
  context: Context,
  viewer: Viewer,
  mergeRequest: MergeRequest,
  refusal: string | null = null,
): Promise<string> {
  const standing = await standingOf(context, mergeRequest);
  const seen: Seen = { context, viewer, mergeRequest, standing };
  const { refs } = standing;
  const files = refs === null ? [] : await context.repository.comparer.files(refs.base, refs.head);
  const { iid, title, source, target, createdAt, authorId } = mergeRequest;
  const body = html`${said(refusal)}
<h1>${badge(stateOf(mergeRequest))} ${title} <span class="muted">!${iid}</span></h1>
<p class="muted">${userOf(context, authorId).name} wants to merge <code>${source}</code> into <code>${target}</code> · opened ${time(createdAt)}</p>
<div class="columns">
<div>
${decision(seen)}
<section class="card text" aria-labelledby="description"><h2 id="description" class="hidden">Description</h2>${
    mergeRequest.description.trim() === ""
      ? html`<p class="muted">No description.</p>`
      : renderMarkdown(mergeRequest.description)
  }</section>
${pipelines(seen)}
${changes(files, mayEdit(context, viewer, mergeRequest) ? (path) => editUrl(mergeRequest, path) : null)}
${activity(seen)}
</div>
${side(seen)}
</div>`;
  const back = `${home}/${iid}`;
  return layout(context, viewer, { title: `${title} (!${iid})`, back, body });
}

function button(
  { viewer, mergeRequest, standing }: Seen,
  action: string,
  text: string,
  isMain = false,
): Html {
  const fields = { action, sha: standing.head };
  const inside = html`<button type="submit" class="${isMain ? "main" : ""}">${text}</button>`;
  return form(viewer, `${home}/${mergeRequest.iid}`, fields, inside);
}

function decision(seen: Seen): Html {
  const { context, viewer, mergeRequest, standing } = seen;
  const { user } = viewer;
  const status = mergeStatus(mergeRequest, standing);
  const may = mayMerge(context, user, mergeRequest);
  const writes = user.accessLevel >= developer;
  const buttons: Html[] = [];
  if (mergeRequest.state === "opened" && writes) {
    if (status === "draft_status") buttons.push(button(seen, "ready", "Mark as ready", true));
    if (may && status === "mergeable") buttons.push(button(seen, "merge", "Merge", true));
    if (status !== "draft_status") buttons.push(button(seen, "draft", "Mark as draft"));
    const approved = mergeRequest.approvals.some(({ by }) => by === user.id);
    buttons.push(
      button(seen, approved ? "unapprove" : "approve", approved ? "Take approval back" : "Approve"),
    );
    buttons.push(button(seen, "close", "Close"));
  }
  if (mergeRequest.state === "closed" && writes) buttons.push(button(seen, "reopen", "Reopen"));
  return html`<section class="card" aria-label="Decision">
<p>${outcome(seen, status)}</p>
${buttons.length === 0 ? html`` : html`<div class="actions">${buttons}</div>`}
${who(seen, may)}</section>`;
}

function outcome({ context, mergeRequest, standing }: Seen, status: string): Html {
  const { merged, closed, autoMerge } = mergeRequest;
  if (merged !== null) {
    return html`Merged by <strong>${userOf(context, merged.by).name}</strong>, ${time(merged.at)}, as <code>${merged.commit.slice(0, 8)}</code>.`;
  }
  if (closed !== null) {
    return html`Closed by <strong>${userOf(context, closed.by).name}</strong>, ${time(closed.at)}.`;
  }
  if (autoMerge?.head === standing.head) {
    return html`<strong>${userOf(context, autoMerge.by).name}</strong> set it to merge once its pipeline has passed.`;
  }
  return html`${standings[status] ?? status}`;
}

/** Who can do what the viewer cannot. */
function who({ context, viewer, mergeRequest }: Seen, may: boolean): Html {
  if (mergeRequest.state !== "opened" || may) return html``;
  const names = mergers(context, mergeRequest).map(({ name }) => name);
  return html`<p class="muted">${viewer.user.name} may not merge into <code>${mergeRequest.target}</code>; ${names.join(", ")} may.</p>`;
}

function mergers(context: Context, mergeRequest: MergeRequest): readonly LocalUser[] {
  return context.store.instance.users.filter((user) => !user.bot && mayMerge(context, user, mergeRequest));
}

function pipelines({ context, viewer, mergeRequest, standing }: Seen): Html {
  const back = `${home}/${mergeRequest.iid}`;
  const own = headPipeline(context, mergeRequest.iid, standing.head);
  const merged = mergeRequest.merged;
  const after: Pipeline | undefined =
    merged === null
      ? undefined
      : [...context.store.pipelines.values()].findLast(
          ({ source, sha }) => source === "push" && sha === merged.commit,
        );
  if (own === null && after === undefined) return html``;
  const mayApply = after === undefined || mayPush(context, viewer.user, after.branch);
  const hint =
    after !== undefined && !mayApply
      ? html`<p class="muted">${viewer.user.name} may not start apply; ${mergers(context, mergeRequest)
          .map(({ name }) => name)
          .join(", ")} may.</p>`
      : html``;
  return html`<section aria-labelledby="pipelines"><h2 id="pipelines">Pipelines</h2>
${after === undefined ? html`` : html`${pipelineCard(context, viewer, after, "After the merge:", back)}${hint}`}
${own === null ? html`` : pipelineCard(context, viewer, own, "Of this request:", back)}</section>`;
}

function activity(seen: Seen): Html {
  const { context, viewer, mergeRequest } = seen;
  const note = (one: Note): Html => {
    const by = userOf(context, one.authorId);
    if (one.system) {
      return html`<li class="event"><strong>${by.name}</strong> ${renderMarkdown(one.body)} · ${time(one.createdAt)}</li>`;
    }
    return html`<li class="card note" id="note_${one.id}"><header class="muted"><strong>${by.name}</strong> <span>@${by.username}</span> · ${time(one.createdAt)}</header><div class="text">${renderMarkdown(one.body)}</div></li>`;
  };
  const write = html`<label for="body">Add a note as ${viewer.user.name}</label>
<textarea id="body" name="body" required maxlength="100000" placeholder="/plp help"></textarea>
<div class="actions"><button type="submit">Comment</button></div>`;
  const list = html`<ul class="notes">${mergeRequest.notes.map(note)}</ul>`;
  return html`<section aria-labelledby="notes"><h2 id="notes">Activity</h2>
${mergeRequest.notes.length === 0 ? html`<p class="muted">Nothing yet.</p>` : list}
${form(viewer, `${home}/${mergeRequest.iid}`, { action: "note" }, write)}</section>`;
}

function side({ context, mergeRequest, standing }: Seen): Html {
  const names = (ids: readonly number[]) =>
    ids.length === 0 ? "nobody" : ids.map((id) => userOf(context, id).name).join(", ");
  const facts: readonly (readonly [string, string | Html])[] = [
    ["Assigned to", names(mergeRequest.assigneeIds)],
    ["Reviewers", names(mergeRequest.reviewerIds)],
    ["Approved by", names(mergeRequest.approvals.map(({ by }) => by))],
    [
      "Labels",
      mergeRequest.labels.length === 0
        ? "none"
        : html`${mergeRequest.labels.map((label) => html`<span class="badge">${label}</span> `)}`,
    ],
    ["Head", html`<code>${standing.head.slice(0, 8)}</code>`],
    ["Updated", time(mergeRequest.updatedAt)],
  ];
  return html`<aside class="card side" aria-label="Facts"><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></aside>`;
}

/** All requests, newest first. */
export function mergeRequestListPage(context: Context, viewer: Viewer): Promise<string> {
  const all = [...context.store.mergeRequests.values()].sort((a, b) => b.iid - a.iid);
  const rows = all.map(
    (one) =>
      html`<tr><td>!${one.iid}</td><td>${badge(stateOf(one))}</td><td><a href="${home}/${one.iid}">${one.title}</a></td><td>${time(one.updatedAt)}</td></tr>`,
  );
  const table = html`<div class="scroll"><table class="plain"><thead><tr><th scope="col">No.</th><th scope="col">State</th><th scope="col">Title</th><th scope="col">Updated</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const body = html`<h1>Merge requests of ${project.fullPath}</h1>${all.length === 0 ? html`<p>None yet.</p>` : table}`;
  return layout(context, viewer, { title: "Merge requests", back: home, body });
}
