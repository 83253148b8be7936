import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  type Cause,
  type ControlEvent,
  type ControlState,
  controlStream,
  failAnalysis,
  foldApplication,
  foldControl,
  foldRole,
  foldRun,
  type RoleEvent,
  type RunEvent,
  type RunState,
  roleStream,
  runStream,
  service,
  startAnalysis,
  startsLine,
} from "@plp/domain";
import { commit, type EventStore, memoryEventStore } from "@plp/event-store";
import { type Metrics, parseSettings, silentLog } from "@plp/runtime";
import { memoryUsageStore, memoryWaitingLine } from "@plp/usage";
import { handleApplication } from "../handle-application.ts";
import { handleReconcile } from "../handle-reconcile.ts";
import { handleRound } from "../handle-round.ts";
import type { DiscoveryPorts, IamRepository } from "../ports.ts";

export const project = "iam/roles";
export const account = "111122223333";
export const arnOf = (name: string) => `arn:aws:iam::${account}:role/ci/${name}`;
export const environment = (name: string, more: object = {}) => ({
  account_id: account,
  region: "eu-central-1",
  role_arn: arnOf(name),
  policy_path: `policies/${name}.json`,
  ...more,
});
export const outputs = (application: string, environments: object) =>
  JSON.stringify({ application, environments });

