import {
  endRun,
  foldRun,
  type RoleEvent,
  type RunEvent,
  type RunState,
  runStream,
  service,
  type Window,
} from "@plp/domain";
import { commit, memoryBlobStore, memoryEventStore } from "@plp/event-store";
import {
  type ApplicationsMessage,
  analysisMessage,
  backoffSeconds,
  encode,
  groupOf,
  type MergeMessage,
  memoryQueue,
  queues,
} from "@plp/messaging";
import { type MetricName, parseSettings, silentLog } from "@plp/runtime";
import { memoryUsageStore } from "@plp/usage";
import { handleAnalysis } from "../../services/analysis-poller/src/handle-analysis.ts";
import type { AnalysisPorts } from "../../services/analysis-poller/src/ports.ts";
import { handleApplication } from "../../services/discovery/src/handle-application.ts";
import { handleReconcile } from "../../services/discovery/src/handle-reconcile.ts";
import { handleRound } from "../../services/discovery/src/handle-round.ts";
import type { DiscoveryPorts, IamRepository } from "../../services/discovery/src/ports.ts";
import { type LaneFaults, quotaLane } from "./quota-lane.ts";
import { randomOf } from "./random.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PROJECT = "iam/roles";
const REGION = "eu-central-1";
const RETENTION = 7 * 24 * 3600;

export interface LanesOptions {
  readonly accounts: number;
  readonly rolesPerAccount: number;
  /** Roles of one account that share an application. */
  readonly rolesPerApplication: number;
  readonly days: number;
  readonly seed: number;
  readonly faults?: LaneFaults;
}

/** What one analysis covered. */
interface Covered {
  readonly window: Window;
  readonly at: number;
}

export interface LanesResult {
  /** Analyses by role ARN, in their order. */
  readonly analyses: ReadonlyMap<string, readonly Covered[]>;
  readonly failed: readonly string[];
  /** The most starts of ours in a lane within 24 hours, and the most generations at one time. */
  readonly mostStartsInADay: number;
  readonly mostAtOnce: number;
  readonly startsOfOurs: number;
  readonly deadLetters: number;
  /** Messages that the queue forgot because they had waited for seven days. */
  readonly forgotten: number;
  readonly sent: number;
  /** Deliveries of `analysis` in all, and the most of one message. */
  readonly deliveries: number;
  readonly mostReceives: number;
  readonly measured: ReadonlyMap<MetricName, number>;
}

/**
 * Discovery and the analysis poller over lanes of Access Analyzer for some weeks: a round every Monday at 04:00, a tick
 * every night, the FIFO queue of the lanes in between, all by a virtual clock. The trail is not read, and what is merged
 * comes to nothing: only who is analysed when is looked at.
 */
