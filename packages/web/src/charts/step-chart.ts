import { type Html, html } from "../html.ts";
import type { Count, Span } from "../views.ts";
import { clockText, dayText, number, shortMomentText } from "../words.ts";
import { niceAtLeast, percent, shareOf, thinned } from "./scale.ts";

interface StepChart {
  /** What it shows, as a sentence without its end; the numbers are added. */
  readonly label: string;
  /** Oldest first; a count stands until the next. */
  readonly counts: readonly Count[];
  readonly until: string;
  readonly gaps?: readonly Span[];
  /** A moment to mark. */
  readonly cursor?: string | null;
}

const HEIGHT = 96;
const WIDTH = 1_000;
const MOST_STEPS = 400;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * How a number went over time, as SVG that stretches with its place while its texts keep their size: the curve lies in
 * a nested picture without a fixed ratio, everything else is placed by percentages.
 */
export function stepChart({ label, counts, until, gaps = [], cursor = null }: StepChart): Html | null {
  const first = counts[0];
  const last = counts.at(-1);
  if (first === undefined || last === undefined) return null;
  const end = until > last.at ? until : last.at;
  const top = niceAtLeast(Math.max(...counts.map(({ permissions }) => permissions)));
  const x = (at: string) => shareOf(at, first.at, end);
  const y = (value: number) => HEIGHT - (value / top) * HEIGHT;
  const points = thinned(counts, MOST_STEPS).map(({ at, permissions }) => [
    round(x(at) * WIDTH),
    round(y(permissions)),
  ]);
  const line = `${points.map(([px, py], index) => `${index === 0 ? `M${px} ${py}` : `H${px}V${py}`}`).join("")}H${WIDTH}`;
  const says = `${label}: ${number(first.permissions)} on ${dayText(first.at)}, ${number(last.permissions)} on ${dayText(end)}.`;
  return html`<svg class="chart" width="100%" height="${HEIGHT + 28}" role="img" aria-label="${says}">
<svg y="6" width="100%" height="${HEIGHT}" overflow="visible">
${gaps.map(
  (gap) =>
    html`<rect class="gap" x="${percent(x(gap.from))}" width="${percent(x(gap.to) - x(gap.from))}" height="${HEIGHT}"/>`,
)}
<line class="grid" x2="100%"/><line class="grid" x2="100%" y1="${HEIGHT / 2}" y2="${HEIGHT / 2}"/>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="100%" height="${HEIGHT}" preserveAspectRatio="none" overflow="visible">
<path class="area" d="${line}V${HEIGHT}H${points[0]?.[0] ?? 0}Z"/><path class="line" vector-effect="non-scaling-stroke" d="${line}"/></svg>
<line class="axis" x2="100%" y1="${HEIGHT}" y2="${HEIGHT}"/>
<text class="y" x="6" y="13">${number(top)}</text><text class="y" x="6" y="${HEIGHT / 2 + 13}">${number(top / 2)}</text>
${cursor === null ? null : html`<line class="cursor" x1="${percent(x(cursor))}" x2="${percent(x(cursor))}" y1="-6" y2="${HEIGHT}"/>`}
${ticks(first.at, end)}
</svg></svg>`;
}

function ticks(from: string, to: string): readonly Html[] {
  const span = Date.parse(to) - Date.parse(from);
  if (Number.isNaN(span)) return [];
  const text = span < HOUR_MS ? clockText : span < 3 * DAY_MS ? shortMomentText : dayText;
  const shares = span === 0 ? [0] : [0, 1 / 3, 2 / 3, 1];
  return shares.map((share) => {
    const at = new Date(Date.parse(from) + share * span).toISOString();
    const place = share === 0 ? "first" : share === 1 ? "last" : "between";
    return html`<text class="x ${place}" x="${percent(share)}" y="${HEIGHT + 16}">${text(at)}</text>`;
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
