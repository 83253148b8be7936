import * as z from "zod";
import { shortTime } from "../moment.ts";
import { type Answer, plural } from "../output.ts";
import type { Api } from "../state/api.ts";

const paused = z.object({ paused: z.boolean(), since: z.string().nullable(), by: z.string().nullable() });
const redriven = z.object({ queue: z.string(), sent: z.number() });

/** `plp pause`: no new rounds until they are resumed. */
export async function pause(api: Api, reason: string | undefined): Promise<Answer> {
  const json = paused.parse(await api.post("/api/pause", reason === undefined ? {} : { reason }));
  const since = json.since === null ? "" : ` since ${shortTime(json.since, new Date())} UTC`;
  return { json, people: () => `Rounds are paused${since} by ${json.by}. Again: npx plp resume` };
}

/** `plp resume`: new rounds again. */
export async function resume(api: Api): Promise<Answer> {
  const json = paused.parse(await api.post("/api/resume", {}));
  return { json, people: () => "Rounds begin again. One now: npx plp round" };
}

/** `plp redrive`: the dead letters of a queue go into it again. */
export async function redrive(api: Api, queue: string): Promise<Answer> {
  const json = redriven.parse(await api.post("/api/redrive", { queue }));
  return {
    json,
    people: () =>
      `${plural(json.sent, "dead letter")} of ${json.queue} sent again. How it goes: npx plp status`,
  };
}