/** A discovery over folders that the test writes; roles exist unless they are taken away. */
export function begin(more: { readonly settings?: object } = {}) {
  let now = Date.parse("2026-11-23T04:00:00.000Z");
  let round = 1;
  let controls = 0;
  const clock = { now: () => new Date(now) };
  const folders = new Map<string, string>();
  const missing = new Set<string>();
  const uniqueIds = new Map<string, string>();
  const lastUsed = new Map<string, string>();
  const store = memoryEventStore({ clock });
  let appendsLeft = Number.POSITIVE_INFINITY;
  const mortal: EventStore = {
    ...store,
    append: async (...all) => {
      if (appendsLeft === 0) throw new Error("crashed");
      appendsLeft -= 1;
      return store.append(...all);
    },
  };
  const cause = (): Cause => ({
    occurredAt: clock.now().toISOString(),
    actor: service("test"),
    correlationId: `round-${round}`,
    causationId: "test",
  });
  const usage = memoryUsageStore();
  const waiting = memoryWaitingLine(clock);
  const measured: string[] = [];
  const metrics: Metrics = { put: (name, value) => void measured.push(`${name} ${value}`) };
  let tokenEnds: string | null = null;
  let sent: string[] = [];
  const repository: IamRepository = {
    project,
    head: async () => `commit-${round}`,
    folders: async () => [...folders.keys()].sort(),
    tokenEnds: async () => tokenEnds,
    outputs: async (folder) => {
      const text = folders.get(folder);
      return text === undefined
        ? null
        : { text, source: `${folder}/plp.outputs.json`, commit: { sha: "c", author: "dave" } };
    },
  };
  const ports: DiscoveryPorts = {
    store: mortal,
    usage,
    repositories: [repository],
    roles: {
      look: async (_, arn) =>
        missing.has(arn)
          ? { kind: "unavailable", reason: `role ${arn} does not exist; create it, or correct role_arn` }
          : {
              kind: "found",
              uniqueId: uniqueIds.get(arn) ?? "AROAFIRST",
              lastUsed: lastUsed.get(arn) ?? clock.now().toISOString(),
            },
    },
    waiting,
    send: {
      trail: async (messages) => {
        sent.push(...messages.map(({ region, hour }) => `trail ${region} ${hour}`));
      },
      analysis: async ({ run }, lane) => {
        sent.push(`analysis ${lane} ${run}`);
      },
      publish: async ({ folder }) => {
        sent.push(`publish ${folder}`);
      },
      reviews: async ({ folder }) => {
        sent.push(`reviews ${folder}`);
      },
    },
    settings: parseSettings({
      trail: { arn: `arn:aws:cloudtrail:eu-central-1:${account}:trail/organization`, bucket: "trail-logs" },
      roles: { reader: "plp-reader", analyzer_service_role: "plp-analyzer" },
      repositories: [{ url: "http://127.0.0.1:1", project }],
      ...more.settings,
    }),
    clock,
    metrics,
    log: silentLog,
  };
  const decideRuns = async (
    folder: string,
    what: string,
    decide: (state: RunState, at: Cause) => RunEvent[],
  ) => {
    const { events } = await store.load<ApplicationEvent>(applicationStream({ project, folder }));
    for (const { run } of foldApplication(events).round?.roles ?? []) {
      await commit<RunEvent, RunState>(store, {
        stream: runStream(run),
        fold: foldRun,
        decide: (state) => decide(state, cause()),
        commitId: `${what} ${run}`,
      });
    }
  };
  return {
    /** What was measured since the last look. */
    measured,
    tokenEnds: (day: string) => {
      tokenEnds = day;
    },
    folders,
    missing,
    uniqueIds,
    lastUsed,
    usage,
    /** So many roles of other applications have waited longer for a start in the account and its usual Region. */
    othersWait: async (count: number) => {
      for (let other = 0; other < count; other += 1)
        await waiting.join(startsLine(account, "eu-central-1"), {
          role: `other-${other}`,
          since: "",
          run: `run-${other}`,
        });
    },
    /** The process dies at the append after so many. */
    crashAfter: (appends: number) => {
      appendsLeft = appends;
    },
    nextRound: (days = 7) => {
      round += 1;
      now += days * 86_400_000;
    },
    /** A message of the round before comes once more. */
    earlierRound: (days = 7) => {
      round -= 1;
      now -= days * 86_400_000;
    },
    look: async (...which: string[]) => {
      sent = [];
      for (const folder of which) {
        const windowEnd = new Date(now - 3_600_000).toISOString();
        await handleApplication(
          {
            v: 1,
            type: "application",
            round: `round-${round}`,
            windowEnd,
            commit: `commit-${round}`,
            project,
            folder,
          },
          ports,
        );
      }
      return sent;
    },
    tick: async (folder: string) => {
      sent = [];
      await handleReconcile(
        { v: 1, type: "reconcile", at: clock.now().toISOString(), project, folder },
        ports,
      );
      return sent;
    },
    hour: async (folder: string) => {
      sent = [];
      const at = clock.now().toISOString();
      await handleReconcile({ v: 1, type: "reconcile", only: "trail", at, project, folder }, ports);
      return sent;
    },
    control: (decide: (state: ControlState) => ControlEvent[]) =>
      commit<ControlEvent, ControlState>(store, {
        ...{ stream: controlStream, fold: foldControl, decide },
        commitId: `control ${++controls}`,
      }),
    fanOut: async (
      message: Parameters<typeof handleRound>[0],
      broken: readonly IamRepository[] = [],
      messages: object[] = [],
    ) => {
      await handleRound(message, {
        store,
        repositories: [...broken, repository],
        send: {
          applications: async (all) => void messages.push(...all),
          reviews: async (message) => void messages.push(message),
        },
        metrics,
        log: silentLog,
      });
      return messages;
    },
    /** Every run of the folder's last round that was asked for is started. */
    startRuns: (folder: string) =>
      decideRuns(folder, "start", (state, at) =>
        state.parts.flatMap(({ window }) =>
          startAnalysis(state, { job: "job", part: window, attempt: 1, startedAt: at.occurredAt }, at),
        ),
      ),
    /** Every run of the folder's last round that was asked for comes to nothing. */
    endRuns: (folder: string) =>
      decideRuns(folder, "end", (state, at) =>
        state.requested === null
          ? []
          : failAnalysis(state, { code: "test", reason: "ended by the test" }, at),
      ),
    /** Something else happens to the application. */
    decide: async (folder: string, decide: (state: ApplicationState, cause: Cause) => ApplicationEvent[]) =>
      commit<ApplicationEvent, ApplicationState>(store, {
        stream: applicationStream({ project, folder }),
        fold: foldApplication,
        decide: (state) => decide(state, cause()),
        commitId: `decide ${folder} ${now}`,
      }),
    application: async (folder: string) =>
      foldApplication((await store.load<ApplicationEvent>(applicationStream({ project, folder }))).events),
    role: async (name: string, uniqueId = "AROAFIRST") => {
      const { events } = await store.load<RoleEvent>(roleStream({ arn: arnOf(name), uniqueId }));
      return { types: events.map(({ type }) => type), state: foldRole(events) };
    },
    run: async (id: string) => foldRun((await store.load<RunEvent>(runStream(id))).events),
  };
}
