import { gitlabClient } from "@plp/clients";
import {
  type ApplicationEvent,
  applicationStream,
  type Cause,
  discoverRole,
  type EnvironmentScope,
  endRun,
  foldApplication,
  foldRole,
  foldRun,
  observeUsage,
  type ProposedPolicy,
  planRound,
  proposePolicy,
  type RequestKind,
  type RoleEvent,
  type RoleId,
  type RunEvent,
  requestAnalysis,
  roleStream,
  runId,
  runStream,
  service,
  withdrawProposal,
} from "@plp/domain";
import {
  commit,
  type EventStore,
  memoryBlobStore,
  memoryEventStore,
  type NewEvent,
  type RecordedEvent,
} from "@plp/event-store";
import {
  type Addition,
  emptyPolicy,
  mergePolicy,
  parsePolicy,
  policyHash,
  printPolicy,
  reducePolicy,
  toDocument,
} from "@plp/iam-policy";
import type {
  LookMessage,
  MergeMessage,
  PublishMessage,
  RestoreMessage,
  ReviewsMessage,
} from "@plp/messaging";
import { parseSettings, type Settings, silentLog } from "@plp/runtime";
import { memoryUsageStore, memoryWaitingLine } from "@plp/usage";
import { gitlabPolicies } from "../../services/merger/src/gitlab.ts";
import { handleRestore } from "../../services/merger/src/handle-restore.ts";
import type { MergePorts } from "../../services/merger/src/ports.ts";
import { gitlabRequests } from "../../services/mr-publisher/src/gitlab.ts";
import { handlePublish } from "../../services/mr-publisher/src/handle-publish.ts";
import type { Chat, Gitlab, PublishPorts } from "../../services/mr-publisher/src/ports.ts";
import { seen } from "../../services/mr-publisher/src/testing.ts";
import { gitlabReviews } from "../../services/review/src/gitlab.ts";
import { handleReview } from "../../services/review/src/handle-review.ts";
import type { Gitlab as ReviewGitlab, ReviewPorts, RoleReader } from "../../services/review/src/ports.ts";

export const project = "iam/roles";

/** Settings of a test, with what matters to it. */
export function settingsOf(more: object = {}): Settings {
  return parseSettings({
    trail: { arn: "arn:aws:cloudtrail:eu-central-1:999999999999:trail/organization", bucket: "trail-logs" },
    roles: { reader: "plp-reader", analyzer_service_role: "plp-analyzer" },
    repositories: [{ url: "http://127.0.0.1:1", project }],
    limits: { open: null },
    ...more,
  });
}

let worlds = 0;
const MOST_STEPS = 20;

interface Wanted {
  readonly add?: readonly (string | Addition)[];
  readonly remove?: readonly string[];
  readonly more?: Partial<ProposedPolicy>;
}

interface Through {
  readonly gitlab?: Gitlab;
  readonly reviews?: ReviewGitlab;
  readonly roles?: RoleReader;
  readonly store?: EventStore;
  readonly chat?: Chat;
  /** Told of looks at other applications that the publisher asks for. */
  readonly asked?: (message: LookMessage) => void;
}