export async function runLanes(options: LanesOptions): Promise<LanesResult> {
  const { accounts, rolesPerAccount, rolesPerApplication, days, seed } = options;
  const begin = Date.parse("2026-11-23T04:00:00.000Z");
  let now = begin;
  const clock = { now: () => new Date(now) };
  const random = randomOf(seed);
  const store = memoryEventStore({ clock });
  const usage = memoryUsageStore();
  const lanes = quotaLane({ now: () => now, random, faults: options.faults ?? {} });
  const measured = new Map<MetricName, number>();
  const metrics = {
    put: (name: MetricName, value: number) => measured.set(name, (measured.get(name) ?? 0) + value),
  };
  const settings = parseSettings({
    trail: { arn: "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization", bucket: "trail-logs" },
    roles: { reader: "plp/reader", analyzer_service_role: "plp/analyzer" },
    repositories: [{ url: "http://127.0.0.1:1", project: PROJECT }],
    analyzer: "access-analyzer",
  });

  let ids = 0;
  const fifo = {
    fifo: true,
    clock,
    ids: { next: () => `id-${++ids}` },
    retentionSeconds: RETENTION,
  } as const;
  const dead = memoryQueue({ ...fifo, name: "analysis-dead.fifo", maxReceiveCount: null });
  const { maxReceiveCount, visibilityTimeout } = queues.analysis;
  const analysis = memoryQueue({
    ...fifo,
    name: "analysis.fifo",
    maxReceiveCount,
    deadLetter: dead,
    visibilitySeconds: visibilityTimeout,
  });
  let [sent, done, deliveries, mostReceives] = [0, 0, 0, 0];

  const outputs = outputsOf(accounts, rolesPerAccount, rolesPerApplication);
  const repository: IamRepository = {
    project: PROJECT,
    head: async () => "c1",
    folders: async () => [...outputs.keys()],
    tokenEnds: async () => null,
    outputs: async (folder) => ({
      text: outputs.get(folder) ?? "{}",
      source: `${folder}/plp.outputs.json`,
      commit: { sha: "c1", author: null },
    }),
  };
  const cause = () => ({
    occurredAt: clock.now().toISOString(),
    actor: service("merger"),
    correlationId: "round",
    causationId: "merge",
  });

  const common = { store, usage, settings, clock, metrics, log: silentLog };
  const discovery: DiscoveryPorts = {
    ...common,
    repositories: [repository],
    roles: {
      look: async (_, arn) => ({
        kind: "found",
        uniqueId: `AROA${arn.length}`,
        lastUsed: clock.now().toISOString(),
      }),
    },
    waiting: lanes.waiting,
    send: {
      trail: async () => undefined,
      publish: async () => undefined,
      reviews: async () => undefined,
      analysis: async (message, lane) => {
        sent += 1;
        await analysis.send(encode(message), { group: groupOf(lane) });
      },
    },
  };
  const poller: AnalysisPorts = {
    ...common,
    blobs: memoryBlobStore(),
    analyzer: lanes.analyzer,
    waiting: lanes.waiting,
    lastAccessed: { services: async () => [] },
    send: { publish: async () => undefined, merge: endOf },
  };

  /** Stands in for the merger: every run comes to nothing new. */
  async function endOf({ run }: MergeMessage): Promise<void> {
    await commit<RunEvent, RunState>(store, {
      stream: runStream(run),
      fold: foldRun,
      decide: (state) => endRun(state, { kind: "nothing-new", questions: 0, denied: 0 }, cause()),
      commitId: `end ${run}`,
    });
  }

  async function fanOut(type: "round" | "tick"): Promise<void> {
    const at = clock.now().toISOString();
    const messages: ApplicationsMessage[] = [];
    const ports = {
      store,
      repositories: [repository],
      metrics,
      log: silentLog,
      send: {
        applications: async (all: readonly ApplicationsMessage[]) => void messages.push(...all),
        reviews: async () => undefined,
      },
    };
    await handleRound(
      type === "round" ? { v: 1, type, round: `round-${at}`, at } : { v: 1, type, at },
      ports,
    );
    // Functions take them side by side, in any order.
    messages.sort(() => random.next() - 0.5);
    for (const message of messages) {
      if (message.type === "reconcile") await handleReconcile(message, discovery);
      else await handleApplication(message, discovery);
    }
  }

  async function deliver(): Promise<boolean> {
    const messages = await analysis.receive({ max: 10, waitSeconds: 0 });
    for (const { messageId, body, receiptHandle, receiveCount } of messages) {
      deliveries += 1;
      mostReceives = Math.max(mostReceives, receiveCount);
      let wait: number | null;
      try {
        const outcome = await handleAnalysis(analysisMessage.parse(JSON.parse(body)), poller);
        wait = outcome.kind === "wait" ? outcome.seconds : null;
      } catch {
        wait = backoffSeconds(messageId, receiveCount);
      }
      if (wait === null) {
        done += 1;
        await analysis.delete(receiptHandle);
      } else await analysis.setVisibility(receiptHandle, wait);
    }
    return messages.length > 0;
  }

  const end = begin + days * DAY;
  const due = [
    ...Array.from({ length: Math.ceil(days / 7) }, (_, week) => ({
      at: begin + week * 7 * DAY,
      type: "round" as const,
    })),
    ...Array.from({ length: days }, (_, day) => ({
      at: begin + day * DAY + 20.5 * HOUR,
      type: "tick" as const,
    })),
  ].sort((a, b) => a.at - b.at);
  for (;;) {
    const next = due[0];
    const visible = analysis.nextVisibleAt()?.getTime() ?? Number.POSITIVE_INFINITY;
    const at = Math.min(visible, next?.at ?? Number.POSITIVE_INFINITY);
    if (at > end) break;
    now = Math.max(now, at);
    if (next !== undefined && next.at <= now) {
      due.shift();
      await fanOut(next.type);
    } else if (!(await deliver())) now += 1000;
  }

  const { analyses, failed } = await analysesOf();
  const left = analysis.peek().length;
  const deadLetters = dead.peek().length;
  return {
    analyses,
    failed,
    ...lanes.most(),
    deadLetters,
    forgotten: sent - done - left - deadLetters,
    sent,
    deliveries,
    mostReceives,
    measured,
  };

  async function analysesOf() {
    const analyses = new Map<string, Covered[]>();
    const failures: string[] = [];
    for await (const stream of store.streams("role#")) {
      const { events } = await store.load<RoleEvent>(stream);
      const covered = events.flatMap((event) =>
        event.type === "UsageObserved"
          ? [{ window: event.data.window, at: Date.parse(event.occurredAt) }]
          : [],
      );
      analyses.set(stream.split("#")[1] ?? stream, covered);
    }
    for await (const stream of store.streams("run#")) {
      const { end } = foldRun((await store.load<RunEvent>(stream)).events);
      if (end?.kind === "failed") failures.push(`${end.code}: ${end.reason}`);
    }
    return { analyses, failed: failures };
  }
}

/** Folder → text of its outputs. */
function outputsOf(
  accounts: number,
  perAccount: number,
  perApplication: number,
): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (let account = 0; account < accounts; account += 1) {
    const accountId = String(100_000_000_000 + account);
    for (let first = 0; first < perAccount; first += perApplication) {
      const folder = `a${account}-${first}`;
      const environments = Object.fromEntries(
        Array.from({ length: Math.min(perApplication, perAccount - first) }, (_, at) => [
          `env${at}`,
          {
            account_id: accountId,
            region: REGION,
            role_arn: `arn:aws:iam::${accountId}:role/ci/role-${first + at}`,
            policy_path: `policies/env${at}.json`,
          },
        ]),
      );
      folders.set(folder, JSON.stringify({ application: folder, environments }));
    }
  }
  return folders;
}
