import {
  type ApplicationState,
  foldRun,
  type Recorded,
  type RoleId,
  type RunEvent,
  type RunState,
} from "@plp/domain";
import type { EventRow, RunView } from "@plp/web";

/** What the page shows of a run; null where its beginning is gone. `application`: the one that its role belongs to. */
export function runView(
  run: string,
  events: readonly Recorded<RunEvent>[],
  application: ApplicationState,
): RunView | null {
  const state = foldRun(events);
  const { requested, parts, end } = state;
  if (requested === null) return null;
  const proposal = end?.kind === "proposed" ? end.proposal : null;
  return {
    run,
    roleArn: requested.role.arn,
    application: application.round?.name ?? requested.application.folder,
    environment: requested.environment,
    round: requested.round,
    lane: requested.lane,
    window: requested.window,
    idle: requested.idle,
    requestedAt: requested.at,
    parts,
    observedAt: observedAt(state, events),
    end: end && { kind: end.kind, at: end.at, proposal, reason: end.kind === "failed" ? end.reason : null },
    request: proposal === null ? null : requestOf(application, requested.role, proposal),
    events: events.map(eventRow),
  };
}

function observedAt({ observed }: RunState, events: readonly Recorded<RunEvent>[]): string | null {
  if (observed === null) return null;
  return events.find(({ type }) => type === "AnalysisSucceeded")?.occurredAt ?? null;
}

/** The request that shows the proposal, or one that took its place since. */
function requestOf(
  { requests }: ApplicationState,
  { arn, uniqueId }: RoleId,
  proposal: number,
): RunView["request"] {
  const holding = [...requests.values()].filter(({ roles }) =>
    roles.some(
      ({ role, proposal: shown }) => role.arn === arn && role.uniqueId === uniqueId && shown >= proposal,
    ),
  );
  const [first] = holding.sort((a, b) => a.iid - b.iid);
  if (first === undefined) return null;
  const { iid, url, kind, title, openedAt, status } = first;
  return { iid, url, kind, title, openedAt, status };
}

function eventRow(event: Recorded<RunEvent>): EventRow {
  const { version, type, occurredAt, actor } = event;
  return { version, type, occurredAt, actor, says: runEventText(event) };
}

/** What an event of a run says, in half a sentence. */
function runEventText(event: RunEvent): string {
  switch (event.type) {
    case "AnalysisRequested":
      return `in lane ${event.data.lane}, ${event.data.region}${event.data.idle ? "; the role was not used" : ""}`;
    case "AnalysisStarted":
      return `job ${event.data.job}, attempt ${event.data.attempt}`;
    case "AnalysisSplit":
      return "AWS called it too large: analysed in two halves";
    case "AnalysisSucceeded":
      return `observed as version ${event.data.observed} of the role`;
    case "AnalysisFailed":
    case "MergeFailed":
      return event.data.reason;
    case "RunProposed":
      return `${event.data.kind}, proposal ${event.data.proposal} of the role`;
    case "NothingNew":
      return `${event.data.questions} questions, ${event.data.denied} denied`;
  }
}