/** One application of its own in the given GitLab: its streams, its role, a publisher and a review. */
export function publisherWorld(
  url: string,
  token: string,
  settings = settingsOf(),
  waiting = memoryWaitingLine({ now: () => new Date() }),
) {
  worlds += 1;
  const folder = `app-${worlds}`;
  // GitLab's clock is the machine's: what people do after the first round must be later than its plan.
  let now = Date.now() - 3_600_000;
  let round = 0;
  let commits = 0;
  const clock = { now: () => new Date(now) };
  const store = memoryEventStore({ clock });
  const client = gitlabClient({ url, token: async () => token });
  const gitlab = gitlabRequests(client, project, "main");
  const reviews = gitlabReviews(client, project, "main");
  const role: RoleId = { arn: `arn:aws:iam::111122223333:role/ci/${folder}`, uniqueId: "AROAEXAMPLE" };
  const path = `${folder}/policies/prod.json`;
  const place = { project, folder };
  const merges: string[] = [];
  const measured: string[] = [];
  const scope: EnvironmentScope = {
    application: { ...place, name: folder },
    environment: "prod",
    accountId: "111122223333",
    partition: "aws",
    region: "eu-central-1",
    regions: ["eu-central-1"],
    policyPath: "policies/prod.json",
    initialPolicyPath: "policies/initial/prod.json",
    permissionsBoundaryPath: null,
    protectedSids: [],
    generate: true,
    mode: "observe",
    retentionDays: null,
    quietDays: null,
  };

  const cause = (): Cause => ({
    occurredAt: clock.now().toISOString(),
    actor: service("test"),
    correlationId: `round-${round}`,
    causationId: `cause-${commits}`,
  });

  async function write<E extends NewEvent, State>(
    stream: string,
    fold: (events: readonly RecordedEvent<E>[], from?: State) => State,
    decide: (state: State) => readonly E[],
  ): Promise<State> {
    commits += 1;
    return (await commit<E, State>(store, { stream, fold, decide, commitId: `test-${commits}` })).state;
  }

  /** Work that messages asked for. */
  const asked: (() => Promise<void>)[] = [];
  /** Of every look: in how many seconds it is to come again. */
  const waits: (number | null)[] = [];

  function portsOf(through: Through): { publish: PublishPorts; review: ReviewPorts } {
    const common = { store: through.store ?? store, settings, clock, log: silentLog, waiting };
    const merge = async (message: MergeMessage | RestoreMessage) => {
      if (message.type === "merge") merges.push(message.run);
      else asked.push(() => handleRestore(message, merger()));
    };
    const publishing = (message: PublishMessage) => handlePublish(message, portsOf(through).publish);
    const reviewing = async (message: ReviewsMessage) => {
      waits.push(await handleReview(message, portsOf(through).review));
    };
    return {
      publish: {
        ...common,
        gitlabs: [through.gitlab ?? gitlab],
        chat: through.chat ?? null,
        send: {
          merge,
          reviews: async (message) => {
            if (message.folder === folder) asked.push(() => reviewing(message));
            else through.asked?.(message);
          },
        },
      },
      review: {
        ...common,
        metrics: { put: (name, value) => void measured.push(`${name} ${value}`) },
        gitlabs: [through.reviews ?? reviews],
        roles: through.roles ?? {
          read: async () => ({ kind: "unavailable", reason: "there is no AWS here" }),
        },
        send: {
          merge,
          publish: async (message) => void asked.push(() => publishing(message)),
          reviews: async (messages) => {
            for (const message of messages) asked.push(() => reviewing(message));
          },
        },
      },
    };
  }

  /** The merger, on the files of this GitLab; without AWS, and without recorded calls. */
  const merger = (): MergePorts => ({
    ...{ store, settings, clock, log: silentLog, blobs: memoryBlobStore(), usage: memoryUsageStore() },
    checks: {
      validatePolicy: async () => [],
      noNewAccess: async () => ({ result: "pass" }),
      notGranted: async () => ({ result: "pass" }),
    },
    repositories: [gitlabPolicies(client, project, "main")],
    send: {
      publish: async (message) => void asked.push(() => handlePublish(message, portsOf({}).publish)),
    },
  });

  async function work(first: readonly (() => Promise<void>)[]): Promise<void> {
    asked.splice(0, asked.length, ...first);
    for (let done = 0; asked.length > 0; done += 1) {
      if (done > MOST_STEPS) throw new Error("publisher and review ask each other for ever");
      await asked.shift()?.();
    }
  }

  const windowEnd = () => clock.now().toISOString();
  let run = "";

  const world = {
    folder,
    path,
    role,
    merges,
    measured,
    store,
    gitlab,
    reviews,
    pass: (hours: number) => {
      now += hours * 3_600_000;
    },

    /** A round is planned and its run has begun. */
    async begin(): Promise<void> {
      round += 1;
      run = runId(role, windowEnd());
      const window = { from: "2026-11-16T00:00:00.000Z", to: windowEnd() };
      const planned = {
        role,
        environment: "prod",
        accountId: "111122223333",
        region: "eu-central-1",
        run,
        window,
      };
      const commitSha = await gitlab.head();
      await write(applicationStream(place), foldApplication, (state) =>
        planRound(
          state,
          {
            round: `round-${round}`,
            windowEnd: windowEnd(),
            commit: commitSha,
            name: folder,
            roles: [planned],
            excluded: [],
            failed: [],
          },
          cause(),
        ),
      );
      await write(roleStream(role), foldRole, (state) =>
        discoverRole(state, { scope, commit: { sha: "c", author: null }, previousUniqueId: null }, cause()),
      );
      await write<RunEvent, ReturnType<typeof foldRun>>(runStream(run), foldRun, (state) =>
        requestAnalysis(
          state,
          {
            role,
            application: place,
            environment: "prod",
            round: `round-${round}`,
            window,
            lane: "111122223333",
            region: "eu-central-1",
            regions: ["eu-central-1"],
            idle: false,
          },
          cause(),
        ),
      );
    },

    /** The merger proposes these additions on the default branch as it is now. */
    propose: (...actions: readonly (string | Addition)[]): Promise<void> =>
      world.proposeOf("grow", { add: actions }),

    /** The merger proposes a change of this kind on the default branch as it is now. */
    async proposeOf(kind: RequestKind, wanted: Wanted): Promise<void> {
      const { add = [], remove = [], more = {} } = wanted;
      const commitSha = await gitlab.head();
      const file = await gitlab.file(path, commitSha);
      const old = file === null ? emptyPolicy : parsePolicy(file.content, path);
      const additions = add.map((action) => (typeof action === "string" ? seen(action, "*") : action));
      const grown = mergePolicy({ old, additions });
      const removals = remove.map((action) => ({ action, resource: "*", condition: null }));
      const reduced = reducePolicy({ old: grown.policy, removals, protectedSids: [] });
      const { policy, removed } = remove.length === 0 ? { policy: grown.policy, removed: [] } : reduced;
      const isChanged = grown.added.length + removed.length > 0;
      const proposed: ProposedPolicy = {
        ...{ run, kind, window: { from: "2026-11-16T00:00:00.000Z", to: windowEnd() } },
        base: { commit: commitSha, files: [{ path, blob: file?.blob ?? null }] },
        ...{ policy: toDocument(policy), policyHash: policyHash(policy) },
        files: isChanged ? [{ path, content: printPolicy(policy) }] : [],
        ...{ added: grown.added, removed, heldBack: [], denied: [], questions: [], risks: [] },
        ...{ backtest: null, evidence: null, withoutTrail: false, ...more },
      };
      await write<RoleEvent, ReturnType<typeof foldRole>>(roleStream(role), foldRole, (state) =>
        proposePolicy(state, proposed, cause()),
      );
    },

    /** The run was analysed and found nothing that matters here. */
    async observe(): Promise<void> {
      const counts = { authorized: 0, denied: 0, failed: 0, permissions: 0 };
      await write<RoleEvent, ReturnType<typeof foldRole>>(roleStream(role), foldRole, (state) =>
        observeUsage(
          state,
          {
            ...{ run, window: { from: "2026-11-16T00:00:00.000Z", to: windowEnd() }, closed: true, gaps: [] },
            ...{ analyzer: "trail", complete: null, counts, evidence: null, top: [] },
          },
          cause(),
        ),
      );
    },

    /** Somebody asks for an earlier policy, and everything that follows from it is done. */
    goBack: (wish: { readonly version: number; readonly only?: string[]; readonly order?: string }) =>
      work([
        () =>
          handleRestore(
            {
              ...{ v: 1, type: "restore", order: wish.order ?? "order-1", role },
              wish: { version: wish.version, only: wish.only ?? null, by: { id: "9", name: "olga" } },
            },
            merger(),
          ),
      ]),

    /** The merger takes the open proposal back. */
    async withdraw(reason: string): Promise<void> {
      await write<RoleEvent, ReturnType<typeof foldRole>>(roleStream(role), foldRole, (state) =>
        withdrawProposal(state, { proposal: state.open.get("grow")?.version ?? 0, reason }, cause()),
      );
    },

    async end(): Promise<void> {
      await write<RunEvent, ReturnType<typeof foldRun>>(runStream(run), foldRun, (state) =>
        endRun(state, { kind: "proposed", request: "grow", proposal: 1 }, cause()),
      );
    },

    /** Everything that publishing asks for is done, until nothing is left. */
    publish: (through: Through = {}): Promise<void> =>
      work([() => handlePublish({ v: 1, type: "publish", project, folder }, portsOf(through).publish)]),

    /** The review handles a message, and everything that follows from it is done. Answers in how many seconds it comes again. */
    async review(message: ReviewsMessage, through: Through = {}): Promise<number | null> {
      waits.length = 0;
      await work([async () => void waits.push(await handleReview(message, portsOf(through).review))]);
      return waits[0] ?? null;
    },

    /** The review alone looks at all requests; nothing follows from it. */
    seen: (): Promise<unknown> => handleReview({ v: 1, type: "look", project, folder }, portsOf({}).review),

    /** What the daily look does. */
    async look(through: Through = {}): Promise<void> {
      await world.review({ v: 1, type: "look", project, folder }, through);
    },

    /** A whole round that finds these actions. */
    async round(...actions: readonly (string | Addition)[]): Promise<void> {
      await world.begin();
      await world.propose(...actions);
      await world.end();
      await world.publish();
    },

    application: async () =>
      foldApplication((await store.load<ApplicationEvent>(applicationStream(place))).events),
    roleState: async () => foldRole((await store.load<RoleEvent>(roleStream(role))).events),
    events: async () => (await store.load(applicationStream(place))).events,
    types: async () => (await store.load(applicationStream(place))).events.map(({ type }) => type),
    roleEvents: async () => (await store.load<RoleEvent>(roleStream(role))).events,
    roleTypes: async () => (await store.load(roleStream(role))).events.map(({ type }) => type),
    request: async () => {
      const [request] = [...(await world.application()).requests.values()].slice(-1);
      if (request === undefined) throw new Error("no request was opened");
      return request;
    },
  };
  return world;
}
