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
});

/** Look at one application of the round. */
export const applicationMessage = z.strictObject({
  v: z.literal(1),
  type: z.literal("application"),
  round: id,
  windowEnd: instant,
  /** The commit of the default branch that the round saw. */
  commit: id,
  ...application,
});

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

/** Bring GitLab to what the streams of the application say. */
export const publishMessage = z.strictObject({ v: z.literal(1), type: z.literal("publish"), ...application });

export type RoundMessage = z.infer<typeof roundMessage>;
export type ApplicationMessage = z.infer<typeof applicationMessage>;
export type AnalysisMessage = z.infer<typeof analysisMessage>;
export type TrailMessage = z.infer<typeof trailMessage>;
export type MergeMessage = z.infer<typeof mergeMessage>;
export type PublishMessage = z.infer<typeof publishMessage>;
