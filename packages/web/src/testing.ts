import type { Answer, Reads } from "./reads.ts";
import type {
  AuditPage,
  Difference,
  EventRow,
  Overview,
  RoleMoment,
  RoleRow,
  RunView,
  StandingPermission,
  Status,
  WhoCan,
} from "./views.ts";

/** An organization with one of everything that the page can show, for tests. */
export const arn = "arn:aws:iam::111122223333:role/ci/shop-prod";
const url = "https://gitlab.example.com/iam/roles/-/merge_requests/12";
const person = { kind: "person", id: "4711", name: "reviewer-1" } as const;
const service = { kind: "service", id: "merger", name: "merger" } as const;

export const events: readonly EventRow[] = [
  ["RoleDiscovered", "2026-01-05T05:00:00Z", "found: shop prod", service],
  ["UsageObserved", "2026-01-12T05:00:00Z", "5 Jan to 12 Jan: 412 calls allowed, 1 denied", service],
  ["PolicyProposed", "2026-01-12T05:01:00Z", "grow: 2 permissions to add, 0 to remove", service],
  ["ProposalApproved", "2026-01-13T10:00:00Z", "proposal 3 merged as !12 by reviewer-1", person],
  ["PolicyProposed", "2026-01-19T05:01:00Z", "grow: 1 permission to add, 0 to remove", service],
].map(
  ([type, occurredAt, says, actor], index) =>
    ({ version: index + 1, type, occurredAt, says, actor }) as EventRow,
);

export const permission: StandingPermission = {
  action: "iam:PassRole",
  resource: "arn:aws:iam::111122223333:role/shop-worker",
  condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
  basis: "seen",
  since: "2026-01-13T10:00:00Z",
  sinceVersion: 4,
  approvedBy: "reviewer-1",
  mergeRequest: { iid: 12, url },
  evidence: { hash: "d397", from: "2026-01-05T06:00:00Z", to: "2026-01-11T07:00:00Z", count: 412 },
};

export const moment: RoleMoment = {
  roleArn: arn,
  scope: {
    application: "shop",
    environment: "prod",
    accountId: "111122223333",
    region: "eu-central-1",
    mode: "observe",
  },
  retired: false,
  openMergeRequests: [{ iid: 13, url, kind: "grow" }],
  version: 5,
  versions: 5,
  at: "2026-01-19T05:01:00Z",
  hash: "5b3e09d1c2f0",
  counts: "approved",
  permissions: [
    permission,
    { ...permission, action: "s3:ListBucket", resource: "*", evidence: null, condition: null },
  ],
  periods: [
    {
      policy: "approved",
      from: "2026-01-13T10:00:00Z",
      to: null,
      version: 4,
      permissions: 2,
      by: "reviewer-1",
      mergeRequest: { iid: 12, url },
      commit: null,
      job: null,
    },
  ],
  proposed: {
    version: 5,
    kind: "grow",
    at: "2026-01-19T05:01:00Z",
    added: [{ action: "sqs:SendMessage", resource: "*", condition: null, basis: "seen", calls: 3 }],
    removed: [{ action: "sqs:PurgeQueue", resource: "*", condition: null }],
    risks: [
      {
        id: "lambda-002",
        severity: "medium",
        title: "It can run code as another role",
        actions: ["iam:PassRole", "lambda:CreateFunction"],
        why: "A function runs as the role that is passed to it.",
        harmless: "Usual where a pipeline deploys a function.",
        reference: "https://pathfinding.example/lambda-002",
      },
    ],
    questions: [{ detail: "DynamoDB was used, and the trail does not say how." }],
    denied: [{ action: "iam:GetRole", resource: null, count: 4, last: "2026-01-18T02:14:00Z" }],
    backtest: { calls: 412, denied: 1, undecided: 2 },
  },
  policies: { applied: null, approved: { Statement: [{ Sid: "PlpIam" }] }, proposed: null },
  confirmed: null,
  gaps: [
    {
      from: "2026-01-08T00:00:00Z",
      to: "2026-01-09T00:00:00Z",
      reason: "lane without quota",
      version: 2,
      coveredBy: 5,
    },
  ],
  otherPolicies: ["ci-initial"],
  growth: [{ at: "2026-01-13T10:00:00Z", permissions: 2 }],
  events,
  event: { type: "PolicyProposed", data: { kind: "grow" } },
};

const difference: Difference = {
  from: { version: 1, at: "2026-01-05T05:00:00Z" },
  to: { version: 5, at: "2026-01-19T05:01:00Z" },
  added: [
    {
      ...permission,
      event: {
        version: 4,
        type: "ProposalApproved",
        occurredAt: "2026-01-13T10:00:00Z",
        by: "reviewer-1",
        mergeRequest: { iid: 12, url },
      },
    },
  ],
  removed: [{ ...permission, action: "s3:*", event: null }],
};

export const roleRow: RoleRow = {
  roleArn: arn,
  application: "shop",
  environment: "prod",
  accountId: "111122223333",
  mode: "observe",
  permissions: 2,
  lastChange: "2026-01-19T05:01:00Z",
  openMergeRequests: [{ iid: 13, url, kind: "grow" }],
  inScope: true,
  retired: false,
};

