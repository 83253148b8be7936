import * as z from "zod";

/** What a hook can ask for, by the word in GitLab's field `<word>_events`, and the name of the event in its header. */
export const hookEvents = {
  push: "Push Hook",
  merge_requests: "Merge Request Hook",
  note: "Note Hook",
  pipeline: "Pipeline Hook",
  job: "Job Hook",
} as const;

export type HookEvent = keyof typeof hookEvents;
export const hookEventNames = Object.keys(hookEvents) as HookEvent[];

/** A project hook as it lies on disk. */
export const hookSchema = z.object({
  id: z.int(),
  url: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  /** The secret that `X-Gitlab-Token` carries; never shown again. */
  token: z.string().nullable(),
  events: z.array(z.enum(hookEventNames)),
  createdAt: z.iso.datetime(),
  /** Failures in a row. */
  failures: z.int(),
  /** How often it was disabled for a while; each time lasts twice as long. */
  pauses: z.int(),
  disabled: z.union([z.object({ until: z.iso.datetime() }), z.literal("for good")]).nullable(),
});

export type Hook = z.infer<typeof hookSchema>;

/** GitLab's word for whether a hook is called. */
export function alertStatus(hook: Hook, now: Date): "executable" | "temporarily_disabled" | "disabled" {
  if (hook.disabled === null) return "executable";
  if (hook.disabled === "for good") return "disabled";
  return Date.parse(hook.disabled.until) > now.getTime() ? "temporarily_disabled" : "executable";
}

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * The hook after a delivery (webhooks.md of GitLab): a 4xx disables it until a test succeeds; the fourth 5xx or missing
 * answer in a row, and every one after it, for a minute and then twice as long each time, up to a day.
 */
export function afterDelivery(hook: Hook, status: number | null, now: Date): Hook {
  if (status !== null && status >= 200 && status < 400) {
    return { ...hook, failures: 0, pauses: 0, disabled: null };
  }
  const failures = hook.failures + 1;
  if (status !== null && status >= 400 && status < 500) return { ...hook, failures, disabled: "for good" };
  if (failures < 4) return { ...hook, failures };
  const until = new Date(now.getTime() + Math.min(day, minute * 2 ** hook.pauses));
  return { ...hook, failures, pauses: hook.pauses + 1, disabled: { until: until.toISOString() } };
}
