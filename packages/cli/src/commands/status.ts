import { type Lane, type RunRow, runsNow } from "@plp/audit";
import { shortTime } from "../moment.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import { runningHistory } from "../state/local-history.ts";
import { runningSystem } from "../state/open-history.ts";
import { type QueueCounts, runningQueues } from "../state/queues.ts";

/** `plp status`: queues, runs under way (and those that failed within a day), and the day's generations by lane. */
export async function status(state: string, now: Date): Promise<Answer> {
  const endpoints = await runningSystem(state);
  const history = runningHistory(state, endpoints);
  const queues = runningQueues(endpoints);
  try {
    const [counts, { runs, lanes }] = await Promise.all([queues.counts(), runsNow(history.index, now)]);
    const rows = runs.map(({ run, roleArn, state: at, reason, since }) => ({
      ...{ run, role: roleArn, state: reason === null ? at : `failed: ${reason}`, since },
    }));
    const json = { queues: counts, runs: rows, lanes };
    return { json, people: (style) => text(style, json) };
  } finally {
    queues.close();
    await history.close();
  }
}

interface Shown {
  readonly queues: readonly QueueCounts[];
  readonly runs: readonly (Pick<RunRow, "run" | "since"> & {
    readonly role: string;
    readonly state: string;
  })[];
  readonly lanes: readonly Lane[];
}

function text(style: Style, { queues, runs, lanes }: Shown): string {
  const number = (count: number) => (count === 0 ? "·" : String(count));
  const dead = queues.reduce((sum, queue) => sum + queue.dead, 0);
  const rows = queues.map((queue) => [
    queue.name,
    number(queue.visible),
    number(queue.inFlight),
    number(queue.delayed),
    queue.dead > 0 ? style.bad(String(queue.dead)) : "·",
  ]);
  return [
    `${plural(runs.filter(({ state }) => !state.startsWith("failed")).length, "run")} under way, ${plural(dead, "dead letter")}.`,
    "",
    table(style, ["queue", "visible", "in flight", "delayed", "dead"], rows, { right: [1, 2, 3, 4] }),
    ...(runs.length === 0
      ? []
      : [
          "",
          table(
            style,
            ["role", "state", "since (utc)"],
            runs.map(({ role, state, since }) => [role, state, shortTime(since, new Date())]),
          ),
        ]),
    ...(lanes.length === 0
      ? []
      : [
          "",
          table(
            style,
            ["lane", "started in 24 h", "quota"],
            lanes.map(({ lane, used, quota }) => [lane, String(used), String(quota)]),
            { right: [1, 2] },
          ),
        ]),
  ].join("\n");
}
