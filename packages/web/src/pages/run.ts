import { foreignLink, roleAddress, roleLink, roleName } from "../address.ts";
import { actorText } from "../event.ts";
import { type Child, type Html, html } from "../html.ts";
import { type Station, stationsOf } from "../stations.ts";
import { table } from "../table.ts";
import type { RunView } from "../views.ts";
import { day, moment, plural, spanText } from "../words.ts";

/** One role in one round, on its way through the services. */
export function runPage(run: RunView): Html {
  const { roleArn, application, environment, window, lane, events, parts, round } = run;
  const over = run.end !== null && (run.end.kind !== "proposed" || run.request !== null);
  return html`<p class="crumb"><a href="/runs">Runs</a></p>
<h1>${roleName(roleArn)} <small>run <code>${run.run.slice(0, 8)}</code></small></h1>
<p class="facts">${roleLink(roleArn)} · ${application} ${environment} · usage from ${day(window.from)} to ${day(window.to)} · lane <code>${lane}</code> · round <code>${round}</code></p>
<div data-region id="way"${over ? null : html` data-refresh="2"`}>
<ol class="way" aria-label="The way through the services">${stationsOf(run).map(station)}</ol>
${
  parts.length > 1
    ? html`<section aria-labelledby="parts"><h2 id="parts">${plural(parts.length, "part")}</h2>${table({
        caption: "Parts of the window, each analysed by a job of its own",
        rows: parts,
        columns: [
          {
            head: "Window",
            kind: "main",
            cell: ({ window: part }) => html`${moment(part.from)} to ${moment(part.to)}`,
          },
          { head: "Job", cell: ({ job }) => job && html`<code>${job}</code>` },
          { head: "Attempt", kind: "number", cell: ({ attempt }) => (attempt > 0 ? attempt : null) },
          { head: "Started", cell: ({ startedAt }) => startedAt && moment(startedAt) },
        ],
      })}</section>`
    : null
}
<section aria-labelledby="events"><h2 id="events">Events</h2>${table({
    caption: "Events of the run, oldest first",
    rows: events,
    columns: [
      { head: "When", kind: "quiet", cell: ({ occurredAt }) => moment(occurredAt) },
      { head: "Event", kind: "main", cell: ({ type }) => type },
      { head: "Who", cell: ({ actor }) => actorText(actor) },
      { head: "What", kind: "text", cell: ({ says }) => says },
    ],
  })}</section>
${ending(run)}
</div>`;
}

function station({ service, state, at, after, says }: Station): Html {
  return html`<li class="${state}"><span class="mark" aria-hidden="true"></span><b>${service}</b> <span class="state">${STATES[state]}</span>
<span class="says">${says}</span>${at === null ? null : html`<span class="at">${moment(at)}${after === null ? null : ` · ${spanText(after, at)} later`}</span>`}</li>
`;
}

const STATES: Readonly<Record<Station["state"], string>> = {
  done: "done",
  now: "now",
  waits: "waits",
  failed: "failed",
  skipped: "not needed",
};

function ending({ end, request, roleArn }: RunView): Child {
  if (end?.kind !== "proposed" || end.proposal === null) return null;
  return html`<p><a href="${roleAddress(roleArn, { version: end.proposal })}">The proposal in the role’s history</a>${request === null ? null : html` · ${foreignLink(request.url, `!${request.iid} ${request.title}`)}`}</p>`;
}
