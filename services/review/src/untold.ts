import type { ApplicationEvent, Recorded } from "@plp/domain";

/** A web hook that comes later than this did not come: GitLab gives up after a few seconds, and tries again in minutes. */
const LATE_MS = 15 * 60_000;

/** Is there something among these that a web hook should have told of by now? */
export function isUntold(found: readonly Recorded<ApplicationEvent>[], now: Date): boolean {
  return found.some((event) => {
    const at = happenedAt(event);
    return at !== null && now.getTime() - Date.parse(at) > LATE_MS;
  });
}

/** When people did it in GitLab; null for what no hook tells of. */
function happenedAt(event: Recorded<ApplicationEvent>): string | null {
  switch (event.type) {
    case "RequestMerged":
      return event.data.mergedAt;
    case "RequestClosed":
      return event.data.closedAt;
    case "CommandGiven":
      return event.occurredAt;
    default:
      return null;
  }
}
