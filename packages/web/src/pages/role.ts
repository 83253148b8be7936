import { requestLink, roleAddress, roleName } from "../address.ts";
import { stepChart } from "../charts/step-chart.ts";
import { steps, stepsLegend } from "../charts/steps.ts";
import { type Child, type Html, html } from "../html.ts";
import { jsonBlock } from "../json.ts";
import { decisionText } from "../period.ts";
import { addressWith, type RoleQuery } from "../role-query.ts";
import type { Difference, EventRow, RoleMoment } from "../views.ts";
import { moment, momentText, number, plural } from "../words.ts";
import { differenceSection } from "./role-difference.ts";
import { eventsSection } from "./role-events.ts";
import { notesSection, permissionsSection, policiesSection } from "./role-moment.ts";
import { proposedSection } from "./role-proposal.ts";

/** A role through time: slider, the policy at the chosen moment, differences, evidence, approvals. */
export function rolePage(
  asked: RoleQuery,
  role: RoleMoment,
  difference: Difference | null,
  now: string,
): Html {
  const { roleArn, scope, retired } = role;
  return html`<p class="crumb"><a href="/roles">Roles</a>${scope === null ? null : html` › <a href="/roles?q=${encodeURIComponent(scope.application)}">${scope.application}</a>`}</p>
<h1>${roleName(roleArn)} ${scope === null ? null : html`<small>${retired ? "retired" : scope.mode}</small>`}</h1>
<p class="facts"><code class="arn">${roleArn}</code>${facts(role)}</p>
<section class="time" aria-label="Time">
<div data-region id="growth">${growth(role, now)}</div>
${slider(role)}
<div data-region id="chosen">${chosen(asked, role)}</div>
${timeForm(asked, role)}
</section>
<div data-region id="moment">
${summary(role)}
${policiesSection(asked, role)}
${difference === null ? null : differenceSection(asked, roleArn, difference)}
${permissionsSection(asked, role)}
${proposedSection(role)}
${notesSection(asked, role)}
${eventsSection(asked, role)}
</div>`;
}

function facts({ scope, openMergeRequests }: RoleMoment): Child {
  if (scope === null) return null;
  return html` · ${scope.environment} · account <code>${scope.accountId}</code> · ${scope.region}${openMergeRequests.map(
    (request) => html` · ${requestLink(request)} ${request.kind}, open`,
  )}`;
}

function growth({ growth: counts, gaps, at }: RoleMoment, now: string): Child {
  if (counts.length === 0) return html`<p class="quiet">No policy has been approved for this role yet.</p>`;
  return stepChart({ label: "Approved permissions", counts, until: now, gaps, cursor: at });
}

/** Most events whose texts go along, so that the slider says at once where it stands. */
const MOST_TEXTS = 500;

function slider({ roleArn, version, events }: RoleMoment): Html {
  const texts = events.length <= MOST_TEXTS ? events : [];
  return html`<form class="slider" method="get" action="${roleAddress(roleArn)}" data-slider>
${steps(events)}
<input type="range" name="version" min="1" max="${events.length}" value="${Math.max(1, version)}" step="1" list="texts" aria-label="Version of the history" aria-valuetext="${valueText(events[version - 1])}">
<datalist id="texts">${texts.map((event) => html`<option value="${event.version}" label="${valueText(event)}"></option>`)}</datalist>
<button class="plain">Go there</button>
${stepsLegend(events)}
</form>`;
}

function valueText(event: EventRow | undefined): string {
  if (event === undefined) return "before the first event";
  return `version ${event.version}, ${momentText(event.occurredAt)}, ${event.type}`;
}

/** Where the slider stands, in words, with the ways to the neighbours. */
function chosen(asked: RoleQuery, role: RoleMoment): Html {
  const { roleArn, version, versions, events, event } = role;
  const here = events[version - 1];
  const link = (text: string, changes: Partial<RoleQuery> | null, rel = "") =>
    changes === null
      ? html`<span>${text}</span>`
      : html`<a href="${addressWith(roleArn, asked, changes)}" rel="${rel}" data-swap>${text}</a>`;
  const shown = asked.show === "event";
  return html`<p class="here"><b>Version ${number(version)} of ${number(versions)}</b>${
    here === undefined ? null : html` · ${moment(here.occurredAt)} · ${here.type}: ${here.says}`
  }</p>
<nav class="pages" aria-label="Versions">${[
    link("Earlier", version > 1 ? { version: String(version - 1) } : null, "prev"),
    link("Later", version < versions ? { version: String(version + 1) } : null, "next"),
    link("Now", version < versions ? { version: "" } : null),
    version > 1 ? link("What changed here", { from: String(version - 1) }) : null,
    here?.run ? html`<a href="/runs/${here.run}">The run</a>` : null,
    event === null ? null : link(shown ? "Hide the event" : "Event as JSON", { show: shown ? "" : "event" }),
  ]}</nav>
${shown && event !== null ? jsonBlock("Event", event) : null}`;
}

function timeForm({ at, knownAt, from }: RoleQuery, { roleArn }: RoleMoment): Html {
  const time = (name: string, text: string, value: string, hint: string) =>
    html`<label>${text} <input name="${name}" value="${value}" placeholder="${hint}" autocomplete="off" spellcheck="false"></label>
`;
  return html`<form class="filter" method="get" action="${roleAddress(roleArn)}" data-swap="submit">
${time("at", "On or at", at, "2026-03-03 or 2026-03-03T15:20Z")}${time("knownAt", "As known at", knownAt, "now")}${time("from", "Compare with", from, "version, day or moment")}
<button>Show</button>
</form>`;
}

/** The answer in one sentence. */
function summary({ version, at, permissions, counts, proposed, periods, roleArn }: RoleMoment): Html {
  if (version === 0) {
    return html`<p class="lead">PLP did not know this role then. <a href="${roleAddress(roleArn, { version: 1 })}" data-swap>Its first version</a></p>`;
  }
  const then = at === null ? "Then" : html`At ${moment(at)}`;
  const standing = periods.find(({ policy, to }) => policy === counts && to === null);
  const since = standing && html`, since ${moment(standing.from)} (${decisionText(standing)})`;
  const waiting = proposed && `; ${number(proposed.added.length)} more waited for a reviewer`;
  return html`<p class="lead">${then} the ${counts} policy had ${plural(permissions.length, "permission")}${since}${waiting}.</p>`;
}
