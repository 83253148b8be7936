import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  applyPolicy,
  approveProposal,
  type Cause,
  closeRequest,
  commitId,
  discoverRole,
  editPolicy,
  foldApplication,
  foldRole,
  observePolicy,
  openedRequest,
  type Person,
  planRound,
  proposePolicy,
  type RoleEvent,
  type RoleId,
  type RoleReading,
  type RoleState,
  reopenRequest,
  roleStream,
} from "@plp/domain";
import { addition, causeAt, proposalOf, scopeOf } from "@plp/domain/testing";
import { commit, memoryEventStore } from "@plp/event-store";
import {
  type Addition,
  mergePolicy,
  type PolicyDocument,
  parsePolicy,
  policyHash,
  toDocument,
} from "@plp/iam-policy";
import { indexStream } from "./index-stream.ts";
import { memoryIndexTable } from "./memory.ts";
import type { IndexTable } from "./table.ts";

export const reviewer: Person = { id: 4711, username: "reviewer-1" };
export const operator: Person = { id: 4802, username: "operator-1" };
const sourceCommit = { sha: "abcdef0123456789", author: "developer-1" };

/** Noon of the n-th day of 2026. */
export function day(n: number): string {
  return new Date(Date.UTC(2026, 0, n, 12)).toISOString();
}

export function roleOf(application: string, environment = "prod", account = "111122223333"): RoleId {
  return { arn: `arn:aws:iam::${account}:role/ci/${application}-${environment}`, uniqueId: "AROAEXAMPLE" };
}

/** A history in memory that a test writes as the services would, and its index. */
export function written() {
  let now = day(1);
  let commits = 0;
  const clock = { now: () => new Date(now) };
  const store = memoryEventStore({ clock });
  const index = memoryIndexTable(clock);

  async function role(
    id: RoleId,
    at: string,
    decide: (state: RoleState, cause: Cause) => readonly RoleEvent[],
  ): Promise<RoleState> {
    const stream = roleStream(id);
    now = at > now ? at : now;
    commits += 1;
    const { state } = await commit<RoleEvent, RoleState>(store, {
      ...{ stream, fold: foldRole, decide: (state) => decide(state, causeAt(at)) },
      commitId: commitId(String(commits), stream, "test"),
    });
    return state;
  }

  async function application(
    folder: string,
    at: string,
    decide: (state: ApplicationState, cause: Cause) => readonly ApplicationEvent[],
  ): Promise<void> {
    const stream = applicationStream({ project: "iam/roles", folder });
    now = at > now ? at : now;
    commits += 1;
    await commit<ApplicationEvent, ApplicationState>(store, {
      ...{ stream, fold: foldApplication, decide: (state) => decide(state, causeAt(at)) },
      commitId: commitId(String(commits), stream, "test"),
    });
  }

  return {
    store,
    index,
    clock,
    setNow: (at: string) => {
      now = at;
    },
    role,
    application,

    discover: (id: RoleId, at: string, folder = "shop") => {
      const accountId = id.arn.split(":")[4] ?? "";
      const scope = scopeOf({ application: { project: "iam/roles", folder, name: folder }, accountId });
      return role(id, at, (state, cause) =>
        discoverRole(state, { scope, commit: sourceCommit, previousUniqueId: null }, cause),
      );
    },

    edit: (id: RoleId, at: string, statements: PolicyDocument["Statement"], author = "developer-1") => {
      const policy = { Version: "2012-10-17", Statement: statements };
      const hash = policyHash(parsePolicy(policy, "a test"));
      const found = { policy, policyHash: hash, commit: { ...sourceCommit, author } };
      return role(id, at, (state, cause) => editPolicy(state, found, cause));
    },

    propose: (id: RoleId, at: string, added: readonly Addition[]) =>
      role(id, at, (state, cause) => proposePolicy(state, mergedOf(state, added), cause)),

    /** The open proposal is merged as `!iid`. */
    approve: (id: RoleId, at: string, iid: number, by: Person = reviewer) =>
      role(id, at, (state, cause) => {
        const open = state.open.get("grow");
        if (open === undefined) return [];
        const { version: proposal, kind, policy, policyHash: hash } = open;
        const request = { iid, url: `https://gitlab.example/iam/roles/-/merge_requests/${iid}` };
        const decision = { mergeCommit: `m${iid}`, mergedBy: by, struck: [], foreign: [] };
        return approveProposal(
          state,
          { ...decision, proposal, kind, request, policy, policyHash: hash },
          { ...cause, actor: { kind: "person", id: String(by.id), name: by.username } },
        );
      }),

    /** Job `job` applies the approved policy. */
    apply: (id: RoleId, at: string, job: number, startedBy: Person = operator) =>
      role(id, at, (state, cause) => {
        if (state.approved === null) return [];
        const { policy, policyHash: hash } = state.approved;
        const url = `https://gitlab.example/iam/roles/-/jobs/${job}`;
        const applied = { commit: `m${job}`, policy, policyHash: hash, pipeline: job, job, url, startedBy };
        return applyPolicy(state, applied, cause);
      }),

    /** The role was read and has what was applied, or what is given. */
    observe: (id: RoleId, at: string, more: Partial<RoleReading> = {}) =>
      role(id, at, (state, cause) => {
        const { policy, policyHash: hash } = state.applied ?? state.approved ?? {};
        const generated = policy === undefined || hash === undefined ? null : { policy, policyHash: hash };
        const reading = {
          ...{ after: { kind: "round", round: at } as const, policies: [], boundary: null, trustHash: "t" },
          ...{ generated, expectedHash: hash ?? null, confirmed: true, drift: [] },
        };
        return observePolicy(state, { ...reading, ...more }, cause);
      }),

    plan: (folder: string, at: string, ids: readonly RoleId[]) =>
      application(folder, at, (state, cause) =>
        planRound(
          state,
          {
            ...{
              round: `round of ${at}`,
              windowEnd: at,
              commit: "c0",
              name: folder,
              excluded: [],
              failed: [],
            },
            roles: ids.map((id) => ({
              ...{ role: id, environment: "prod", accountId: id.arn.split(":")[4] ?? "" },
              ...{ region: "eu-central-1", run: `run of ${id.arn}`, window: { from: day(1), to: at } },
            })),
          },
          cause,
        ),
      ),

    open: (folder: string, at: string, iid: number, ids: readonly RoleId[]) =>
      application(folder, at, (state, cause) =>
        openedRequest(
          state,
          {
            ...{ kind: "grow", iid, url: `https://gitlab.example/${iid}`, branch: `plp-grow/${iid}` },
            ...{ head: "h", base: "b", title: `Draft: ${folder}: 1 new permission`, description: "d" },
            roles: ids.map((id) => ({ role: id, proposal: 3 })),
          },
          cause,
        ),
      ),

    /** Everything that was written so far. */
    indexAll: () => indexAll(store, index),
    /** What a fresh index of all events holds. */
    async remade() {
      const fresh = memoryIndexTable(clock);
      await indexAll(store, fresh);
      return fresh.items();
    },
  };
}

