import {
  type Analysis,
  type ApplicationEvent,
  type AwsCheck,
  type AwsFinding,
  applicationStream,
  approveProposal,
  discoverRole,
  type EnvironmentScope,
  foldApplication,
  foldRole,
  foldRun,
  type ObservedPermission,
  type ObservedUsage,
  observeUsage,
  openedRequest,
  type RequestKind,
  type RoleEvent,
  type RunEvent,
  rejectProposal,
  requestAnalysis,
  roleStream,
  runStream,
  service,
  succeedAnalysis,
  type TrailView,
  type Window,
} from "@plp/domain";
import { commit, memoryBlobStore, memoryEventStore } from "@plp/event-store";
import { parseSettings, permanent, type SettingsInput, silentLog } from "@plp/runtime";
import { memoryUsageStore, UsageError } from "@plp/usage";
import { handleMerge } from "./handle-merge.ts";
import type { MergePorts } from "./ports.ts";

export const role = { arn: "arn:aws:iam::111122223333:role/ci/shop-prod", uniqueId: "AROAEXAMPLE" };
export const window = { from: "2026-11-16T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };
export const place = { project: "iam/roles", folder: "shop" };
export const path = "shop/policies/prod.json";

/** A permission as the trail tells it of a whole window. */
export const used = (action: string, more: Partial<ObservedPermission> = {}): ObservedPermission => ({
  action,
  resource: "*",
  condition: null,
  inferred: false,
  authorized: 3,
  failed: 0,
  denied: 0,
  deniedBy: null,
  first: window.from,
  last: window.from,
  regions: ["eu-central-1"],
  examples: [],
  ...more,
});

export interface Analysed {
  readonly window?: Window;
  readonly gaps?: ObservedUsage["gaps"];
  readonly analyzer?: ObservedUsage["analyzer"];
  readonly lastAccessed?: Analysis["lastAccessed"];
  readonly unmapped?: TrailView["unmapped"];
}

export interface Given {
  /** Default: the moment of the merge. */
  readonly discoveredAt?: string;
  readonly settings?: Partial<SettingsInput>;
  readonly scope?: Partial<EnvironmentScope>;
}

/** A role whose runs were analysed, before a repository that the test writes. */
export async function begin(given: Given = {}) {
  let now = "2026-11-23T05:00:00.000Z";
  const clock = { now: () => new Date(now) };
  const usage = memoryUsageStore();
  let isUsageDamaged = false;
  const store = memoryEventStore({ clock });
  const kept = memoryBlobStore();
  const lost = new Set<string>();
  const blobs: typeof kept = {
    ...kept,
    async get(hash) {
      const bytes = await kept.get(hash);
      const { run } = JSON.parse(Buffer.from(bytes).toString()) as Analysis;
      if (lost.has(run)) throw permanent("blob-missing", "there is no such blob");
      return bytes;
    },
  };
  /** What AWS's checks answer, and what they were asked. */
  const checks: {
    findings: readonly AwsFinding[];
    verdict: AwsCheck;
    fails: Error | null;
    readonly calls: string[];
  } = { findings: [], verdict: { result: "pass" }, fails: null, calls: [] };
  const files = new Map<string, string>();
  const sent: string[] = [];
  let head = "commit-1";
  let fails: Error | null = null;
  const cause = {
    occurredAt: clock.now().toISOString(),
    actor: service("test"),
    correlationId: "round-1",
    causationId: "cause",
  };
  const ports: MergePorts = {
    store,
    blobs,
    usage: {
      usageOf: async (...of) => {
        if (isUsageDamaged)
          throw new UsageError("usage-damaged", "the usage at 2026-11-17T10 cannot be read");
        return usage.usageOf(...of);
      },
    },
    checks: {
      validatePolicy: async (_, policy) => {
        checks.calls.push(`validate ${policy.length}`);
        if (checks.fails !== null) throw checks.fails;
        return checks.findings;
      },
      noNewAccess: async () => {
        checks.calls.push("no new access");
        if (checks.fails !== null) throw checks.fails;
        return checks.verdict;
      },
      notGranted: async (_, __, actions) => {
        checks.calls.push(`not granted ${actions.join()}`);
        if (checks.fails !== null) throw checks.fails;
        return checks.verdict;
      },
    },
    repositories: [
      {
        project: "iam/roles",
        head: async () => {
          if (fails !== null) throw fails;
          return head;
        },
        file: async (at) => {
          const content = files.get(at);
          return content === undefined ? null : { content, blob: `blob of ${content}` };
        },
        lastCommit: async () => ({ sha: head, author: "dave" }),
      },
    ],
    send: {
      publish: async ({ folder }) => {
        sent.push(folder);
      },
    },
    settings: parseSettings({
      trail: { arn: "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization", bucket: "trail-logs" },
      roles: { reader: "plp-reader", analyzer_service_role: "plp-analyzer" },
      repositories: [{ url: "http://127.0.0.1:1", project: "iam/roles" }],
      ...given.settings,
    }),
    clock,
    log: silentLog,
  };
  let steps = 0;
  const onRole = (decide: (state: ReturnType<typeof foldRole>) => readonly RoleEvent[]) =>
    commit<RoleEvent, ReturnType<typeof foldRole>>(store, {
      stream: roleStream(role),
      fold: foldRole,
      decide,
      commitId: `role-${++steps}`,
    });
  await onRole((state) =>
    discoverRole(
      state,
      {
        scope: {
          application: { ...place, name: "shop" },
          environment: "prod",
          accountId: "111122223333",
          partition: "aws",
          region: "eu-central-1",
          regions: ["eu-central-1"],
          policyPath: "policies/prod.json",
          initialPolicyPath: null,
          permissionsBoundaryPath: null,
          protectedSids: [],
          generate: true,
          mode: "observe",
          retentionDays: null,
          quietDays: null,
          ...given.scope,
        },
        commit: { sha: "c", author: null },
        previousUniqueId: null,
      },
      { ...cause, occurredAt: given.discoveredAt ?? cause.occurredAt },
    ),
  );
  async function analysed(
    run: string,
    { window: of = window, gaps = [], analyzer = "trail", lastAccessed = null, unmapped = [] }: Analysed,
    permissions: readonly ObservedPermission[],
  ): Promise<void> {
    const analysis: Analysis = {
      ...{ schemaVersion: 1, run, role, window: of, gaps, generated: null },
      ...{ trail: { permissions, unmapped }, lastAccessed },
    };
    const evidence = await blobs.put(Buffer.from(JSON.stringify(analysis)));
    const { state } = await onRole((current) =>
      observeUsage(
        current,
        {
          run,
          window: of,
          closed: true,
          gaps,
          analyzer,
          complete: null,
          counts: { authorized: 1, denied: 0, failed: 0, permissions: 1 },
          evidence,
          top: [],
        },
        cause,
      ),
    );
    const stream = runStream(run);
    const onRun = (decide: (now: ReturnType<typeof foldRun>) => readonly RunEvent[], commitId: string) =>
      commit<RunEvent, ReturnType<typeof foldRun>>(store, { stream, fold: foldRun, decide, commitId });
    await onRun(
      (now) =>
        requestAnalysis(
          now,
          {
            role,
            application: place,
            environment: "prod",
            round: "round-1",
            window: of,
            lane: "111122223333",
            region: "eu-central-1",
            regions: ["eu-central-1"],
            idle: false,
          },
          cause,
        ),
      "request",
    );
    await onRun((now) => succeedAnalysis(now, state.version, cause), "succeed");
  }

  return {
    files,
    sent,
    checks,
    /** What the trail reader stored for one hour of delivery (`YYYY-MM-DDTHH`). */
    delivered: (hour: string, ...permissions: readonly ObservedPermission[]) =>
      usage.putHour(
        {
          ...{ accountId: "111122223333", region: "eu-central-1", hour, readAt: `${hour}:30:00Z` },
          files: [],
          bad: [],
        },
        [{ roleArn: role.arn, permissions, unmapped: [] }],
      ),
    turn: (to: string) => {
      now = to;
    },
    /** A reviewer merged what is open of that kind, then. */
    approveOpen: async (kind: RequestKind, at: string) => {
      const { state } = await onRole(() => []);
      const open = state.open.get(kind);
      if (open === undefined) throw new Error(`nothing is open of kind ${kind}`);
      for (const { path: of, content } of open.files) {
        if (content === null) files.delete(of);
        else files.set(of, content);
      }
      const merged = {
        ...{ proposal: open.version, kind, request: { iid: 1, url: "u" }, mergeCommit: "m" },
        ...{ mergedBy: { id: 8, username: "rita" }, policy: open.policy, policyHash: open.policyHash },
        ...{ struck: [], foreign: [] },
      };
      await onRole((current) => approveProposal(current, merged, { ...cause, occurredAt: at }));
    },
    fail: (error: Error | null) => {
      fails = error;
    },
    move: (to: string) => {
      head = to;
    },
    merge: (run: string, receiveCount = 1) =>
      handleMerge({ v: 1, type: "merge", run }, ports, { receiveCount }),
    analysed: (run: string, ...permissions: readonly ObservedPermission[]) => analysed(run, {}, permissions),
    /** The same with what matters of the analysis. */
    analysedAs: (run: string, how: Analysed, ...permissions: readonly ObservedPermission[]) =>
      analysed(run, how, permissions),
    rejectOpen: (kind: RequestKind = "grow") =>
      onRole((state) =>
        rejectProposal(
          state,
          {
            proposal: state.open.get(kind)?.version ?? 0,
            kind,
            request: { iid: 1, url: "u" },
            closedBy: { id: 8, username: "rita" },
          },
          cause,
        ),
      ),
    scope: (more: Partial<EnvironmentScope>) =>
      onRole((state) =>
        state.scope === null
          ? []
          : discoverRole(
              state,
              {
                scope: { ...state.scope, ...more },
                commit: { sha: "c", author: null },
                previousUniqueId: null,
              },
              cause,
            ),
      ),
    opened: (proposal: number) =>
      commit<ApplicationEvent, ReturnType<typeof foldApplication>>(store, {
        stream: applicationStream(place),
        fold: foldApplication,
        decide: (state) =>
          openedRequest(
            state,
            {
              kind: "grow",
              iid: 1,
              url: "u",
              branch: "plp-grow/shop-12345678",
              head: "h",
              base: "commit-1",
              title: "Draft: shop",
              description: "d",
              roles: [{ role, proposal }],
            },
            cause,
          ),
        commitId: "opened",
      }),
    damageUsage: () => {
      isUsageDamaged = true;
    },
    loseEvidence: (run: string) => {
      lost.add(run);
    },
    lastOfRole: async () => (await store.load<RoleEvent>(roleStream(role))).events.at(-1),
    role: async () => {
      const { events } = await store.load<RoleEvent>(roleStream(role));
      return { types: events.map(({ type }) => type), state: foldRole(events) };
    },
    run: async (id: string) => foldRun((await store.load<RunEvent>(runStream(id))).events),
  };
}
