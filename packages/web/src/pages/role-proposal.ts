import { foreignLink } from "../address.ts";
import { type Child, type Html, html } from "../html.ts";
import { actionText, resourceText, signedText } from "../permission.ts";
import { table } from "../table.ts";
import type { OpenProposal, RoleMoment } from "../views.ts";
import { day, number, plural } from "../words.ts";

/** What a reviewer had before them at that moment: the difference, what is risky in it, what it was tried on. */
export function proposedSection({ proposed }: RoleMoment): Child {
  if (proposed === null) return null;
  const { kind, added, removed } = proposed;
  const rows = [
    ...added.map((one) => ({ ...one, sign: "+" as const })),
    ...removed.map((one) => ({ ...one, sign: "−" as const, basis: null, calls: null })),
  ];
  return html`<section aria-labelledby="proposed"><h2 id="proposed">Proposed <small>${kind}, waited for a reviewer</small></h2>
<dl class="notes">${notes(proposed)}</dl>
${table({
  caption: "Permissions proposed",
  rows,
  mark: ({ sign }) => (sign === "+" ? "added" : "removed"),
  columns: [
    {
      head: "Permission",
      kind: "main",
      cell: (one) => signedText(one.sign, one.sign === "+" ? "to add" : "to remove", one),
    },
    { head: "On", kind: "text", cell: ({ resource }) => resourceText(resource) },
    { head: "Basis", cell: ({ basis }) => basis },
    { head: "Calls", kind: "number", cell: ({ calls }) => calls !== null && number(calls) },
  ],
})}</section>`;
}

function notes({ risks, questions, denied, backtest }: OpenProposal): readonly Child[] {
  const note = (name: string, items: readonly Html[]) =>
    items.length === 0
      ? null
      : html`<dt>${name}</dt><dd><ul>${items.map((item) => html`<li>${item}</li>`)}</ul></dd>`;
  return [
    note("Risks", risks.map(riskText)),
    note(
      "Questions",
      questions.map(({ detail }) => html`${detail}`),
    ),
    note(
      "Denied",
      denied.map(
        ({ action, resource, count, last }) =>
          html`${actionText(action)}${resource === null ? null : html` on ${resourceText(resource)}`}: ${plural(count, "time")}, last ${day(last)}`,
      ),
    ),
    note("Backtest", backtest === null ? [] : [backtestText(backtest)]),
  ];
}

function riskText({
  id,
  severity,
  title,
  actions,
  why,
  harmless,
  reference,
}: OpenProposal["risks"][number]): Html {
  return html`<b>${severity}</b> ${actions.map((action, index) => html`${index > 0 ? " + " : null}${actionText(action)}`)}: ${title} (${foreignLink(reference, id)}). ${why} ${harmless}`;
}

function backtestText({ calls, denied, undecided }: NonNullable<OpenProposal["backtest"]>): Html {
  const open = undecided > 0 ? `; ${plural(undecided, "call")} undecided` : null;
  return html`${number(denied)} of ${plural(calls, "recorded call")} would have been denied${open}`;
}
