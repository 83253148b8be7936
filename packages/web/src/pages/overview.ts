import { foreignLink, roleAddress, roleLink, roleName } from "../address.ts";
import { shareBar } from "../charts/share-bar.ts";
import { stepChart } from "../charts/step-chart.ts";
import { empty } from "../empty.ts";
import { type Child, type Html, html } from "../html.ts";
import { lanesSection } from "../lanes.ts";
import { severityText } from "../risk.ts";
import { table } from "../table.ts";
import type { ExcludedRole, FailedRole, Overview, WaitingApply, WaitingRequest } from "../views.ts";
import { day, moment, number, plural } from "../words.ts";

/** How things stand: the last round, what waits for people, what failed, how many permissions there are. */
export function overviewPage(overview: Overview, now: string): Html {
  const { round, waitsForReview, waitsForApply, failed, excluded, growth, lanes } = overview;
  if (round === null && overview.roles === 0) {
    return html`<h1>Overview</h1>${empty("There has been no round yet.", html`Start one: <code>npx plp round</code>`)}`;
  }
  return html`<h1>Overview</h1>
<div data-region id="overview"${round !== null && round.underWay > 0 ? html` data-refresh="5"` : null}>
${lead(overview)}
<dl class="figures">
${figure("Roles in scope", overview.inScope, "/roles")}
${figure("Permissions approved", overview.permissions)}
${figure("Wait for review", waitsForReview.length, waitsForReview.length > 0 ? "#review" : null)}
${figure("Wait for apply", waitsForApply.length, waitsForApply.length > 0 ? "#apply" : null)}
${figure("Failed", failed.length, failed.length > 0 ? "#failed" : null, failed.length > 0)}
</dl>
<div class="pair">
<div>${round === null ? null : section("round", "Last round", roundBar(overview))}
${lanesSection(lanes)}</div>
${growth.length === 0 ? null : section("growth", "Approved permissions of all roles", stepChart({ label: "Approved permissions of all roles", counts: growth, until: now }))}
</div>
${failed.length > 0 ? section("failed", "Failed", failedTable(failed)) : null}
${waitsForReview.length > 0 ? section("review", "Waits for review", reviewTable(waitsForReview)) : null}
${waitsForApply.length > 0 ? section("apply", "Merged, waits for apply", applyTable(waitsForApply)) : null}
${excluded.length > 0 ? excludedList(excluded) : null}
</div>`;
}

function section(id: string, title: string, content: Child): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;
}

function figure(text: string, count: number, address: string | null = null, bad = false): Html {
  const value = number(count);
  return html`<div class="${bad ? "bad" : ""}"><dt>${text}</dt><dd>${address === null ? value : html`<a href="${address}">${value}</a>`}</dd></div>
`;
}

/** One sentence: what came of the last round. */
function lead({ round, failed }: Overview): Html {
  if (round === null) return html`<p class="lead">No round has been planned yet.</p>`;
  const ended = round.proposed + round.nothingNew;
  const all = ended + round.failed + round.underWay + round.notToldOf;
  const refused = failed.length - round.failed;
  return html`<p class="lead">The last round, planned ${moment(round.plannedAt)}, analysed ${number(ended)} of ${plural(all, "role")}${round.underWay > 0 ? html`; <a href="/runs">${plural(round.underWay, "run")} under way</a>` : null}${round.failed > 0 ? `; ${number(round.failed)} failed` : null}${refused > 0 ? `; ${plural(refused, "environment")} could not be taken up` : null}.</p>`;
}

function roundBar({ round }: Overview): Child {
  if (round === null) return null;
  return html`${shareBar("Roles of the last round", [
    { text: "proposed something", count: round.proposed, kind: "good" },
    { text: "had nothing new", count: round.nothingNew, kind: "calm" },
    { text: "under way or to come", count: round.underWay + round.notToldOf, kind: "busy" },
    { text: "failed", count: round.failed, kind: "bad" },
  ])}<p class="quiet">Usage up to ${moment(round.windowEnd)}. ${round.excluded > 0 ? html`<a href="#excluded">${plural(round.excluded, "role")} excluded</a>.` : null}</p>`;
}

function reviewTable(requests: readonly WaitingRequest[]): Html {
  return table({
    caption: "Merge requests that wait for review",
    rows: requests,
    columns: [
      {
        head: "Request",
        kind: "main",
        cell: ({ iid, url, application }) => html`${foreignLink(url, `!${iid}`)} ${application}`,
      },
      { head: "Kind", cell: ({ kind, status }) => (status === "frozen" ? `${kind}, frozen` : kind) },
      { head: "Added", kind: "number", cell: ({ added }) => signed(added, "+") },
      { head: "Removed", kind: "number", cell: ({ removed }) => signed(removed, "−") },
      { head: "Risks", cell: ({ risks }) => severityText(risks) || null },
      { head: "Roles", kind: "text", cell: ({ roleArns }) => roleLinks(roleArns) },
      { head: "Since", cell: ({ openedAt }) => day(openedAt) },
    ],
  });
}

const MOST_ROLES = 6;

function roleLinks(roleArns: readonly string[]): Child {
  const shown = roleArns
    .slice(0, MOST_ROLES)
    .map((arn, index) => html`${index > 0 ? ", " : null}${roleLink(arn)}`);
  const more = roleArns.length - shown.length;
  return html`${shown}${more > 0 ? ` and ${more} more` : null}`;
}

function signed(count: number, sign: string): Child {
  return count === 0 ? null : `${sign}${number(count)}`;
}

function applyTable(roles: readonly WaitingApply[]): Html {
  return table({
    caption: "Roles whose merged policy AWS does not have yet",
    rows: roles,
    columns: [
      { head: "Role", kind: "main", cell: ({ roleArn }) => roleLink(roleArn) },
      { head: "Merged", cell: ({ approvedAt }) => moment(approvedAt) },
      { head: "By", cell: ({ approvedBy }) => approvedBy },
      {
        head: "Request",
        kind: "text",
        cell: ({ mergeRequest }) => mergeRequest && foreignLink(mergeRequest.url, `!${mergeRequest.iid}`),
      },
    ],
  });
}

function failedTable(failed: readonly FailedRole[]): Html {
  return table({
    caption: "What failed in the last round, and why",
    rows: failed,
    columns: [
      {
        head: "Where",
        kind: "main",
        cell: ({ application, environment, roleArn }) =>
          html`${application}${environment === null ? null : ` ${environment}`}${roleArn === null ? null : html` · <a href="${roleAddress(roleArn)}">${roleName(roleArn)}</a>`}`,
      },
      { head: "Why", kind: "text", cell: ({ reason }) => reason },
      {
        head: "Run",
        cell: ({ run }) => run && html`<a href="/runs/${run}"><code>${run.slice(0, 8)}</code></a>`,
      },
    ],
  });
}

function excludedList(excluded: readonly ExcludedRole[]): Html {
  return html`<details><summary>Excluded: ${plural(excluded.length, "role")}</summary><div id="excluded">${table(
    {
      caption: "Roles that are excluded from rounds",
      rows: excluded,
      columns: [
        { head: "Role", kind: "main", cell: ({ roleArn }) => roleLink(roleArn) },
        { head: "Where", cell: ({ application, environment }) => `${application} ${environment}` },
        { head: "Why", kind: "text", cell: ({ reason }) => reason },
      ],
    },
  )}</div></details>`;
}
