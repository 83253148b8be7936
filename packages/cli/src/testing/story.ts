import { indexStream, memoryCheckpointStore, memoryIndexTable } from "@plp/audit";
import {
  type ApplicationEvent,
  applicationStream,
  applyPolicy,
  approveProposal,
  type Cause,
  discoverRole,
  type EnvironmentScope,
  editPolicy,
  foldApplication,
  foldRole,
  observePolicy,
  observeUsage,
  openedRequest,
  type ProposedPolicy,
  planRound,
  proposePolicy,
  type RoleEvent,
  type RoleId,
  type RoleState,
  roleStream,
  service,
} from "@plp/domain";
import { type EventStore, memoryBlobStore, memoryEventStore } from "@plp/event-store";
import { type Addition, mergePolicy, parsePolicy, policyHash, toDocument } from "@plp/iam-policy";
import type { History } from "../state/history.ts";

const place = { project: "iam/roles", folder: "shop" };
export const day = (n: number) => `2026-03-${String(n).padStart(2, "0")}T12:00:00.000Z`;

export function role(environment: string, name = `shop-${environment}`): RoleId {
  return { arn: `arn:aws:iam::111122223333:role/ci/${name}`, uniqueId: "AROAEXAMPLE" };
}

function scopeOf(environment: string): EnvironmentScope {
  return {
    application: { ...place, name: "shop" },
    environment,
    accountId: "111122223333",
    partition: "aws",
    region: "eu-central-1",
    regions: ["eu-central-1"],
    policyPath: `policies/${environment}.json`,
    initialPolicyPath: null,
    permissionsBoundaryPath: null,
    protectedSids: [],
    generate: true,
    mode: "observe",
    retentionDays: null,
    quietDays: null,
  };
}

const people = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:ListAllMyBuckets"], Resource: "*" }],
};

export function seen(action: string, resource = "arn:aws:sqs:eu-central-1:111122223333:orders"): Addition {
  return {
    ...{ action, resource, condition: null, basis: "seen", widened: false },
    ...{ calls: 3, firstSeen: day(1), lastSeen: day(2) },
  };
}

function proposalOf(state: RoleState, additions: readonly Addition[], evidence: string): ProposedPolicy {
  const old = parsePolicy(state.approved?.policy ?? { Version: "2012-10-17", Statement: [] }, "old");
  const { policy, added } = mergePolicy({ old, additions });
  return {
    run: "run",
    kind: "grow",
    window: { from: day(1), to: day(3) },
    base: { commit: "c0", files: [] },
    policy: toDocument(policy),
    policyHash: policyHash(policy),
    files: [],
    added,
    removed: [],
    heldBack: [],
    denied: [{ action: "iam:GetRole", resource: null, count: 4, last: day(2), by: "scp" }],
    questions: [],
    risks: [
      {
        ...{ id: "resource-policies", kind: "exfiltration", title: "Open resources to others" },
        ...{ severity: "low", actions: ["sqs:AddPermission"], resources: ["orders"] },
        ...{ why: "Others can use it.", harmless: "Usual.", reference: "https://example.com/risk" },
      },
    ],
    backtest: {
      ...{ window: { from: day(1), to: day(3) }, calls: 1_234, allowed: 1_230, undecided: [] },
      wouldBeDenied: [
        {
          ...{ action: "kms:ListKeys", resource: "*", condition: null, count: 4 },
          lastSeen: day(2),
          reason: "no-allow",
        },
      ],
    },
    evidence,
    withoutTrail: false,
  };
}

type Decide = (state: RoleState, cause: Cause) => readonly RoleEvent[];

/** Writes what a decision comes to, as the services do. */
async function write(store: EventStore, id: RoleId, at: string, decide: Decide): Promise<void> {
  const stream = roleStream(id);
  const { events, head } = await store.load<RoleEvent>(stream);
  const cause = { occurredAt: at, actor: service("test"), correlationId: "round", causationId: at };
  const decided = decide(foldRole(events), cause);
  await store.append(stream, head, decided, { commitId: `${at}-${head.version}` });
}

