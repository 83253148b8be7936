import { type Html, html } from "../html.ts";
import type { EventRow } from "../views.ts";
import { percent } from "./scale.ts";

/** What an event means on the line of steps; later in this list = shown before others that fall on the same place. */
const KINDS = ["observed", "scope", "proposed", "rejected", "decided"] as const;
type Kind = (typeof KINDS)[number];

const KIND_OF: Readonly<Record<string, Kind>> = {
  RoleDiscovered: "scope",
  RoleRescoped: "scope",
  ModeChanged: "scope",
  RoleRecreated: "scope",
  RoleRetired: "scope",
  PolicyProposed: "proposed",
  ProposalRejected: "rejected",
  ProposalApproved: "decided",
  PolicyEdited: "decided",
  PolicyApplied: "decided",
};

const LEGEND: Readonly<Record<Kind, string>> = {
  decided: "approved, edited or applied",
  rejected: "rejected",
  proposed: "proposed",
  scope: "scope or mode",
  observed: "observed, merged or withdrawn",
};

const MOST_MARKS = 240;

/** One mark for every event, evenly placed, as the slider under it goes: its ends are those of the slider's thumb. */
export function steps(events: readonly EventRow[]): Html {
  const last = events.length;
  const placeOf = (version: number) => (last > 1 ? (version - 1) / (last - 1) : 0);
  const marks = new Map<number, { readonly kind: Kind; readonly share: number }>();
  for (const { version, type } of events) {
    const share = placeOf(version);
    const slot = last > MOST_MARKS ? Math.round(share * MOST_MARKS) : version;
    const kind = KIND_OF[type] ?? "observed";
    const before = marks.get(slot);
    if (before === undefined || KINDS.indexOf(kind) > KINDS.indexOf(before.kind))
      marks.set(slot, { kind, share });
  }
  return html`<svg class="steps" width="100%" height="24" aria-hidden="true">
<line class="axis" x2="100%" y1="12" y2="12"/>
${[...marks.values()].map(({ kind, share }) => html`<svg x="${percent(share)}" y="12" overflow="visible">${shape(kind)}</svg>`)}
</svg>`;
}

/** What the marks mean, for the kinds that there are. */
export function stepsLegend(events: readonly EventRow[]): Html {
  const there = new Set(events.map(({ type }) => KIND_OF[type] ?? "observed"));
  const kinds = KINDS.toReversed().filter((kind) => there.has(kind));
  return html`<p class="legend" aria-hidden="true">${kinds.map(
    (kind) =>
      html`<span><svg class="steps" width="12" height="12"><svg x="6" y="6" overflow="visible">${shape(kind)}</svg></svg>${LEGEND[kind]}</span> `,
  )}</p>`;
}

function shape(kind: Kind): Html {
  switch (kind) {
    case "decided":
      return html`<circle class="decided" r="4.5"/>`;
    case "proposed":
      return html`<circle class="proposed" r="4"/>`;
    case "rejected":
      return html`<path class="rejected" d="M-4-4 4 4M-4 4 4-4"/>`;
    case "scope":
      return html`<path class="scope" d="M0-4.5 4.5 0 0 4.5-4.5 0Z"/>`;
    case "observed":
      return html`<path class="observed" d="M0-4V4"/>`;
  }
}
