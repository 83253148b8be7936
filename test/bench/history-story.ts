import type { Cause, RoleEvent, RoleId } from "@plp/domain";
import { addition, proposalOf, scopeOf } from "@plp/domain/testing";
import { type PolicyDocument, parsePolicy, policyHash } from "@plp/iam-policy";

/** Where a role of the bench belongs. */
export interface Place {
  readonly role: RoleId;
  readonly application: string;
  readonly environment: string;
  readonly accountId: string;
}

const WEEK_MS = 7 * 86_400_000;
const START = Date.UTC(2020, 0, 6, 5);
const ROLES_PER_APPLICATION = 5;
const ACCOUNTS = 400;
const ENVIRONMENTS = ["dev", "test", "prod", "edge", "ops"];
const LEAST = 24;
const MOST = 64;

/** The n-th role of a large organization: five to an application, 400 accounts. */
export function placeOf(n: number): Place {
  const number = Math.floor(n / ROLES_PER_APPLICATION);
  const application = `app-${String(number).padStart(4, "0")}`;
  const environment = ENVIRONMENTS[n % ROLES_PER_APPLICATION] ?? "prod";
  const accountId = String(100_000_000_000 + (number % ACCOUNTS));
  const arn = `arn:aws:iam::${accountId}:role/ci/${application}-${environment}`;
  return {
    role: { arn, uniqueId: `AROA${String(n).padStart(12, "0")}` },
    application,
    environment,
    accountId,
  };
}

/** The event that begins the history of a role; all others are the same in every role. */
export function discovered({ application, environment, accountId }: Place): RoleEvent {
  const of = { project: "iam/roles", folder: application, name: application };
  const scope = scopeOf({ application: of, environment, accountId });
  const commit = { sha: "abcdef0123456789", author: "developer-1" };
  return make("RoleDiscovered", { scope, commit }, START);
}

/**
 * So many events of a role, each a commit: week after week it is observed, one permission more is proposed, merged, applied and
 * read; when the policy has grown to 64, somebody cuts it back to 24. Policies, texts and sizes are like those of the sample.
 */
export function storyOf(place: Place, length: number): readonly RoleEvent[] {
  const events: RoleEvent[] = [discovered(place)];
  let permissions = LEAST;
  for (let week = 1; events.length < length; week += 1) {
    const at = START + week * WEEK_MS;
    if (permissions === MOST) {
      permissions = LEAST;
      events.push(edited(permissions, at));
    } else {
      permissions += 1;
      events.push(...grown(permissions, week, at, events.length + 2));
    }
  }
  return events.slice(0, length);
}

/** A week in which the policy grows; `proposal` is the version that its proposal gets. */
function grown(permissions: number, week: number, at: number, proposal: number): readonly RoleEvent[] {
  const { policy, policyHash: hash } = policyOf(permissions);
  const window = { from: time(at - WEEK_MS), to: time(at) };
  const run = `run-${week}`;
  const action = actionOf(permissions - 1);
  const added = [addition(action, resourceOf(action), { firstSeen: window.from, lastSeen: window.to })];
  const files = [{ path: "policies/prod.json", content: `${JSON.stringify(policy, null, 2)}\n` }];
  const request = { iid: week, url: `https://gitlab.example.com/iam/roles/-/merge_requests/${week}` };
  const [merger, operator] = [
    { id: 4711, username: `reviewer-${week % 7}` },
    { id: 4802, username: `operator-${week % 3}` },
  ];
  const url = `https://gitlab.example.com/iam/roles/-/jobs/${88_000 + week}`;
  const job = { commit: `m${week}`, policy, policyHash: hash, pipeline: week, job: week, url };
  return [
    make(
      "UsageObserved",
      {
        ...{ run, window, closed: true, gaps: [], analyzer: "both", complete: true },
        counts: { authorized: 2_800, denied: 0, failed: 3, permissions },
        ...{ evidence: null, top: [{ action, resource: resourceOf(action), calls: 412 }] },
      },
      at,
    ),
    make("PolicyProposed", proposalOf(added, { run, window, policy, policyHash: hash, files }), at + 60_000),
    make(
      "ProposalApproved",
      {
        ...{ proposal, kind: "grow", request, mergeCommit: `m${week}`, mergedBy: merger },
        ...{ policy, policyHash: hash, struck: [], foreign: [] },
      },
      at + 3_600_000,
      merger,
    ),
    make("PolicyApplied", { ...job, startedBy: operator }, at + 7_200_000, operator),
    make(
      "PolicyObserved",
      {
        ...{ after: { kind: "apply", job: week }, policies: [], boundary: null, trustHash: "t" },
        ...{ generated: { policy, policyHash: hash }, expectedHash: hash, confirmed: true, drift: [] },
      },
      at + 7_260_000,
    ),
  ];
}

