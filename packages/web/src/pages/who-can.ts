import { requestLink, roleLink } from "../address.ts";
import { empty } from "../empty.ts";
import { type Html, html } from "../html.ts";
import { conditionText } from "../permission.ts";
import { table } from "../table.ts";
import type { WhoCan, WhoCanRow } from "../views.ts";
import { day, plural } from "../words.ts";

export interface WhoCanQuery {
  readonly action: string;
  readonly resource: string;
}

/** Which roles may do something, as far as PLP's policies say. */
export function whoCanPage(asked: WhoCanQuery, answer: WhoCan | null, problem: string | null): Html {
  return html`<h1>Who can</h1>
<form class="filter" method="get" action="/who-can" role="search" data-swap="submit">
<label>Action <input name="action" value="${asked.action}" placeholder="iam:PassRole" required autocomplete="off" spellcheck="false" autocapitalize="off"></label>
<label class="long">Resource <input name="resource" value="${asked.resource}" placeholder="any: an ARN narrows it" autocomplete="off" spellcheck="false" autocapitalize="off"></label>
<button>Ask</button>
</form>
<div data-region id="answer">
${problem === null ? null : html`<p class="problem" role="alert">${problem}</p>`}
${answer === null ? (problem === null ? hint() : null) : results(asked, answer)}
</div>`;
}

function hint(): Html {
  const examples = ["iam:PassRole", "s3:DeleteBucket", "lambda:UpdateFunctionCode", "kms:Decrypt"];
  return empty(
    "Ask which roles may do something.",
    html`For example ${examples.map(
      (action, index) =>
        html`${index > 0 ? ", " : null}<a href="/who-can?action=${encodeURIComponent(action)}" data-swap><code>${action}</code></a>`,
    )}`,
  );
}

function results({ action, resource }: WhoCanQuery, { roles, candidates }: WhoCan): Html {
  const on = resource === "" ? null : html` on <code>${resource}</code>`;
  const yes = roles.filter(({ answer }) => answer === "yes");
  const unclear = roles.filter(({ answer }) => answer !== "yes");
  const others = candidates - roles.length;
  return html`<p class="lead">${yes.length === 0 ? "No role" : plural(yes.length, "role")} can <code>${action}</code>${on}${unclear.length > 0 ? `; of ${plural(unclear.length, "role")} PLP cannot tell` : null}.</p>
${yes.length > 0 ? answers("Yes", yes) : null}
${unclear.length > 0 ? answers("Cannot tell", unclear) : null}
<p class="quiet">${others > 0 ? `${plural(others, "other role")} whose policy names the service cannot. ` : null}What PLP’s policies allow. Other policies on a role, boundaries, service control, resource and session policies are not in it.</p>`;
}

function answers(title: string, rows: readonly WhoCanRow[]): Html {
  const id = title === "Yes" ? "yes" : "cannot-tell";
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${table({
    caption: `Roles with the answer: ${title}`,
    rows,
    columns: [
      { head: "Role", kind: "main", cell: ({ roleArn }) => roleLink(roleArn) },
      { head: "Account", cell: ({ accountId }) => html`<code>${accountId}</code>` },
      { head: "By policy", cell: ({ policy }) => policy },
      { head: "Since", cell: ({ since }) => since && day(since) },
      { head: "Approved by", cell: ({ approvedBy }) => approvedBy },
      { head: "Request", cell: ({ mergeRequest }) => requestLink(mergeRequest) },
      {
        head: "Condition",
        kind: "text",
        cell: ({ conditions }) => conditions.map(conditionText).join("; ") || null,
      },
    ],
  })}</section>`;
}
