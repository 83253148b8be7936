import { requestLink } from "../address.ts";
import { empty } from "../empty.ts";
import { type Html, html } from "../html.ts";
import { resourceText, signedText } from "../permission.ts";
import { addressWith, type RoleQuery } from "../role-query.ts";
import { table } from "../table.ts";
import type { ChangedPermission, Difference } from "../views.ts";
import { moment, plural } from "../words.ts";

type ChangingEvent = NonNullable<ChangedPermission["event"]>;
type Signed = ChangedPermission & { readonly sign: "+" | "−" };

/** What came and what went between two moments, each with the event that did it. */
export function differenceSection(
  asked: RoleQuery,
  roleArn: string,
  { from, to, added, removed }: Difference,
): Html {
  const rows: Signed[] = [
    ...added.map((permission) => ({ ...permission, sign: "+" as const })),
    ...removed.map((permission) => ({ ...permission, sign: "−" as const })),
  ];
  const title = html`<h2 id="difference">Difference <small>version ${from.version} to ${to.version}</small></h2>`;
  if (rows.length === 0) {
    return html`<section aria-labelledby="difference">${title}${empty("The approved policy allowed the same at both moments.")}</section>`;
  }
  return html`<section aria-labelledby="difference">${title}
<p>${plural(added.length, "permission")} added, ${removed.length} removed${from.at === null ? null : html`, compared with ${moment(from.at)}`}.</p>
${table<Signed>({
  caption: "Permissions added and removed",
  rows,
  mark: ({ sign }) => (sign === "+" ? "added" : "removed"),
  columns: [
    {
      head: "Permission",
      kind: "main",
      cell: (row) => signedText(row.sign, row.sign === "+" ? "added" : "removed", row),
    },
    { head: "On", kind: "text", cell: ({ resource }) => resourceText(resource) },
    { head: "When", cell: ({ event }) => event && moment(event.occurredAt) },
    { head: "By", cell: ({ event }) => event?.by },
    { head: "Where", cell: ({ event }) => event && where(asked, roleArn, event) },
  ],
})}</section>`;
}

function where(asked: RoleQuery, roleArn: string, { version, mergeRequest }: ChangingEvent): Html {
  const address = addressWith(roleArn, asked, { version: String(version) });
  const request = mergeRequest === null ? null : html`${requestLink(mergeRequest)}, `;
  return html`${request}<a href="${address}" data-swap>version ${version}</a>`;
}
