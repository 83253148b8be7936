import { type Html, html } from "./html.ts";

/** Something as JSON, as text that can be scrolled with the keyboard. */
export function jsonBlock(name: string, value: object): Html {
  return html`<pre tabindex="0" role="region" aria-label="${name} as JSON">${JSON.stringify(value, null, 2)}</pre>`;
}
