import { roleLink } from "../address.ts";
import { empty } from "../empty.ts";
import { type Html, html } from "../html.ts";
import { lanesSection } from "../lanes.ts";
import { table } from "../table.ts";
import type { Status } from "../views.ts";
import { moment, number, plural } from "../words.ts";

/** What is under way: runs, queues and lanes. */
export function runsPage({ runs, queues, lanes, paused }: Status): Html {
  const dead = queues.reduce((sum, queue) => sum + queue.dead, 0);
  return html`<h1>Runs</h1>
<div data-region data-refresh="3" id="status">
${paused === null ? null : html`<p class="problem">Rounds are paused since ${moment(paused.since)} by ${paused.by}${paused.reason === null ? null : `: ${paused.reason}`}. Go on: <code>npx plp resume</code></p>`}
${dead > 0 ? html`<p class="problem">${plural(dead, "message")} in dead-letter queues. Look at the log, then: <code>npx plp redrive QUEUE</code></p>` : null}
<section aria-labelledby="runs"><h2 id="runs">Under way, and failed within a day</h2>
${
  runs.length === 0
    ? empty("Nothing is under way.", html`Start a round: <code>npx plp round</code>`)
    : table({
        caption: "Runs under way, and those that failed within a day",
        rows: runs,
        columns: [
          { head: "Role", kind: "main", cell: ({ roleArn }) => roleLink(roleArn) },
          { head: "State", cell: ({ state }) => state },
          { head: "Since", cell: ({ since }) => since && moment(since) },
          {
            head: "Run",
            cell: ({ run }) => html`<a href="/runs/${run}"><code>${run.slice(0, 8)}</code></a>`,
          },
        ],
      })
}</section>
<div class="pair">
<section aria-labelledby="queues"><h2 id="queues">Queues</h2>${table({
    caption: "Messages by queue",
    rows: queues,
    columns: [
      { head: "Queue", kind: "main", cell: ({ name }) => html`<code>${name}</code>` },
      { head: "Waiting", kind: "number", cell: ({ visible }) => (visible === 0 ? null : number(visible)) },
      {
        head: "In flight",
        kind: "number",
        cell: ({ inFlight }) => (inFlight === 0 ? null : number(inFlight)),
      },
      { head: "Dead", kind: "number", cell: ({ dead: letters }) => (letters === 0 ? null : number(letters)) },
    ],
    mark: ({ dead: letters }) => (letters > 0 ? "bad" : null),
  })}</section>
${lanesSection(lanes)}
</div>
</div>`;
}
