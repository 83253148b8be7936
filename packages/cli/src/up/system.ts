import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { dynamoIndexTable, type IndexTable, indexedTo, rebuild } from "@plp/audit";
import { dynamoEventStore, type EventStore, type StoreScan, s3BlobStore } from "@plp/event-store";
import { sqsQueues } from "@plp/history/api";
import {
  analyzerRoleName,
  archiveBucketName,
  type Binding,
  hubAccount,
  type LocalCloud,
  type LocalGitlab,
  type Runner,
  type SqsHandler,
  startHttpApi,
  startLocalCloud,
  startRunner,
} from "@plp/local-cloud";
import { encode, type QueueName, queueNames, queues, type RoundsMessage, sqsQueue } from "@plp/messaging";
import {
  fileLog,
  type Log,
  parseSettings,
  permanent,
  type SettingsInput,
  systemClock,
  ulids,
} from "@plp/runtime";
import { dynamoWaitingLine } from "@plp/usage";
import { cursorKeyIn } from "../state/cursor-key.ts";
import { keepOrganization, type Prepared } from "./organization.ts";
import { startWeb } from "./web.ts";
import { freshSecret, ROUTE, registerHook } from "./web-hook.ts";

export interface System {
  readonly cloud: LocalCloud;
  /** Address of the page. */
  readonly web: string;
  readonly gitlab: LocalGitlab;
  readonly runner: Runner;
  readonly store: EventStore & StoreScan;
  readonly log: Log;
  /** Begins a round, or sends the tick that takes up what a round left. */
  startRound(message: RoundsMessage): Promise<void>;
  /** Has the heads of all histories written down; the first of a day stands. */
  checkpoint(): Promise<void>;
  /** Once nothing is in flight, hooks of the local GitLab included. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

interface SystemOptions {
  readonly state: string;
  readonly prepared: Prepared;
  readonly repo: string | undefined;
  /** Of the page; GitLab's is two further. 0: any free ones. */
  readonly port: number;
  /** Where the windows of rounds end: these logs do not grow. */
  readonly windowEnd: string;
}

const READER = "plp-reader";
/** Of GitLab's port from that of the page. */
const BESIDE = 2;
/** Invocations at the same time, by queue; one process does it all, so it is about waiting, not about cores. */
const CONCURRENCY: Readonly<Record<QueueName, number>> = {
  rounds: 1,
  applications: 8,
  analysis: 16,
  trail: 20,
  merge: 4,
  publish: 4,
  index: 2,
  reviews: 2,
};

const ENTRIES: Readonly<Record<QueueName, () => Promise<{ handler: SqsHandler }>>> = {
  rounds: () => import("@plp/discovery/rounds.handler"),
  applications: () => import("@plp/discovery/applications.handler"),
  analysis: () => import("@plp/analysis-poller/analysis.handler"),
  trail: () => import("@plp/analysis-poller/trail.handler"),
  merge: () => import("@plp/merger/merge.handler"),
  publish: () => import("@plp/mr-publisher/publish.handler"),
  index: () => import("@plp/history/index.handler"),
  reviews: () => import("@plp/review/reviews.handler"),
};

