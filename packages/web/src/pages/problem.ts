import { type Child, type Html, html } from "../html.ts";

/** A page that says what went wrong and where to go on. */
export function problemPage(title: string, says: string, next: Child = null): Html {
  return html`<h1>${title}</h1><p class="problem" role="alert">${says}</p>${next === null ? null : html`<p>${next}</p>`}`;
}
