import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gitlabClient, gitlabFiles } from "@plp/clients";
import {
  type ApplicationEvent,
  applicationStream,
  type ControlEvent,
  controlStream,
  foldApplication,
  foldControl,
} from "@plp/domain";
import type { Endpoints } from "@plp/local-cloud";
import { encode, type RoundMessage } from "@plp/messaging";
import { permanent, systemClock, ulids } from "@plp/runtime";
import * as z from "zod";
import { badInput } from "../bad-input.ts";
import { type Answer, plural, type Style, table } from "../output.ts";
import { openApi } from "../state/api.ts";
import { runningHistory } from "../state/local-history.ts";
import { DEFAULT_STATE, type HistoryPlace, runningSystem } from "../state/open-history.ts";
import { type RunningQueues, runningQueues } from "../state/queues.ts";
import { roundReader } from "../up/round-view.ts";
import { isClean, type RoundSummary, summarize } from "../up/summary.ts";

const roundFile = z.object({ windowEnd: z.iso.datetime() });

export interface RoundOptions {
  /** Only the application of that name, or in that folder. */
  readonly application?: string | undefined;
  readonly wait?: boolean | undefined;
  /** Everything but what writes to GitLab. */
  readonly dryRun?: boolean | undefined;
}

const started = z.object({ round: z.string(), windowEnd: z.string() });

/** `plp round`: starts a round now, as the schedule would; with `wait` the summary when nothing is in flight any more. */
export async function round(place: HistoryPlace, options: RoundOptions): Promise<Answer> {
  if (place.state !== undefined || !place.env.PLP_API)
    return roundHere(place.state ?? DEFAULT_STATE, options);
  const { application, wait, dryRun } = options;
  if (wait === true) throw badInput("--wait works where the system runs on this machine; see npx plp status");
  const json = started.parse(await (await openApi(place)).post("/api/rounds", { application, dryRun }));
  return { json, people: () => onItsWay(json.round) };
}

function onItsWay(name: string): string {
  return `Round ${name} is on its way. How far it is: npx plp status`;
}

async function roundHere(state: string, { application, wait, dryRun }: RoundOptions): Promise<Answer> {
  const endpoints = await runningSystem(state);
  const queues = runningQueues(endpoints);
  try {
    await refuseWhilePaused(state, endpoints);
    const folder = application === undefined ? undefined : await folderOf(state, endpoints, application);
    const message: RoundMessage = {
      v: 1,
      type: "round",
      round: ulids(systemClock).next(),
      at: systemClock.now().toISOString(),
      windowEnd: await windowEndIn(state),
      ...(folder === undefined ? {} : { folder }),
      ...(dryRun === true ? { dryRun } : {}),
    };
    await queues.queue("rounds").send(encode(message));
    if (wait !== true)
      return {
        json: { round: message.round, windowEnd: message.windowEnd },
        people: () => onItsWay(message.round),
      };
    const summary = await waitForRound(state, endpoints, queues, message.round);
    return { json: summary, people: (style) => text(style, summary), exit: isClean(summary) ? 0 : 1 };
  } finally {
    queues.close();
  }
}

async function refuseWhilePaused(state: string, endpoints: Endpoints): Promise<void> {
  const history = runningHistory(state, endpoints);
  try {
    const { paused } = foldControl((await history.store.load<ControlEvent>(controlStream)).events);
    if (paused !== null)
      throw badInput(
        `rounds are paused since ${paused.since} by ${paused.by}: resume them first (npx plp resume)`,
      );
  } finally {
    await history.close();
  }
}

/** Where the logs of this system end: its rounds look at the past, not at now. */
async function windowEndIn(state: string): Promise<string> {
  const file = join(state, "round.json");
  try {
    return roundFile.parse(JSON.parse(await readFile(file, "utf8"))).windowEnd;
  } catch {
    throw badInput(`${file} does not say where the logs end: start the system again with npm start`);
  }
}

const PAUSE_MS = 500;
/** Looks in a row at which nothing was in flight: a message may be between two queues. */
const QUIET_LOOKS = 3;

async function waitForRound(
  state: string,
  endpoints: Endpoints,
  queues: RunningQueues,
  name: string,
): Promise<RoundSummary> {
  const history = runningHistory(state, endpoints);
  try {
    const { project, folders } = await applicationsOf(endpoints);
    let dead = 0;
    for (let quiet = 0; quiet < QUIET_LOOKS; ) {
      const counts = await queues.counts();
      const busy = counts.some(({ visible, inFlight, delayed }) => visible + inFlight + delayed > 0);
      quiet = busy ? 0 : quiet + 1;
      dead = counts.reduce((sum, queue) => sum + queue.dead, 0);
      await pause(PAUSE_MS);
    }
    const views = await roundReader(history.store, project, folders, name).read();
    return (await summarize(history.store, name, views, dead)).summary;
  } finally {
    await history.close();
  }
}

/** The folder of the application of that name; a folder is a name of itself. */
async function folderOf(state: string, endpoints: Endpoints, application: string): Promise<string> {
  const { project, folders } = await applicationsOf(endpoints);
  if (folders.includes(application)) return application;
  const history = runningHistory(state, endpoints);
  try {
    for (const folder of folders) {
      const { events } = await history.store.load<ApplicationEvent>(applicationStream({ project, folder }));
      if (foldApplication(events).round?.name === application) return folder;
    }
  } finally {
    await history.close();
  }
  throw badInput(
    `--application ${JSON.stringify(application)}: no folder of the IAM repository is called so, and no application`,
  );
}

async function applicationsOf({ gitlab, gitlabProject, gitlabToken }: Endpoints) {
  if (gitlab === undefined || gitlabProject === undefined || gitlabToken === undefined)
    throw permanent(
      "endpoints-incomplete",
      "endpoints.json names no GitLab: start the system with npm start",
    );
  const client = gitlabClient({ url: gitlab, token: async () => gitlabToken });
  const files = gitlabFiles(client, gitlabProject);
  const suffix = "/plp.outputs.json";
  const { default_branch: branch } = await client.Projects.show(gitlabProject);
  const paths = await files.paths(await files.head(branch));
  const folders = paths.filter((path) => path.endsWith(suffix)).map((path) => path.slice(0, -suffix.length));
  return { project: gitlabProject, folders };
}

function text(
  style: Style,
  { roles, analyses, unchanged, deadLetters, errors, mergeRequests }: RoundSummary,
): string {
  const rows = mergeRequests.map(({ application, iid, action, added, removed, url }) => [
    application,
    `!${iid}`,
    action,
    `+${added}${removed > 0 ? ` -${removed}` : ""}`,
    url,
  ]);
  return [
    `${plural(roles.inScope, "role")} in scope, ${roles.excluded} excluded: ${analyses.succeeded} analysed, ${analyses.failed} failed, ${unchanged} unchanged.`,
    ...(rows.length > 0
      ? ["", table(style, ["application", "mr", "", "permissions", "where"], rows, { right: [3] })]
      : []),
    ...errors.map(({ application, environment, reason }) =>
      style.bad(`${[application, environment].filter((part) => part !== "").join(" ")}: ${reason}`),
    ),
    ...(deadLetters > 0 ? [style.bad(`${plural(deadLetters, "dead letter")}: npx plp status`)] : []),
  ].join("\n");
}
