import { html } from "hono/html";
import { type Context, mayPush } from "../context.ts";
import { standingOf } from "../merge-request-view.ts";
import type { MergeRequest } from "../store.ts";
import { form, type Html, home, layout, said, type Viewer } from "./layout.ts";

/** May the viewer change files of the request: is it open, its branch there, and theirs to push to? */
export function mayEdit(context: Context, viewer: Viewer, mergeRequest: MergeRequest): boolean {
  return mergeRequest.state === "opened" && mayPush(context, viewer.user, mergeRequest.source);
}

export function editUrl({ iid }: MergeRequest, path: string): string {
  return `${home}/${iid}/edit?path=${encodeURIComponent(path)}`;
}

/** Why a commit was refused, and what had been typed for it. */
export interface Refused {
  readonly why: string;
  readonly typed: string;
}

/** A file of the request's branch as a text to edit; null when there is no such text. */
export async function editPage(
  context: Context,
  viewer: Viewer,
  mergeRequest: MergeRequest,
  path: string,
  refused: Refused | null = null,
): Promise<string | null> {
  const { repository } = context;
  const { head } = await standingOf(context, mergeRequest);
  const blob = await repository.blob(head, path);
  if (blob === null || blob.content.includes(0)) return null;
  const text = refused?.typed ?? blob.content.toString("utf8");
  const last = await repository.lastCommit(head, path);
  const back = `${home}/${mergeRequest.iid}`;
  // A line break right after the tag would be taken for none.
  const inside = html`<label for="content">Content on <code>${mergeRequest.source}</code></label>
<textarea id="content" name="content" class="code" rows="${Math.min(40, text.split("\n").length + 1)}" spellcheck="false">
${text}</textarea>
<label for="message">Commit message</label>
<input id="message" name="message" required maxlength="250" value="Edit ${path}">
<div class="actions"><button type="submit" class="main">Commit as ${viewer.user.name}</button></div>`;
  const fields = { action: "edit", path, last, back };
  const body = html`${said(refused?.why ?? null)}
<h1>Edit ${path}</h1>
<p class="muted">Of <a href="${back}">${mergeRequest.title} (!${mergeRequest.iid})</a>. From your commit on the branch is yours: PLP pushes nothing to it any more.</p>
${mayEdit(context, viewer, mergeRequest) ? form(viewer, editUrl(mergeRequest, path), fields, inside) : notYours(viewer)}`;
  return layout(context, viewer, { title: `Edit ${path}`, back, body });
}

function notYours({ user }: Viewer): Html {
  return html`<p class="card">${user.name} may not change this branch, or the request is not open.</p>`;
}
