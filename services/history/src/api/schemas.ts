import { z } from "@hono/zod-openapi";

const instant = z.string().meta({ format: "date-time", description: "ISO 8601, UTC" });
/** Answers are lists that nobody changes. */
export const list = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).readonly();

const json = z.record(z.string(), z.unknown());

export const problem = z
  .object({ error: z.object({ code: z.string(), message: z.string() }) })
  .openapi("Problem");

const mergeRequest = z.object({ iid: z.int(), url: z.string() }).openapi("MergeRequest");

const actor = z
  .object({ kind: z.enum(["service", "person", "pipeline"]), id: z.string(), name: z.string() })
  .openapi("Actor");

const condition = z.record(z.string(), z.record(z.string(), list(z.string()))).nullable();

const permission = z.object({ action: z.string(), resource: z.string(), condition }).openapi("Permission");

const policy = z
  .object({ Version: z.string().optional(), Id: z.string().optional(), Statement: list(json) })
  .openapi("PolicyDocument");

export const listedRole = z
  .object({
    roleArn: z.string(),
    uniqueId: z.string(),
    application: z.string(),
    environment: z.string(),
    accountId: z.string(),
    mode: z.enum(["observe", "enforce"]),
    permissions: z.int(),
    lastChange: instant.nullable(),
    openMergeRequests: list(mergeRequest.extend({ kind: z.string() })),
    inScope: z.boolean(),
    retired: z.boolean(),
  })
  .openapi("Role");

export const event = z
  .object({
    version: z.int(),
    type: z.string(),
    occurredAt: instant,
    recordedAt: instant,
    actor,
    correlationId: z.string(),
    data: z.unknown(),
    hash: z.string(),
  })
  .openapi("Event");

export const replay = z
  .object({
    roleArn: z.string(),
    uniqueId: z.string(),
    version: z.int(),
    hash: z.string().nullable(),
    at: instant.nullable(),
    mode: z.enum(["observe", "enforce"]).nullable(),
    proposed: policy.nullable(),
    approved: policy.nullable(),
    applied: policy.nullable(),
    confirmed: z.boolean().nullable(),
    hashes: z.object({
      proposed: z.string().nullable(),
      approved: z.string().nullable(),
      applied: z.string().nullable(),
    }),
    gaps: list(
      z.object({
        from: instant,
        to: instant,
        reason: z.string(),
        version: z.int(),
        coveredBy: z.int().nullable(),
      }),
    ),
    otherPolicies: z
      .array(
        z.object({
          how: z.enum(["inline", "attached"]),
          id: z.string(),
          version: z.string().nullable(),
          hash: z.string(),
        }),
      )
      .nullable(),
    twoPeople: z.boolean().nullable(),
    counts: z.enum(["applied", "approved"]),
    permissions: list(
      permission.extend({
        basis: z.enum(["seen", "inferred", "asked", "kept"]),
        since: instant,
        approvedBy: z.string().nullable(),
        mergeRequest: mergeRequest.nullable(),
        evidence: z
          .object({ hash: z.string().nullable(), from: instant, to: instant, count: z.int().nullable() })
          .nullable(),
      }),
    ),
    changes: list(z.object({ version: z.int(), type: z.string(), occurredAt: instant })),
  })
  .openapi("Replay");

const changed = permission.extend({
  event: z
    .object({
      version: z.int(),
      type: z.string(),
      occurredAt: instant,
      by: z.string().nullable(),
      mergeRequest: mergeRequest.nullable(),
    })
    .nullable(),
});

export const changes = z.object({ added: list(changed), removed: list(changed) }).openapi("Changes");

export const found = z
  .object({
    events: list(
      z.object({
        stream: z.string(),
        roleArn: z.string().nullable(),
        application: z.string().nullable(),
        environment: z.string().nullable(),
        accountId: z.string().nullable(),
        version: z.int(),
        type: z.string(),
        occurredAt: instant,
        recordedAt: instant,
        actor,
        people: list(z.string()),
        correlationId: z.string(),
        hash: z.string(),
        services: list(z.string()),
        text: z.string(),
        actions: list(z.string()).optional(),
      }),
    ),
    read: z.int(),
    indexedTo: instant.nullable(),
    next: z.string().nullable(),
  })
  .openapi("Found");

export const whoCanRow = z
  .object({
    roleArn: z.string(),
    uniqueId: z.string(),
    application: z.string().nullable(),
    environment: z.string().nullable(),
    accountId: z.string(),
    answer: z.enum(["yes", "cannot tell"]),
    policy: z.enum(["applied", "approved"]),
    since: instant.nullable(),
    approvedBy: z.string().nullable(),
    mergeRequest: mergeRequest.nullable(),
    conditions: list(condition.unwrap()),
  })
  .openapi("WhoCan");

