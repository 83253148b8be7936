import { foldRun, type RunEvent, type RunState, runStream, startsPerDay } from "@plp/domain";
import { shortTime } from "../moment.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import type { History } from "../state/history.ts";
import { runningHistory } from "../state/local-history.ts";
import { runningSystem } from "../state/open-history.ts";
import { type QueueCounts, runningQueues } from "../state/queues.ts";

interface RunRow {
  readonly run: string;
  readonly role: string;
  readonly state: string;
  readonly since: string | null;
}

interface LaneRow {
  readonly lane: string;
  /** Generations that PLP started within the last 24 hours. */
  readonly used: number;
  readonly quota: number;
}

const DAY_MS = 86_400_000;
const FAILED_FOR_MS = DAY_MS;

/** `plp status`: queues, runs under way (and those that failed within a day), and the day's generations by lane. */
export async function status(state: string, now: Date): Promise<Answer> {
  const endpoints = await runningSystem(state);
  const history = runningHistory(state, endpoints);
  const queues = runningQueues(endpoints);
  try {
    const [counts, runs] = await Promise.all([queues.counts(), allRuns(history)]);
    const json = { queues: counts, runs: runRows(runs, now), lanes: laneRows(runs, now) };
    return { json, people: (style) => text(style, json) };
  } finally {
    queues.close();
    await history.close();
  }
}

interface LoadedRun {
  readonly id: string;
  readonly state: RunState;
  /** When its last event happened. */
  readonly at: string | null;
}

async function allRuns({ store }: History): Promise<readonly LoadedRun[]> {
  const prefix = runStream("");
  const runs: LoadedRun[] = [];
  for await (const stream of store.streams(prefix)) {
    const { events } = await store.load<RunEvent>(stream);
    runs.push({
      id: stream.slice(prefix.length),
      state: foldRun(events),
      at: events.at(-1)?.occurredAt ?? null,
    });
  }
  return runs;
}

function runRows(runs: readonly LoadedRun[], now: Date): readonly RunRow[] {
  return runs
    .filter(
      ({ state: { end } }) =>
        end === null || (end.kind === "failed" && now.getTime() - Date.parse(end.at) < FAILED_FOR_MS),
    )
    .map(({ id, state, at }) => ({
      run: id,
      role: state.requested?.role.arn ?? "",
      state: stateText(state),
      since: at,
    }))
    .sort((a, b) => (a.role < b.role ? -1 : 1));
}

function stateText({ end, observed, parts }: RunState): string {
  if (end?.kind === "failed") return `failed: ${end.reason}`;
  if (observed !== null) return "merging";
  return parts.some(({ job }) => job !== null) ? "analysing" : "waiting";
}

function laneRows(runs: readonly LoadedRun[], now: Date): readonly LaneRow[] {
  const lanes = new Map<string, LaneRow>();
  for (const { state } of runs) {
    if (state.requested === null) continue;
    const { lane, region } = state.requested;
    const recent = state.parts.filter(
      ({ startedAt }) => startedAt !== null && now.getTime() - Date.parse(startedAt) < DAY_MS,
    );
    const used = (lanes.get(lane)?.used ?? 0) + recent.length;
    lanes.set(lane, { lane, used, quota: Math.min(startsPerDay(region), lanes.get(lane)?.quota ?? 50) });
  }
  return [...lanes.values()].sort((a, b) => (a.lane < b.lane ? -1 : 1));
}

interface Shown {
  readonly queues: readonly QueueCounts[];
  readonly runs: readonly RunRow[];
  readonly lanes: readonly LaneRow[];
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
            runs.map(({ role, state, since }) => [
              role,
              state,
              since === null ? "·" : shortTime(since, new Date()),
            ]),
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
