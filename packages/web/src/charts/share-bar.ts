import { type Html, html } from "../html.ts";
import { number } from "../words.ts";
import { percent } from "./scale.ts";

export interface Part {
  readonly text: string;
  readonly count: number;
  readonly kind: "good" | "calm" | "bad" | "busy";
}

/** Parts of a whole beside each other, with their numbers in words under it. */
export function shareBar(label: string, parts: readonly Part[]): Html {
  const there = parts.filter(({ count }) => count > 0);
  const whole = there.reduce((sum, { count }) => sum + count, 0);
  const placed = there.map((part, index) => ({
    ...part,
    before: there.slice(0, index).reduce((sum, { count }) => sum + count, 0),
  }));
  return html`<svg class="bar" width="100%" height="8" role="img" aria-label="${label}: ${there.map(({ text, count }) => `${number(count)} ${text}`).join(", ")}">
<rect class="ground" width="100%" height="8"/>
${placed.map(
  ({ kind, count, before }) =>
    html`<rect class="${kind}" x="${percent(before / whole)}" width="${percent(count / whole)}" height="8"/>`,
)}</svg>
<p class="legend">${there.map(
    ({ text, count, kind }) =>
      html`<span><svg class="bar" width="10" height="10" aria-hidden="true"><rect class="${kind}" width="10" height="10"/></svg>${number(count)} ${text}</span> `,
  )}</p>`;
}

/** How much of a limit is used. */
export function usedBar(used: number, limit: number): Html {
  const share = limit > 0 ? Math.min(1, used / limit) : 0;
  return html`<svg class="bar used" height="6" aria-hidden="true"><rect class="ground" width="100%" height="6"/><rect class="${share >= 1 ? "bad" : "good"}" width="${percent(share)}" height="6"/></svg>`;
}