const lane = z.object({ lane: z.string(), used: z.int(), quota: z.int() }).openapi("Lane");

export const run = z
  .object({
    run: z.string(),
    roleArn: z.string(),
    project: z.string(),
    folder: z.string(),
    environment: z.string(),
    round: z.string(),
    requestedAt: instant,
    since: instant,
    state: z.enum(["waiting", "analysing", "merging", "proposed", "nothing-new", "failed"]),
    reason: z.string().nullable(),
    lane: z.string(),
    region: z.string(),
  })
  .openapi("Run");

export const status = z
  .object({
    queues: list(
      z.object({
        name: z.string(),
        visible: z.int(),
        inFlight: z.int(),
        delayed: z.int(),
        dead: z.int(),
      }),
    ),
    runs: list(z.object({ run: z.string(), role: z.string(), state: z.string(), since: instant })),
    lanes: list(lane),
    waiting: list(z.object({ application: z.string(), kind: z.string(), since: instant })),
    paused: z.object({ since: instant, by: z.string(), reason: z.string().nullable() }).nullable(),
  })
  .openapi("Status");

const count = z.int().min(0);
const waiting = mergeRequest
  .extend({
    ...{
      kind: z.string(),
      application: z.string(),
      title: z.string(),
      status: z.enum(["open", "frozen"]),
      openedAt: instant,
    },
    ...{ added: count, removed: count, roleArns: list(z.string()) },
    risks: z.object({ high: count, medium: count, low: count }),
  })
  .openapi("WaitingRequest");
const unapplied = z
  .object({
    ...{ roleArn: z.string(), application: z.string(), environment: z.string(), mergeRequest },
    ...{ approvedBy: z.string().nullable(), approvedAt: instant },
  })
  .openapi("WaitingApply");
const failed = z
  .object({
    ...{ application: z.string(), environment: z.string().nullable(), roleArn: z.string().nullable() },
    ...{ run: z.string().nullable(), reason: z.string() },
  })
  .openapi("Failed");
const excluded = z
  .object({
    ...{ application: z.string(), environment: z.string(), roleArn: z.string(), reason: z.string() },
  })
  .openapi("Excluded");
const lastRound = z
  .object({
    ...{ round: z.string(), plannedAt: instant, windowEnd: instant },
    ...{
      proposed: count,
      nothingNew: count,
      failed: count,
      underWay: count,
      notToldOf: count,
      excluded: count,
    },
  })
  .openapi("LastRound");

export const overview = z
  .object({
    round: lastRound.nullable(),
    roles: count,
    inScope: count,
    permissions: count,
    waitsForReview: list(waiting),
    waitsForApply: list(unapplied),
    failed: list(failed),
    excluded: list(excluded),
    growth: list(z.object({ day: z.string(), permissions: z.int() })),
    lanes: list(lane),
    indexedTo: instant.nullable(),
  })
  .openapi("Overview");

export const started = z.object({ round: z.string(), windowEnd: instant }).openapi("StartedRound");
export const rollback = z
  .object({
    order: z.string().nullable().meta({ description: "null: nothing was asked for (dryRun)" }),
    ...{ roleArn: z.string(), application: z.string(), environment: z.string() },
    ...{ version: z.int(), only: list(z.string()).nullable() },
    ...{ added: list(permission), removed: list(permission) },
    refusedBefore: list(permission.extend({ at: instant, by: z.string().nullable(), mergeRequest })),
    forbidden: list(permission),
    questions: list(z.object({ kind: z.string(), detail: z.string() })),
    proof: z.object({ holds: z.boolean(), outside: list(permission), lost: list(permission) }),
    waitsFor: mergeRequest.extend({ kind: z.string() }).nullable(),
  })
  .openapi("Rollback");

export const redriven = z.object({ queue: z.string(), sent: z.int() }).openapi("Redriven");
export const paused = z
  .object({ paused: z.boolean(), since: instant.nullable(), by: z.string().nullable() })
  .openapi("Paused");

/** What stands in the address of a request. */
export const asked = {
  role: z.object({
    id: z.string().min(1).max(2_000).meta({ description: "ARN, or a part of one that only one role has" }),
  }),
  time: z.string().max(40).optional().meta({ description: "a date (the whole UTC day) or a moment" }),
  number: z.coerce.number().int().min(1).max(999_999_999).optional(),
  text: z.string().min(1).max(2_000).optional(),
};
