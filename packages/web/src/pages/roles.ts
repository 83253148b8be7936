import { query, requestLink, roleLink } from "../address.ts";
import { empty } from "../empty.ts";
import { type Child, type Html, html } from "../html.ts";
import { pageLinks } from "../paging.ts";
import { table } from "../table.ts";
import type { RoleRow } from "../views.ts";
import { moment, number, plural } from "../words.ts";

export interface RolesQuery {
  /** A part of an ARN, an application, an environment or an account. */
  readonly q: string;
  readonly page: number;
}

const PER_PAGE = 200;

/** Every role with a history; narrowed by a text, page by page. */
export function rolesPage(all: readonly RoleRow[], { q, page }: RolesQuery): Html {
  const found = all.filter((role) => matches(role, q));
  const shown = found.slice((page - 1) * PER_PAGE, page * PER_PAGE);
  return html`<h1>Roles</h1>
<form class="filter" method="get" action="/roles" role="search" data-swap="typing">
<label>Find <input type="search" name="q" value="${q}" placeholder="role, application, environment or account" autocomplete="off" spellcheck="false"></label>
<button class="plain">Find</button>
</form>
<div data-region id="roles">
${
  all.length === 0
    ? empty("No role has a history yet.", html`A round makes one: <code>npx plp round</code>`)
    : found.length === 0
      ? empty(
          `No role has “${q}” in its name, application, environment or account.`,
          html`<a href="/roles">All ${plural(all.length, "role")}</a>`,
        )
      : html`<p class="count">${found.length === all.length ? plural(all.length, "role") : `${number(found.length)} of ${plural(all.length, "role")}`}.</p>
${rolesTable(shown)}${pageLinks({ page, pages: Math.ceil(found.length / PER_PAGE), address: (to) => `/roles${query({ q, page: to > 1 ? to : null })}` })}`
}
</div>`;
}

function matches({ roleArn, application, environment, accountId }: RoleRow, text: string): boolean {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const whole = `${roleArn} ${application} ${environment} ${accountId}`.toLowerCase();
  return words.every((word) => whole.includes(word));
}

function rolesTable(roles: readonly RoleRow[]): Html {
  return table({
    caption: "Roles with a history",
    rows: roles,
    columns: [
      { head: "Role", kind: "main", cell: ({ roleArn }) => roleLink(roleArn) },
      { head: "Application", cell: ({ application }) => application },
      { head: "Environment", cell: ({ environment }) => environment },
      { head: "Account", cell: ({ accountId }) => html`<code>${accountId}</code>` },
      { head: "Mode", cell: modeText },
      { head: "Permissions", kind: "number", cell: ({ permissions }) => number(permissions) },
      {
        head: "Open",
        cell: ({ openMergeRequests }) =>
          openMergeRequests.length === 0
            ? null
            : openMergeRequests.map(
                (request, index) => html`${index > 0 ? ", " : null}${requestLink(request)} ${request.kind}`,
              ),
      },
      { head: "Last change", cell: ({ lastChange }) => lastChange && moment(lastChange) },
    ],
    mark: ({ inScope }) => (inScope ? null : "out"),
  });
}

function modeText({ mode, inScope, retired }: RoleRow): Child {
  if (retired) return "retired";
  return inScope ? mode : "excluded";
}
