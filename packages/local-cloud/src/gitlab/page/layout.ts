import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { LocalUser } from "../../organization.ts";
import { type Context, project } from "../context.ts";

/** A piece of a page: what is put into it is escaped unless it is one itself. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export const styleUrl = `/${project.fullPath}/-/page.css`;

/** No script, nothing from elsewhere, no frame: what stands in a description can do nothing here. */
export const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
};

/** Who looks at the page, and the word that proves a form came from it. */
export interface Viewer {
  readonly user: LocalUser;
  readonly csrf: string;
}

const levels: Readonly<Record<LocalUser["accessLevel"], string>> = {
  20: "reporter",
  30: "developer",
  40: "maintainer",
  50: "owner",
};

export const home = `/${project.fullPath}/-/merge_requests`;

/** A form that posts to `to` with the hidden fields and whatever stands inside. */
export function form(
  viewer: Viewer,
  to: string,
  fields: Readonly<Record<string, string>>,
  inside: Html,
): Html {
  const hidden = Object.entries({ ...fields, csrf: viewer.csrf }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="${to}">${hidden}${inside}</form>`;
}

/** A whole page. `back`: where switching the user leads to, the page itself. */
export async function layout(
  context: Context,
  viewer: Viewer,
  page: { readonly title: string; readonly back: string; readonly body: Html },
): Promise<string> {
  const people = context.store.instance.users.map(
    (user) =>
      html`<option value="${user.username}" ${user.id === viewer.user.id ? "selected" : ""}>${user.name} (${user.username}, ${levels[user.accessLevel]}${user.bot ? ", bot" : ""})</option>`,
  );
  const choose = html`<label for="as">Acting as</label>
<select id="as" name="as">${people}</select>
<button type="submit">Switch</button>`;
  const whole = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · ${project.fullPath}</title>
<link rel="stylesheet" href="${styleUrl}">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<nav aria-label="Project"><strong>${project.fullPath}</strong>
<a href="${home}">Merge requests</a>
<a href="/${project.fullPath}/-/pipelines">Pipelines</a></nav>
${form(viewer, `/${project.fullPath}/-/acting`, { back: page.back }, choose)}
</header>
<main id="content">
${page.body}
</main>
</body>
</html>
`;
  return String(whole);
}

/** A moment for people, in UTC. */
export function time(at: string): Html {
  return html`<time datetime="${at}">${at.slice(0, 16).replace("T", " ")} UTC</time>`;
}

const tones: Readonly<Record<string, string>> = {
  draft: "wait",
  opened: "good",
  merged: "good",
  closed: "bad",
  success: "good",
  failed: "bad",
  manual: "wait",
  pending: "wait",
  running: "wait",
};

/** How GitLab calls a status where its API has another word. */
const words: Readonly<Record<string, string>> = {
  opened: "open",
  success: "passed",
  manual: "waits for you",
};

export function badge(status: string): Html {
  return html`<span class="badge ${tones[status] ?? ""}">${words[status] ?? status}</span>`;
}

export function said(refusal: string | null): Html {
  return refusal === null ? html`` : html`<div class="card said" role="alert">${refusal}</div>`;
}
