import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gitlabClient, gitlabFiles } from "@plp/clients";
import { startScheduler } from "@plp/local-cloud";
import type { RoundMessage } from "@plp/messaging";
import { permanent, systemClock, ulids } from "@plp/runtime";
import { type Prepared, prepareOrganization } from "./organization.ts";
import { type ApplicationView, type RoundReader, roundReader } from "./round-view.ts";
import { type SummedRound, summarize } from "./summary.ts";
import { type System, startSystem } from "./system.ts";

export interface UpOptions {
  readonly state: string;
  readonly cloudtrail?: string | undefined;
  readonly repo?: string | undefined;
  readonly role?: string | undefined;
  readonly until?: string | undefined;
  readonly port: number;
  readonly dryRun: boolean;
}

export interface RunningUp {
  readonly prepared: Prepared;
  readonly system: System;
  readonly windowEnd: string;
  /** Begins rounds on schedule until `stop`; says when the next one is due. */
  schedule(): { readonly next: Date; readonly stop: () => void };
  /** Starts a round; answers when nothing is in flight any more. */
  round(watch: (views: readonly ApplicationView[], folders: number) => void): Promise<SummedRound>;
}

/** Starts every part; what cannot be started leaves nothing running. */
export async function startUp(given: UpOptions): Promise<RunningUp> {
  const options = { ...given, state: resolve(given.state) };
  const prepared = await prepareOrganization(options);
  const windowEnd = await windowEndOf(options, prepared);
  await refuseThePast(options, windowEnd);
  const system = await startSystem({ ...options, prepared, repo: options.repo, windowEnd });
  await writeFile(join(options.state, "round.json"), JSON.stringify({ windowEnd }));
  return {
    prepared,
    system,
    windowEnd,
    schedule: () => scheduleRounds(system, windowEnd),
    round: (watch) => runRound(system, { windowEnd, ...(options.dryRun ? { dryRun: true } : {}) }, watch),
  };
}

/** `--until`, else the newest event that is not later than its file's delivery; whole seconds, as the analyzer takes them. */
async function windowEndOf({ until, cloudtrail }: UpOptions, { archive }: Prepared): Promise<string> {
  const at = until ?? (await archive.newestEvent());
  if (at === null) {
    throw permanent(
      "logs-empty",
      `${cloudtrail ?? archive.dir} holds no CloudTrail log with an event; give a folder of .json or .json.gz files`,
    );
  }
  const end = Date.parse(at);
  if (Number.isNaN(end))
    throw permanent(
      "bad-until",
      `--until ${JSON.stringify(at)} is no moment; write it as 2026-11-16T05:00:00Z`,
    );
  return new Date(Math.ceil(end / 1000) * 1000).toISOString();
}

/** Rounds go forward only: what a later one decided would not be undone by an earlier window. */
async function refuseThePast({ state }: UpOptions, windowEnd: string): Promise<void> {
  const text = await readFile(join(state, "round.json"), "utf8").catch(() => "{}");
  const last = /"windowEnd":"([^"]+)"/.exec(text)?.[1];
  if (last === undefined || windowEnd >= last) return;
  throw permanent(
    "round-in-the-past",
    `${state} holds a round that ends on ${last}, later than ${windowEnd}; give another --state DIR for earlier windows`,
  );
}

/** As on AWS by default. The logs of one machine do not grow by themselves, so the window ends where it did. */
const ROUND = { name: "round", schedule: "cron(0 4 ? * MON *)", timeZone: "UTC" };

const CHECKPOINT = { name: "checkpoint", schedule: "cron(50 23 ? * * *)", timeZone: "UTC" };
/** GitLab is asked for what no hook told, and the newest hours of the trail are read. */
const HOURLY = { name: "hour", schedule: "rate(1 hour)", timeZone: "UTC" };

function scheduleRounds(
  system: System,
  windowEnd: string,
): { readonly next: Date; readonly stop: () => void } {
  const run = (at: Date) =>
    system.startRound({
      v: 1,
      type: "round",
      round: ulids(systemClock).next(),
      at: at.toISOString(),
      windowEnd,
    });
  const hour = (at: Date) => system.startRound({ v: 1, type: "hour", at: at.toISOString() });
  const scheduler = startScheduler(
    [
      { ...ROUND, run },
      { ...HOURLY, run: hour },
      { ...CHECKPOINT, run: () => system.checkpoint() },
    ],
    systemClock,
    system.log,
  );
  return { next: scheduler.next(ROUND.name) ?? systemClock.now(), stop: () => scheduler.stop() };
}

async function runRound(
  system: System,
  what: Pick<RoundMessage, "windowEnd" | "dryRun">,
  watch: (views: readonly ApplicationView[], folders: number) => void,
): Promise<SummedRound> {
  const { gitlab, store } = system;
  const at = systemClock.now().toISOString();
  const round = ulids(systemClock).next();
  const client = gitlabClient({ url: gitlab.url, token: async () => gitlab.token });
  const files = gitlabFiles(client, gitlab.project.path);
  const folders = foldersOf(await files.paths(await files.head(gitlab.defaultBranch)));
  const reader = roundReader(store, gitlab.project.path, folders, round);
  await system.startRound({ v: 1, type: "round", round, at, ...what });
  const stopWatching = watchEvery(reader, (views) => watch(views, folders.length));
  try {
    await system.idle();
    await takeUpTheRest(system, reader);
    await system.checkpoint();
    await system.runner.idle();
  } finally {
    await stopWatching();
  }
  const views = await roundReader(store, gitlab.project.path, folders, round).read();
  watch(views, folders.length);
  return summarize(store, round, views, deadLettersOf(system));
}

/** Days that are turned at the most for roles that wait for tomorrow's quota. */
const MOST_DAYS = 30;

/** Roles of the round that were not queued for want of quota: tomorrow comes at once, and its tick with it. */
async function takeUpTheRest(system: System, reader: RoundReader): Promise<void> {
  for (let day = 0; day < MOST_DAYS; day++) {
    const runs = (await reader.read()).flatMap((view) => [...view.runs.values()]);
    if (!runs.some(({ requested, end }) => requested === null && end === null)) return;
    system.cloud.turnDay();
    await system.startRound({ v: 1, type: "tick", at: systemClock.now().toISOString() });
    await system.idle();
  }
}

function foldersOf(paths: readonly string[]): string[] {
  const suffix = "/plp.outputs.json";
  return paths.filter((path) => path.endsWith(suffix)).map((path) => path.slice(0, -suffix.length));
}

function deadLettersOf({ cloud }: System): number {
  return cloud.queues.queues.reduce((sum, { name }) => {
    const { ready, inFlight, delayed } = cloud.queues.state(name, "dead-letters");
    return sum + ready + inFlight + delayed;
  }, 0);
}

/** Looks again and again, resting nine times as long as a look took: the work itself comes first. */
function watchEvery(
  reader: RoundReader,
  show: (views: readonly ApplicationView[]) => void,
): () => Promise<void> {
  const stop = new AbortController();
  const watching = (async () => {
    while (!stop.signal.aborted) {
      const began = performance.now();
      show(await reader.read());
      const rest = Math.max(250, 9 * (performance.now() - began));
      await pause(rest, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stop.abort();
    await watching;
  };
}
