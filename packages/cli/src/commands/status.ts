import * as z from "zod";
import { shortTime } from "../moment.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import type { Api } from "../state/api.ts";

const status = z.object({
  queues: z.array(
    z.object({
      name: z.string(),
      visible: z.number(),
      inFlight: z.number(),
      delayed: z.number(),
      dead: z.number(),
    }),
  ),
  runs: z.array(z.object({ run: z.string(), role: z.string(), state: z.string(), since: z.string() })),
  lanes: z.array(z.object({ lane: z.string(), used: z.number(), quota: z.number() })),
  waiting: z.array(z.object({ application: z.string(), kind: z.string(), since: z.string() })).default([]),
  paused: z.object({ since: z.string(), by: z.string(), reason: z.string().nullable() }).nullable(),
});
type Status = z.infer<typeof status>;

/** `plp status`: queues, runs under way (and those that failed within a day), and the day's generations by lane. */
export async function statusOf(api: Api): Promise<Answer> {
  const json = status.parse(await api.get("/api/status"));
  return { json, people: (style) => text(style, json) };
}

function text(style: Style, { queues, runs, lanes, waiting, paused }: Status): string {
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
    ...(paused === null ? [] : [`${style.warn("Rounds are paused")} ${pausedText(paused)}`]),
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
    ...(waiting.length === 0
      ? []
      : [
          "",
          `${plural(waiting.length, "request")} not opened yet, because as many as limits.open allows wait for people:`,
          table(
            style,
            ["application", "kind", "since (utc)"],
            waiting.map(({ application, kind, since }) => [application, kind, shortTime(since, new Date())]),
          ),
        ]),
  ].join("\n");
}

function pausedText({ since, by, reason }: NonNullable<Status["paused"]>): string {
  const why = reason === null ? "" : `: ${reason}`;
  return `since ${shortTime(since, new Date())} UTC by ${by}${why}. Again: npx plp resume`;
}