/** A role whose file people wrote, one proposal merged on 5 March, the next one open since 8 March in `!59`. */
export async function writeRole(
  store: EventStore,
  id: RoleId,
  environment: string,
  evidence: string,
): Promise<void> {
  const commit = { sha: "abcdef0123456789", author: "developer-1" };
  const scope = scopeOf(environment);
  await write(store, id, day(1), (state, cause) =>
    discoverRole(state, { scope, commit, previousUniqueId: null }, cause),
  );
  const policy = parsePolicy(people, "people");
  await write(store, id, day(2), (state, cause) =>
    editPolicy(state, { policy: people, policyHash: policyHash(policy), commit }, cause),
  );
  const counts = { authorized: 3, denied: 4, failed: 0, permissions: 1 };
  const window = { from: day(2), to: day(3) };
  const observed = { run: "run", window, closed: true, gaps: [], counts, evidence, top: [] };
  await write(store, id, day(3), (state, cause) =>
    observeUsage(state, { ...observed, analyzer: "both", complete: true }, cause),
  );
  await write(store, id, day(4), (state, cause) =>
    proposePolicy(state, proposalOf(state, [seen("sqs:CreateQueue")], evidence), cause),
  );
  await write(store, id, day(5), (state, cause) => {
    const open = state.open.get("grow");
    if (open === undefined) return [];
    const merged = {
      proposal: open.version,
      kind: open.kind,
      policy: open.policy,
      policyHash: open.policyHash,
    };
    const request = { iid: 58, url: "https://gitlab.example/iam/roles/-/merge_requests/58" };
    const decision = {
      mergeCommit: "m58",
      mergedBy: { id: 4711, username: "reviewer-1" },
      struck: [],
      foreign: [],
    };
    return approveProposal(state, { ...merged, request, ...decision }, cause);
  });
  await write(store, id, day(8), (state, cause) =>
    proposePolicy(state, proposalOf(state, [seen("sqs:TagQueue"), seen("sqs:DeleteQueue")], evidence), cause),
  );
}

/** The approved policy is applied on 6 March and found in AWS on the 7th, both written down with all else. */
export async function applyStory(store: EventStore, id: RoleId): Promise<void> {
  await write(store, id, day(6), (state, cause) => {
    if (state.approved === null) return [];
    const { policy, policyHash } = state.approved;
    const job = { pipeline: 8, job: 88, url: "https://gitlab.example/iam/roles/-/jobs/88" };
    const startedBy = { id: 4802, username: "operator-1" };
    return applyPolicy(state, { commit: "m58", policy, policyHash, ...job, startedBy }, cause);
  });
  await write(store, id, day(7), (state, cause) => {
    if (state.applied === null) return [];
    const { policy, policyHash } = state.applied;
    const initial = {
      how: "attached" as const,
      id: "ci-initial",
      version: "v1",
      hash: "i",
      generated: false,
    };
    const reading = {
      ...{ after: { kind: "apply" as const, job: 88 }, policies: [initial], boundary: "ci-boundary" },
      ...{ trustHash: "t", generated: { policy, policyHash }, expectedHash: policyHash },
      ...{ confirmed: true, drift: [] },
    };
    return observePolicy(state, reading, cause);
  });
}

/** The application with two roles and one open request that shows both. */
export async function writeApplication(
  store: EventStore,
  roles: readonly (readonly [RoleId, string])[],
): Promise<void> {
  const stream = applicationStream(place);
  const { events, head } = await store.load<ApplicationEvent>(stream);
  const cause = { occurredAt: day(8), actor: service("test"), correlationId: "round", causationId: "hook" };
  const window = { from: day(2), to: day(3) };
  const planned = planRound(
    foldApplication(events),
    {
      round: "round",
      windowEnd: day(3),
      commit: "c0",
      name: "shop",
      roles: roles.map(([id, environment]) => ({
        ...{
          role: id,
          environment,
          accountId: "111122223333",
          region: "eu-central-1",
          run: `run-${environment}`,
          window,
        },
      })),
      excluded: [],
      failed: [],
    },
    cause,
  );
  const opened = openedRequest(
    foldApplication(events),
    {
      kind: "grow",
      iid: 59,
      url: "https://gitlab.example/iam/roles/-/merge_requests/59",
      branch: "plp-grow/shop-00000000",
      head: "h",
      base: "b",
      title: "Draft: shop: 4 new permissions for prod and test",
      description: "d",
      roles: roles.map(([id]) => ({ role: id, proposal: 6 })),
    },
    cause,
  );
  await store.append(stream, head, [...planned, ...opened], { commitId: "application" });
}

/** The whole story in memory. */
export async function memoryHistory() {
  const store = memoryEventStore({ clock: { now: () => new Date(day(9)) } });
  const blobs = memoryBlobStore();
  const evidence = await blobs.put(Buffer.from("{}"));
  const roles = [
    [role("prod"), "prod"],
    [role("test"), "test"],
  ] as const;
  for (const [id, environment] of roles) await writeRole(store, id, environment, evidence);
  await writeApplication(store, roles);
  const index = memoryIndexTable({ now: () => new Date(day(9)) });
  for await (const stream of store.streams()) await indexStream(stream, { store, index });
  const checkpoints = memoryCheckpointStore();
  const history: History = {
    ...{
      store,
      blobs,
      index,
      checkpoints,
      cursorKey: () => Buffer.alloc(32),
      where: "memory",
      endpoints: null,
    },
    close: async () => undefined,
  };
  return { history, store, checkpoints, evidence };
}
