import { auditAddress, query, roleAddress, roleName } from "../address.ts";
import { empty } from "../empty.ts";
import { actorText } from "../event.ts";
import { type Child, type Html, html } from "../html.ts";
import { table } from "../table.ts";
import type { AuditFilter, AuditPage, AuditRow } from "../views.ts";
import { moment, plural } from "../words.ts";

/** What may be asked for; the groups are the streams' (design.md, section 4). */
const TYPES: readonly (readonly [string, readonly string[]])[] = [
  [
    "Policies",
    [
      "PolicyProposed",
      "ProposalApproved",
      "ProposalRejected",
      "ProposalSuperseded",
      "ProposalWithdrawn",
      "PolicyEdited",
      "PolicyApplied",
      "PolicyObserved",
    ],
  ],
  ["Usage", ["UsageObserved", "UsageMerged"]],
  ["Roles", ["RoleDiscovered", "RoleRescoped", "ModeChanged", "RoleRecreated", "RoleRetired"]],
  [
    "Requests",
    [
      "RequestOpened",
      "RequestUpdated",
      "RequestFrozen",
      "RequestMerged",
      "RequestClosed",
      "RequestReopened",
      "DecisionAnnounced",
      "CommandGiven",
      "PlanRecorded",
      "ApplyRecorded",
    ],
  ],
  ["Rounds", ["RoundPlanned", "ApplicationRefused"]],
];

const FIELDS = [
  ["role", "Role", "ARN or a part of it"],
  ["application", "Application", "shop"],
  ["account", "Account", "111122223333"],
  ["actor", "Actor", "who did it"],
  ["action", "Action", "s3:Put*"],
  ["since", "Since", "2026-03-01"],
  ["until", "Until", "2026-03-31"],
] as const;

/** The search through everything that happened, newest first; `problem` is what is wrong with the filter. */
export function auditPage(filter: AuditFilter, found: AuditPage | null, problem: string | null): Html {
  return html`<h1>Audit</h1>
<form class="filter wide" method="get" action="/audit" role="search" data-swap="submit">
${FIELDS.map(
  ([name, text, hint]) =>
    html`<label>${text} <input name="${name}" value="${filter[name]}" placeholder="${hint}" autocomplete="off" spellcheck="false" autocapitalize="off"></label>
`,
)}
<label>Event <select name="type"><option value="">any</option>${TYPES.map(
    ([group, types]) =>
      html`<optgroup label="${group}">${types.map((type) => html`<option${type === filter.type ? html` selected` : null}>${type}</option>`)}</optgroup>`,
  )}</select></label>
<button>Search</button>
</form>
<div data-region id="found">
${problem === null ? null : html`<p class="problem" role="alert">${problem}</p>`}
${found === null ? null : results(filter, found)}
</div>`;
}

function results(filter: AuditFilter, { events, read, next }: AuditPage): Html {
  const narrowed = Object.entries(filter).some(
    ([name, value]) => name !== "cursor" && name !== "limit" && value,
  );
  const further =
    next === null
      ? null
      : html`<a href="${auditAddress({ ...filter, cursor: next })}" rel="next" data-swap>Older</a>`;
  const paging = html`<nav class="pages" aria-label="Pages">${
    filter.cursor
      ? html`<a href="${auditAddress({ ...filter, cursor: undefined })}" data-swap>Newest</a>`
      : html`<span>Newest</span>`
  }${further ?? html`<span>Older</span>`}</nav>`;
  if (events.length > 0) {
    return html`<p class="count">${plural(events.length, "event")}, newest first${filter.cursor ? ", continued" : null}; ${plural(read, "entry", "entries")} read.</p>${eventsTable(events)}${paging}`;
  }
  if (next !== null) {
    return html`${empty(`None of the ${plural(read, "entry", "entries")} read for this page matches; there are older ones.`, further)}`;
  }
  return filter.cursor
    ? html`${empty("There is nothing older.")}${paging}`
    : empty(
        narrowed ? "Nothing that happened matches." : "Nothing has happened yet.",
        narrowed
          ? html`<a href="/audit">Everything</a>`
          : html`A round makes events: <code>npx plp round</code>`,
      );
}

function eventsTable(events: readonly AuditRow[]): Html {
  return table({
    caption: "Events, newest first",
    rows: events,
    columns: [
      { head: "When", kind: "quiet", cell: ({ occurredAt }) => moment(occurredAt) },
      { head: "Where", kind: "main", cell: where },
      { head: "Event", cell: ({ type }) => type },
      { head: "Who", cell: ({ people, actor }) => people[0] ?? actorText(actor) },
      { head: "What", kind: "text", cell: ({ says }) => says },
    ],
  });
}

function where({ roleArn, application, version }: AuditRow): Child {
  if (roleArn === null)
    return application && html`<a href="/roles${query({ q: application })}">${application}</a>`;
  return html`<a href="${roleAddress(roleArn, { version })}" title="${roleArn}">${roleName(roleArn)}</a>`;
}