function edited(permissions: number, at: number): RoleEvent {
  const commit = { sha: "fedcba9876543210", author: "developer-2" };
  return make("PolicyEdited", { fromHash: null, ...policyOf(permissions), commit }, at);
}

const policies = new Map<number, { readonly policy: PolicyDocument; readonly policyHash: string }>();

function policyOf(permissions: number) {
  const known = policies.get(permissions);
  if (known !== undefined) return known;
  const actions = Array.from({ length: permissions }, (_, n) => actionOf(n));
  const Statement = [...Map.groupBy(actions, (action) => resourceOf(action))].map(([resource, names], n) => ({
    ...{ Sid: `Plp${n}`, Effect: "Allow", Action: names.sort(), Resource: [resource] },
  }));
  const policy = { Version: "2012-10-17", Statement } satisfies PolicyDocument;
  const made = { policy, policyHash: policyHash(parsePolicy(policy, "the bench")) };
  policies.set(permissions, made);
  return made;
}

const ACTIONS = Object.entries({
  s3: [
    "GetBucketAcl",
    "GetBucketPolicy",
    "ListBucket",
    "PutBucketPolicy",
    "GetBucketTagging",
    "PutBucketTagging",
    "GetBucketLogging",
    "GetBucketVersioning",
  ],
  sqs: [
    "CreateQueue",
    "DeleteQueue",
    "GetQueueAttributes",
    "ListQueueTags",
    "SetQueueAttributes",
    "TagQueue",
    "UntagQueue",
    "PurgeQueue",
  ],
  lambda: [
    "CreateFunction",
    "DeleteFunction",
    "GetFunction",
    "GetPolicy",
    "InvokeFunction",
    "ListVersionsByFunction",
    "UpdateFunctionCode",
    "TagResource",
  ],
  dynamodb: [
    "CreateTable",
    "DeleteTable",
    "DescribeTable",
    "DescribeTimeToLive",
    "ListTagsOfResource",
    "TagResource",
    "UpdateTable",
    "UpdateTimeToLive",
  ],
  logs: [
    "CreateLogGroup",
    "DeleteLogGroup",
    "ListTagsForResource",
    "PutRetentionPolicy",
    "TagResource",
    "DeleteRetentionPolicy",
    "AssociateKmsKey",
    "PutMetricFilter",
  ],
  events: [
    "PutRule",
    "DeleteRule",
    "DescribeRule",
    "PutTargets",
    "RemoveTargets",
    "ListTargetsByRule",
    "TagResource",
    "DisableRule",
  ],
  ssm: [
    "GetParameter",
    "GetParameters",
    "PutParameter",
    "DeleteParameter",
    "AddTagsToResource",
    "ListTagsForResource",
    "DescribeDocument",
    "GetParameterHistory",
  ],
  kms: [
    "DescribeKey",
    "EnableKeyRotation",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListResourceTags",
    "PutKeyPolicy",
    "TagResource",
    "UpdateAlias",
  ],
}).flatMap(([service, names]) => names.map((name) => `${service}:${name}`));

function actionOf(n: number): string {
  return ACTIONS[n % ACTIONS.length] ?? "s3:ListBucket";
}

function resourceOf(action: string): string {
  const [service = ""] = action.split(":");
  return service === "s3"
    ? "arn:aws:s3:::site-prod"
    : `arn:aws:${service}:eu-central-1:111122223333:site-prod`;
}

type DataOf<Type extends RoleEvent["type"]> = Extract<RoleEvent, { type: Type }>["data"];

function make<Type extends RoleEvent["type"]>(
  type: Type,
  data: DataOf<Type>,
  at: number,
  person?: { readonly id: number; readonly username: string },
): RoleEvent {
  const actor: Cause["actor"] =
    person === undefined
      ? { kind: "service", id: "plp", name: "plp" }
      : { kind: "person", id: String(person.id), name: person.username };
  const cause = { occurredAt: time(at), actor, correlationId: "round-1", causationId: "message-1" };
  return { type, schemaVersion: 1, ...cause, data } as RoleEvent;
}

function time(at: number): string {
  return new Date(at).toISOString();
}
