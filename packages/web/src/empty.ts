import { type Child, type Html, html } from "./html.ts";

/** What stands where a list would, when there is nothing in it: why, and what to do. */
export function empty(what: string, next: Child = null): Html {
  return html`<div class="empty"><p>${what}</p>${next === null ? null : html`<p>${next}</p>`}</div>`;
}
