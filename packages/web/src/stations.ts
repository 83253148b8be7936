import type { RunView } from "./views.ts";
import { plural } from "./words.ts";

interface Stop {
  readonly service: string;
  readonly state: "done" | "now" | "waits" | "failed" | "skipped";
  /** When it came to that; null while it has not. */
  readonly at: string | null;
  readonly says: string;
}

/** One service on the way of a run; `after`: when the one before it was done. */
export interface Station extends Stop {
  readonly after: string | null;
}

/** Where a run is: discovery, analysis, merge, publishing and, where something is proposed, the people who review. */
export function stationsOf(run: RunView): readonly Station[] {
  const stops = [discovery(run), analysis(run), merge(run), publishing(run), review(run)];
  return stops.map((stop, index) => {
    const before = stops.slice(0, index).findLast(({ at }) => at !== null);
    return { ...stop, after: stop.at === null ? null : (before?.at ?? null) };
  });
}

function discovery({ requestedAt, idle }: RunView): Stop {
  const says = idle
    ? "found the role: not used since its last window"
    : "found the role, asked for its analysis";
  return { service: "discovery", state: "done", at: requestedAt, says };
}

function analysis({ observedAt, end, parts, idle }: RunView): Stop {
  const service = "analysis-poller";
  if (observedAt !== null) {
    return { service, state: "done", at: observedAt, says: "usage observed, joined with the trail" };
  }
  if (end?.kind === "failed")
    return { service, state: "failed", at: end.at, says: end.reason ?? "it failed" };
  if (end !== null) return { service, state: "skipped", at: null, says: "no usage to observe" };
  if (idle) return { service, state: "now", at: null, says: "closes the window without a generation" };
  const started = parts.filter(({ job }) => job !== null).length;
  const says =
    started === 0
      ? "waits for its lane"
      : `Access Analyzer generates, ${started} of ${plural(parts.length, "job")} started`;
  return { service, state: "now", at: null, says };
}

function merge({ observedAt, end }: RunView): Stop {
  const service = "merger";
  const says = "merges usage into the generated policy";
  if (end === null) return { service, state: observedAt === null ? "waits" : "now", at: null, says };
  if (end.kind === "failed" && observedAt === null)
    return { service, state: "skipped", at: null, says: "nothing to merge" };
  if (end.kind === "failed") return { service, state: "failed", at: end.at, says: end.reason ?? "it failed" };
  return {
    service,
    state: "done",
    at: end.at,
    says: end.kind === "proposed" ? "proposed what is new, proved not wider" : "found nothing new",
  };
}

function publishing({ end, request }: RunView): Stop {
  const service = "mr-publisher";
  if (end === null) return { service, state: "waits", at: null, says: "opens a draft merge request" };
  if (end.kind !== "proposed") return { service, state: "skipped", at: null, says: "nothing to publish" };
  if (request === null) {
    return { service, state: "now", at: null, says: "waits until every role of the application has ended" };
  }
  return { service, state: "done", at: request.openedAt, says: `shows it in !${request.iid}` };
}

function review({ end, request }: RunView): Stop {
  const service = "reviewer";
  const says = "reads, then merges or closes";
  if (request?.status === "merged" || request?.status === "closed")
    return { service, state: "done", at: null, says: `${request.status} it` };
  if (request !== null) return { service, state: "now", at: null, says };
  if (end === null || end.kind === "proposed") return { service, state: "waits", at: null, says };
  return { service, state: "skipped", at: null, says: "nothing to decide" };
}