export const overview: Overview = {
  round: {
    round: "01KAPX3V",
    plannedAt: "2026-01-19T05:00:00Z",
    windowEnd: "2026-01-19T04:00:00Z",
    proposed: 1,
    nothingNew: 2,
    failed: 1,
    underWay: 1,
    notToldOf: 0,
    excluded: 1,
  },
  roles: 6,
  inScope: 5,
  permissions: 1_312,
  waitsForReview: [
    {
      iid: 13,
      url,
      kind: "grow",
      application: "shop",
      title: "Draft: shop: 1 new permission",
      status: "frozen",
      openedAt: "2026-01-19T05:02:00Z",
      added: 1,
      removed: 1,
      risks: { high: 0, medium: 1, low: 0 },
      roleArns: Array.from({ length: 8 }, (_, index) => `${arn}-${index}`),
    },
  ],
  waitsForApply: [
    {
      roleArn: arn,
      application: "shop",
      environment: "prod",
      mergeRequest: { iid: 12, url },
      approvedBy: "reviewer-1",
      approvedAt: "2026-01-13T10:00:00Z",
    },
  ],
  failed: [
    { application: "crm", environment: "prod", roleArn: arn, run: "4c1c8a9f2203", reason: "no access" },
    { application: "old", environment: null, roleArn: null, run: null, reason: "the name is taken" },
  ],
  excluded: [{ application: "shop", environment: "dev", roleArn: arn, reason: "generate = false" }],
  growth: [
    { at: "2026-01-05T00:00:00Z", permissions: 0 },
    { at: "2026-01-13T00:00:00Z", permissions: 1_312 },
  ],
  lanes: [{ lane: "111122223333", used: 5, quota: 5 }],
  indexedTo: "2026-01-19T05:02:00Z",
};

const audit: AuditPage = {
  events: [
    ...events.map((event) => ({ ...event, roleArn: arn, application: "shop", people: ["reviewer-1"] })),
    {
      version: 3,
      type: "RequestOpened",
      occurredAt: "2026-01-12T05:02:00Z",
      says: "!12",
      actor: service,
      roleArn: null,
      application: "shop",
      people: [],
    },
  ],
  read: 6,
  indexedTo: "2026-01-19T05:02:00Z",
  next: "a.cursor",
};

const whoCan: WhoCan = {
  roles: [
    {
      roleArn: arn,
      answer: "yes",
      policy: "applied",
      since: "2026-01-13T10:00:00Z",
      approvedBy: "reviewer-1",
      mergeRequest: { iid: 12, url },
      accountId: "111122223333",
      conditions: [{ StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } }],
    },
    {
      roleArn: `${arn}-2`,
      answer: "cannot tell",
      policy: "approved",
      since: null,
      approvedBy: null,
      mergeRequest: null,
      accountId: "111122223333",
      conditions: [],
    },
  ],
  candidates: 5,
  indexedTo: "2026-01-19T05:02:00Z",
};

const status: Status = {
  queues: [{ name: "merge", visible: 3, inFlight: 1, dead: 2 }],
  runs: [{ run: "4c1c8a9f2203", roleArn: arn, state: "analysing", since: "2026-01-19T05:00:00Z" }],
  lanes: [{ lane: "111122223333", used: 1, quota: 50 }],
  paused: { since: "2026-01-19T06:00:00Z", by: "operator-1", reason: "the trail moves" },
};

export const run: RunView = {
  run: "4c1c8a9f2203",
  roleArn: arn,
  application: "shop",
  environment: "prod",
  round: "01KAPX3V",
  lane: "111122223333",
  window: { from: "2026-01-12T04:00:00Z", to: "2026-01-19T04:00:00Z" },
  idle: false,
  requestedAt: "2026-01-19T05:00:00Z",
  parts: [
    {
      window: { from: "2026-01-12T04:00:00Z", to: "2026-01-15T16:00:00Z" },
      job: "job-1",
      attempt: 1,
      startedAt: "2026-01-19T05:00:30Z",
    },
    {
      window: { from: "2026-01-15T16:00:00Z", to: "2026-01-19T04:00:00Z" },
      job: null,
      attempt: 0,
      startedAt: null,
    },
  ],
  observedAt: "2026-01-19T05:04:00Z",
  end: { kind: "proposed", at: "2026-01-19T05:04:10Z", reason: null, proposal: 5 },
  request: {
    iid: 13,
    url,
    kind: "grow",
    title: "Draft: shop: 1 new permission",
    openedAt: "2026-01-19T05:05:00Z",
    status: "open",
  },
  events: events.slice(1, 3),
};

export const found = <T>(value: T): Answer<T> => ({ kind: "found", value });

/** Reads that answer with the organization above, and with what a test puts in the place of it. */
export function sampleReads(others: Partial<Reads> = {}): Reads {
  return {
    overview: async () => overview,
    roles: async () => [roleRow, { ...roleRow, roleArn: `${arn}-2`, inScope: false }],
    role: async () => found(moment),
    difference: async () => found(difference),
    audit: async () => found(audit),
    whoCan: async () => found(whoCan),
    status: async () => status,
    run: async () => found(run),
    ...others,
  };
}
