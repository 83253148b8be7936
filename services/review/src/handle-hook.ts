import { createHash, timingSafeEqual } from "node:crypto";
import type { ReviewsMessage } from "@plp/messaging";
import type { Log } from "@plp/runtime";
import { hookMessage } from "./hook-message.ts";

export interface HookPorts {
  /** One, or during a rotation two. */
  readonly secrets: readonly string[];
  /** Of the settings. */
  readonly projects: readonly string[];
  readonly send: { reviews(message: ReviewsMessage): Promise<void> };
  readonly log: Log;
}

export interface HookRequest {
  /** `X-Gitlab-Token`. */
  readonly token: string | undefined;
  readonly body: string;
}

/**
 * A delivery of GitLab's web hooks: 401 for a wrong token, and nothing else happens; 200 for everything that is authentic,
 * also for what we do not know, because GitLab disables a hook that is often answered otherwise. The only work is to
 * send its ids on; what does not arrive the poll finds.
 */
export async function handleHook({ token, body }: HookRequest, ports: HookPorts): Promise<200 | 401> {
  if (!isAuthentic(token ?? "", ports.secrets)) return 401;
  const message = hookMessage(jsonOf(body), ports.projects);
  if (message === null) return 200;
  try {
    await ports.send.reviews(message);
  } catch (error) {
    ports.log.error("a hook could not be sent on; the hourly poll finds what it told", { error, message });
  }
  return 200;
}

/** Takes the same time whichever secret it is, and wherever a wrong one differs. */
function isAuthentic(token: string, secrets: readonly string[]): boolean {
  const given = digestOf(token);
  return secrets.map((secret) => timingSafeEqual(given, digestOf(secret))).includes(true) && token !== "";
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