async function indexAll(store: ReturnType<typeof memoryEventStore>, index: IndexTable): Promise<void> {
  for await (const stream of store.streams()) await indexStream(stream, { store, index });
}

function mergedOf(state: RoleState, additions: readonly Addition[]) {
  const old = parsePolicy(state.approved?.policy ?? { Version: "2012-10-17", Statement: [] }, "old");
  const { policy, added } = mergePolicy({ old, additions });
  const hash = policyHash(policy);
  return proposalOf(added, { policy: toDocument(policy), policyHash: hash, run: `run to ${hash}` });
}

type History = ReturnType<typeof written>;

export const shop = roleOf("shop");
const queue = "arn:aws:sqs:eu-central-1:111122223333:orders";

/** What happens to a role and its application, step by step. */
export const steps: readonly ((history: History) => Promise<unknown>)[] = [
  (history) => history.plan("shop", day(1), [shop]),
  (history) => history.discover(shop, day(1)),
  (history) => history.edit(shop, day(2), [{ Effect: "Allow", Action: ["s3:Get*"], Resource: "*" }]),
  (history) => history.propose(shop, day(3), [addition("sqs:CreateQueue", queue)]),
  (history) => history.open("shop", day(3), 58, [shop]),
  (history) =>
    history.propose(shop, day(4), [addition("sqs:CreateQueue", queue), addition("sqs:TagQueue", queue)]),
  (history) => history.approve(shop, day(5), 58),
  (history) => history.apply(shop, day(6), 88),
  (history) => history.observe(shop, day(6)),
  (history) =>
    history.application("shop", day(6), (state, cause) =>
      closeRequest(state, { iid: 58, closedBy: null, closedAt: day(6), decision: false }, cause),
    ),
  (history) => history.application("shop", day(7), (state, cause) => reopenRequest(state, 58, cause)),
  (history) => history.edit(shop, day(8), [{ Effect: "Allow", NotAction: ["iam:*"], Resource: "*" }]),
  (history) => history.edit(shop, day(9), [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: "*" }]),
];

/** All of that. */
export async function whole(): Promise<History> {
  const history = written();
  for (const step of steps) await step(history);
  return history;
}
