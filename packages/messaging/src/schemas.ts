import * as z from "zod";

// Ids only: a message means "look", the store says what is true.

const instant = z.iso.datetime();
const id = z.string().min(1).max(200);
const application = { project: id, folder: z.string().min(1).max(400) };

/** Begin a round. The Scheduler sends it; `windowEnd` is given where the round is not "now" (logs of the past). */
export const roundMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("round"),
  round: id,
  at: instant,
  windowEnd: instant.optional(),
  /** Only this folder. */
  folder: application.folder.optional(),
  /** Everything but what writes to GitLab. */
  dryRun: z.literal(true).optional(),
});

/** Find what no message carries any more: runs without an end, roles of a round not yet queued, requests to settle. */
export const tickMessage = z.strictObject({ v: z.literal(1), type: z.literal("tick"), at: instant });

/** Have the newest hours of the trail read, and late files with them. */
export const hourMessage = z.strictObject({ v: z.literal(1), type: z.literal("hour"), at: instant });

/** Look at one application of the round. */
export const applicationMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("application"),
  round: id,
  windowEnd: instant,
  /** The commit of the default branch that the round saw. */
  commit: id,
  dryRun: z.literal(true).optional(),
  ...application,
});

/** Bring what the application's last round left unfinished on its way again; `trail`: have its newest hours read, no more. */
export const reconcileMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("reconcile"),
  only: z.literal("trail").optional(),
  at: instant,
  ...application,
});

/** What the queues `rounds` and `applications` carry. */
export const roundsMessage = z.discriminatedUnion("type", [roundMessage, tickMessage, hourMessage]);
export const applicationsMessage = z.discriminatedUnion("type", [applicationMessage, reconcileMessage]);

/** Bring one run on; the message is also the timer of its polls. */
export const analysisMessage = z.strictObject({ v: z.literal(1), type: z.literal("analysis"), run: id });

/** Read one hour of delivery of one account and Region. */
export const trailMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("trail"),
  accountId: z.string().regex(/^\d{12}$/),
  region: z.string().regex(/^[a-z0-9-]{1,30}$/),
  hour: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d$/),
});

/** The analysis of a run has ended: merge it. */
export const mergeMessage = z.strictObject({ v: z.literal(1), type: z.literal("merge"), run: id });

/**
 * Bring a role's policy back to an earlier one. `wish` is what a person asked for, who is in no stream yet; without it the
 * order's open proposal is brought up to date.
 */
const restoreMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("restore"),
  order: id,
  role: z.strictObject({ arn: z.string().min(1).max(2048), uniqueId: id }),
  wish: z
    .strictObject({
      version: z.int().positive(),
      only: z.array(z.string().min(1).max(200)).max(500).nullable(),
      by: z.strictObject({ id, name: id }),
    })
    .optional(),
});

/** What the queue `merge` carries. */
export const mergeMessages = z.discriminatedUnion("type", [mergeMessage, restoreMessage]);

/** Bring GitLab to what the streams of the application say. */
export const publishMessage = z.strictObject({ v: z.literal(1), type: z.literal("publish"), ...application });

/** Bring the index items of a stream up to its end. */
const indexMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("index"),
  stream: z.string().min(1).max(2048),
});

/** Write the heads of all histories to the write-once store, under the day of `at`. */
const checkpointMessage = z.strictObject({ v: z.literal(1), type: z.literal("checkpoint"), at: instant });

/** What the queue `index` carries. */
export const indexMessages = z.discriminatedUnion("type", [indexMessage, checkpointMessage]);

export type IndexMessages = z.infer<typeof indexMessages>;
const iid = z.int().positive();

/** Look at what people did to the application's requests; `iid`: at that one alone. */
const lookMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("look"),
  ...application,
  iid: iid.optional(),
});

/** Something happened to this request, or was written beside it; `foundBy`: it was not a web hook that said so. */
const requestMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("request"),
  project: id,
  iid,
  foundBy: z.literal("poll").optional(),
});

/** Somebody pushed to this branch: from the one commit to the other. */
const pushMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("push"),
  project: id,
  branch: z.string().min(1).max(500),
  before: id,
  after: id,
});

/** A job of this pipeline began or ended. */
const pipelineMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("pipeline"),
  project: id,
  pipeline: z.int().positive(),
});

/** Read what the application's roles really have, once in this round. */
const observeMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("observe"),
  round: id,
  ...application,
});

/** Find in GitLab what changed lately and no hook told. */
const pollMessage = z.strictObject({ v: z.literal(1), type: z.literal("poll"), project: id, at: instant });

/** What the queue `reviews` carries. */
export const reviewsMessage = z.discriminatedUnion("type", [
  lookMessage,
  requestMessage,
  pushMessage,
  pipelineMessage,
  observeMessage,
  pollMessage,
]);

export type LookMessage = z.infer<typeof lookMessage>;
export type RequestMessage = z.infer<typeof requestMessage>;
export type PushMessage = z.infer<typeof pushMessage>;
export type PipelineMessage = z.infer<typeof pipelineMessage>;
export type ObserveMessage = z.infer<typeof observeMessage>;
export type PollMessage = z.infer<typeof pollMessage>;
export type ReviewsMessage = z.infer<typeof reviewsMessage>;
export type RoundMessage = z.infer<typeof roundMessage>;
export type HourMessage = z.infer<typeof hourMessage>;
export type TickMessage = z.infer<typeof tickMessage>;
export type ReconcileMessage = z.infer<typeof reconcileMessage>;
export type RoundsMessage = z.infer<typeof roundsMessage>;
export type ApplicationsMessage = z.infer<typeof applicationsMessage>;
export type ApplicationMessage = z.infer<typeof applicationMessage>;
export type AnalysisMessage = z.infer<typeof analysisMessage>;
export type TrailMessage = z.infer<typeof trailMessage>;
export type MergeMessage = z.infer<typeof mergeMessage>;
export type RestoreMessage = z.infer<typeof restoreMessage>;
export type PublishMessage = z.infer<typeof publishMessage>;
