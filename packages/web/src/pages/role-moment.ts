import { foreignLink, requestLink } from "../address.ts";
import { empty } from "../empty.ts";
import { type Child, type Html, html } from "../html.ts";
import { jsonBlock } from "../json.ts";
import { decidedBy } from "../period.ts";
import { permissionText, resourceText, signedText } from "../permission.ts";
import { addressWith, type RoleQuery } from "../role-query.ts";
import { table } from "../table.ts";
import type { OpenProposal, Period, RoleMoment, StandingPermission } from "../views.ts";
import { day, moment, number, plural } from "../words.ts";

/** The policies that stood at the moment: proposed, approved, applied. */
export function policiesSection(asked: RoleQuery, role: RoleMoment): Child {
  const { periods, proposed, roleArn, policies, confirmed } = role;
  if (periods.length === 0 && proposed === null) return null;
  return html`<section aria-labelledby="policies"><h2 id="policies">Policies</h2>${table<Period>({
    caption: "Policies that stood then",
    rows: [...periods, ...(proposed === null ? [] : [proposedPeriod(proposed)])],
    columns: [
      { head: "Policy", kind: "main", cell: ({ policy }) => policy },
      { head: "From", cell: ({ from }) => moment(from) },
      { head: "To", cell: ({ to }) => to && moment(to) },
      {
        head: "Permissions",
        kind: "number",
        cell: ({ policy, permissions }) => `${policy === "proposed" ? "+" : ""}${number(permissions)}`,
      },
      { head: "Decided by", cell: decidedBy },
      { head: "Where", kind: "text", cell: (period) => where(asked, roleArn, period) },
    ],
  })}
<p class="quiet">${inAws(confirmed, policies.applied)}</p>
${documents(asked, role)}</section>`;
}

function proposedPeriod({ at, version, added }: OpenProposal): Period {
  const decision = { by: null, mergeRequest: null, commit: null, job: null };
  return { policy: "proposed", from: at, to: null, version, permissions: added.length, ...decision };
}

function where(asked: RoleQuery, roleArn: string, { mergeRequest, commit, job, version }: Period): Child {
  if (mergeRequest !== null) return requestLink(mergeRequest);
  if (job !== null) return foreignLink(job, "job");
  if (commit !== null) return html`commit <code title="${commit}">${commit.slice(0, 8)}</code>`;
  const address = addressWith(roleArn, asked, { version: String(version) });
  return html`<a href="${address}" data-swap>version ${version}</a>`;
}

function inAws(confirmed: boolean | null, applied: object | null): string {
  if (applied === null) return "What AWS has is not known: no apply has been recorded.";
  if (confirmed === null) return "An apply was recorded; the role has not been read since.";
  return confirmed
    ? "The role was read: AWS has the applied policy."
    : "The role was read: AWS has something else.";
}

function documents(asked: RoleQuery, { roleArn, policies }: RoleMoment): Child {
  const names = (["applied", "approved", "proposed"] as const).filter((name) => policies[name] !== null);
  const shown = names.find((name) => name === asked.show);
  const policy = shown === undefined ? null : policies[shown];
  const links = names.map((name) => {
    const address = addressWith(roleArn, asked, { show: name === shown ? "" : name });
    const text = name === shown ? `Hide the ${name} policy` : `The ${name} policy as JSON`;
    return html`<a href="${address}" data-swap>${text}</a>`;
  });
  return html`<nav class="pages" aria-label="Policies as JSON">${links}</nav>${shown === undefined || policy === null ? null : jsonBlock(`The ${shown} policy`, policy)}`;
}

const MOST_PERMISSIONS = 500;

/** Every permission with its origin. */
export function permissionsSection(asked: RoleQuery, role: RoleMoment): Child {
  const { permissions, version, roleArn, counts } = role;
  if (version === 0) return null;
  const shown = asked.all === "" ? permissions.slice(0, MOST_PERMISSIONS) : permissions;
  const more = permissions.length - shown.length;
  return html`<section aria-labelledby="permissions"><h2 id="permissions">Permissions <small>${number(permissions.length)} ${counts}</small></h2>
${
  permissions.length === 0
    ? empty("The policy was empty, or there was none.")
    : table<StandingPermission>({
        caption: "Permissions and where they come from",
        rows: shown,
        columns: [
          {
            head: "Permission",
            kind: "main",
            cell: (one) => (one.sinceVersion === version ? signedText("+", "new", one) : permissionText(one)),
          },
          { head: "On", kind: "text", cell: ({ resource }) => resourceText(resource) },
          { head: "Since", cell: (one) => since(asked, roleArn, one) },
          { head: "By", cell: ({ approvedBy }) => approvedBy },
          { head: "Request", cell: ({ mergeRequest }) => requestLink(mergeRequest) },
          { head: "Evidence", cell: evidenceText },
        ],
      })
}${more > 0 ? html`<p><a href="${addressWith(roleArn, asked, { all: "1" })}" data-swap>${plural(more, "more permission")}</a></p>` : null}</section>`;
}

function since(asked: RoleQuery, roleArn: string, { since: at, sinceVersion }: StandingPermission): Html {
  const address = addressWith(roleArn, asked, { version: String(sinceVersion) });
  return html`<a href="${address}" data-swap>${day(at)}</a>`;
}

function evidenceText({ basis, evidence }: StandingPermission): Child {
  if (evidence === null)
    return basis === "inferred" ? "inferred" : html`<span class="none">stood there</span>`;
  const calls = evidence.count === null ? "seen or tried" : plural(evidence.count, "call");
  const text = basis === "inferred" ? "inferred" : calls;
  const { hash } = evidence;
  return html`${hash === null ? text : html`<a href="/api/evidence/${hash}">${text}</a>`}, last ${day(evidence.to)}`;
}

/** What the answer does not cover, and how it can be checked. */
export function notesSection(asked: RoleQuery, role: RoleMoment): Child {
  const { version, gaps, otherPolicies, versions, hash, roleArn } = role;
  if (version === 0) return null;
  const note = (name: string, content: Child) => html`<dt>${name}</dt><dd>${content}</dd>
`;
  const gapText = ({ from, to, reason, coveredBy }: RoleMoment["gaps"][number]) =>
    html`<li>${moment(from)} to ${moment(to)}: ${reason}${coveredBy === null ? null : html`; covered later, <a href="${addressWith(roleArn, asked, { version: String(coveredBy) })}" data-swap>version ${coveredBy}</a>`}</li>`;
  return html`<section aria-labelledby="notes"><h2 id="notes">What this rests on</h2><dl class="notes">
${note("Evidence gaps", gaps.length === 0 ? "none recorded" : html`<ul>${gaps.map(gapText)}</ul>`)}
${note("Also on the role", otherPolicies === null ? "not read" : otherPolicies.join(", ") || "no other policy")}
${note("Not covered", "service control, resource and session policies")}
${note("Proof", html`${plural(versions, "event")} in one chain${hash === null ? null : html`; version ${version} has hash <code title="${hash}">${hash.slice(0, 8)}</code>`}. <code>npx plp verify</code> checks it.`)}
</dl></section>`;
}
