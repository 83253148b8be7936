import { actorText } from "../event.ts";
import { type Child, html } from "../html.ts";
import { addressWith, type RoleQuery } from "../role-query.ts";
import { table } from "../table.ts";
import type { EventRow, RoleMoment } from "../views.ts";
import { moment, number, plural } from "../words.ts";

const MOST_EVENTS = 100;

/** The history itself, newest first: all of it, or what lies around the chosen version. */
export function eventsSection(asked: RoleQuery, { roleArn, version, events }: RoleMoment): Child {
  const newestFirst = events.toReversed();
  const at = Math.max(0, events.length - Math.max(1, version) - MOST_EVENTS / 2);
  const begin = Math.min(at, Math.max(0, events.length - MOST_EVENTS));
  const shown = newestFirst.slice(begin, begin + MOST_EVENTS);
  const address = (target: number) => addressWith(roleArn, asked, { version: String(target) });
  return html`<section aria-labelledby="events"><h2 id="events">History <small>${plural(events.length, "event")}</small></h2>
${table<EventRow>({
  caption: "Events of the role, newest first",
  rows: shown,
  mark: (event) => (event.version === version ? "current" : event.version > version ? "later" : null),
  columns: [
    {
      head: "Version",
      kind: "number",
      cell: (event) => html`<a href="${address(event.version)}" data-swap>${number(event.version)}</a>`,
    },
    { head: "When", kind: "quiet", cell: ({ occurredAt }) => moment(occurredAt) },
    { head: "Event", kind: "main", cell: ({ type }) => type },
    { head: "Who", cell: ({ actor }) => actorText(actor) },
    { head: "What", kind: "text", cell: ({ says }) => says },
  ],
})}
${shown.length < events.length ? html`<p class="quiet">The ${number(shown.length)} around version ${number(version)}; move the slider for others, or <a href="/audit?role=${encodeURIComponent(roleArn)}">search them</a>.</p>` : null}</section>`;
}
