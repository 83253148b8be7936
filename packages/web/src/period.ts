import { requestLink } from "./address.ts";
import { type Child, html } from "./html.ts";
import type { Period } from "./views.ts";

/** Who made a policy stand, in a few words. */
export function decidedBy({ policy, by, mergeRequest }: Period): string {
  if (policy === "proposed") return "waits for a reviewer";
  if (policy === "applied") return by === null ? "found in AWS" : `${by} started apply`;
  const who = by ?? "somebody";
  return mergeRequest === null ? `${who} committed` : `${who} merged`;
}

/** The same with its request. */
export function decisionText(period: Period): Child {
  const request = requestLink(period.mergeRequest);
  return request === null ? decidedBy(period) : html`${decidedBy(period)} ${request}`;
}