/**
 * Every part on this machine: the local cloud and the services' own entries, which read the same environment that they
 * read in Lambda. Logs go to `<state>/plp.log`.
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { state, prepared, repo, port, windowEnd } = options;
  const logFile = join(state, "plp.log");
  const log = fileLog(logFile, { clock: systemClock, level: "info" }).with({ service: "local-cloud" });
  const cloud = await startLocalCloud({
    state,
    organization: prepared.organization,
    archive: prepared.archive,
    readerRole: READER,
    port: port === 0 ? 0 : port + BESIDE,
    ...(repo === undefined ? {} : { clone: repo }),
    log,
  });
  let api: Awaited<ReturnType<typeof startApi>> | null = null;
  let stopWeb: (() => Promise<void>) | undefined;
  try {
    const { gitlab } = cloud;
    if (gitlab === null) throw permanent("gitlab-missing", "the local cloud started without its GitLab");
    await keepOrganization(prepared);
    const own = settingsOf(gitlab, prepared);
    const settings = JSON.stringify(own);
    cloud.announce({ settings });
    Object.assign(process.env, cloud.env, { PLP_SETTINGS: settings, PLP_LOG_FILE: logFile });
    const sqs = new SQSClient({});
    const answering = await startApi({ port: 0, log });
    api = answering;
    const runner = startRunner({
      client: sqs,
      queues: cloud.queues,
      bindings: await bindings(cloud),
      log,
      onStalled: () => cloud.turnDay(),
    });
    const dynamo = { client: new DynamoDBClient({}), table: cloud.endpoints.table, clock: systemClock };
    const store = dynamoEventStore(dynamo);
    const index = dynamoIndexTable(dynamo);
    await indexOlder(store, index);
    await registerHook(gitlab, { maintainer: maintainerOf(prepared), ...answering });
    cloud.announce({ hooks: answering.url, hookSecret: answering.secret });
    const ids = ulids(systemClock);
    const rounds = sqsQueue(sqs, cloud.env.PLP_QUEUE_ROUNDS ?? "", { fifo: false, ids });
    const merging = sqsQueue(sqs, cloud.env.PLP_QUEUE_MERGE ?? "", { fifo: false, ids });
    const indexing = sqsQueue(sqs, cloud.env.PLP_QUEUE_INDEX ?? "", { fifo: false, ids });
    const urls = cloud.queues.queues.map(({ name, url, deadUrl }) => [name, { queue: url, dead: deadUrl }]);
    const web = await startWeb(
      {
        ...{ store, index, clock: systemClock, ids, log: log.with({ service: "api" }) },
        blobs: s3BlobStore({ client: new S3Client({ forcePathStyle: true }), bucket: cloud.endpoints.blobs }),
        cursorKey: cursorKeyIn(state),
        waiting: dynamoWaitingLine({ ...dynamo, now: () => systemClock.now() }),
        queues: sqsQueues(sqs, Object.fromEntries(urls), ids),
        send: {
          rounds: (message) => rounds.send(encode(message)),
          merge: (message) => merging.send(encode(message)),
        },
        limits: parseSettings(own),
        windowEnd: async () => windowEnd,
      },
      port,
    );
    stopWeb = web.stop;
    cloud.announce({ web: web.url });
    return {
      cloud,
      web: web.url,
      gitlab,
      runner,
      log,
      store,
      startRound: (message) => rounds.send(encode(message)),
      checkpoint: () =>
        indexing.send(encode({ v: 1, type: "checkpoint", at: systemClock.now().toISOString() })),
      async idle() {
        // What GitLab still has to tell becomes messages.
        await runner.idle();
        await gitlab.settled();
        await runner.idle();
      },
      async stop() {
        await web.stop();
        await runner.stop();
        await answering.stop();
        await cloud.stop();
      },
    };
  } catch (error) {
    await stopWeb?.();
    await api?.stop();
    await cloud.stop();
    throw error;
  }
}

/** A state directory from before there was an index gets one. */
async function indexOlder(store: System["store"], index: IndexTable): Promise<void> {
  if ((await indexedTo(index)) === null) await rebuild({ store, scan: store, index, clock: systemClock });
}

function settingsOf(gitlab: LocalGitlab, { organization }: Prepared): SettingsInput {
  const reviewer = organization.users.find(({ username }) => username === "reviewer-1");
  return {
    trail: {
      arn: `arn:aws:cloudtrail:eu-central-1:${hubAccount}:trail/organization`,
      bucket: archiveBucketName,
    },
    roles: { reader: READER, analyzer_service_role: analyzerRoleName },
    repositories: [{ url: gitlab.url, project: gitlab.project.path, target_branch: gitlab.defaultBranch }],
    assign: reviewer === undefined ? [] : [reviewer.username],
    labels: ["least-privilege"],
    // Nobody's inbox: whoever starts this wants to see all of it.
    limits: { open: null },
  };
}

/** The functions behind the API. */
async function startApi(options: { readonly port: number; readonly log: Log }) {
  const secret = freshSecret();
  Object.assign(process.env, { PLP_HOOK_SECRET: secret });
  const { handler } = await import("@plp/review/hooks.handler");
  const api = await startHttpApi({ ...options, routes: { [`POST ${ROUTE}`]: handler } });
  return { secret, url: `${api.url}${ROUTE}`, stop: () => api.stop() };
}

function maintainerOf({ organization }: Prepared): string {
  return organization.users.find(({ accessLevel }) => accessLevel >= 40)?.username ?? "";
}

/** Each entry reads its environment when it is loaded; only the address of its dead letters differs between them. */
async function bindings(cloud: LocalCloud): Promise<Binding[]> {
  const bound: Binding[] = [];
  for (const name of queueNames) {
    const dead = cloud.queues.queues.find((queue) => queue.name === name)?.deadUrl;
    Object.assign(process.env, { PLP_DEAD_LETTERS: dead });
    const { handler } = await ENTRIES[name]();
    const { batchSize, functionTimeout } = queues[name];
    bound.push({
      queue: name,
      handler,
      batchSize,
      concurrency: CONCURRENCY[name],
      timeoutSeconds: functionTimeout,
    });
  }
  return bound;
}
