import { foldRun, type Recorded, type RunEvent, runStream } from "@plp/domain";

/** One role in one round, as lists and the state of the system show it. */
export interface RunRow {
  readonly run: string;
  readonly roleArn: string;
  readonly project: string;
  readonly folder: string;
  readonly environment: string;
  readonly round: string;
  readonly requestedAt: string;
  /** When its last event happened. */
  readonly since: string;
  readonly state: "waiting" | "analysing" | "merging" | "proposed" | "nothing-new" | "failed";
  /** Why it failed. */
  readonly reason: string | null;
  readonly lane: string;
  readonly region: string;
  /** When PLP started generations for it. */
  readonly starts: readonly string[];
  readonly version: number;
  readonly recordedAt: string;
}

/** The row of a run from its whole stream; null where its beginning is gone, because the run has expired. */
export function runRow(stream: string, events: readonly Recorded<RunEvent>[]): RunRow | null {
  const { requested, parts, observed, end, version } = foldRun(events);
  const last = events.at(-1);
  if (requested === null || last === undefined) return null;
  const isStarted = parts.some(({ job }) => job !== null);
  return {
    run: stream.slice(runStream("").length),
    roleArn: requested.role.arn,
    ...requested.application,
    environment: requested.environment,
    round: requested.round,
    requestedAt: requested.at,
    since: last.occurredAt,
    state: end?.kind ?? (observed !== null ? "merging" : isStarted ? "analysing" : "waiting"),
    reason: end?.kind === "failed" ? end.reason : null,
    lane: requested.lane,
    region: requested.region,
    starts: events.flatMap((event) => (event.type === "AnalysisStarted" ? [event.data.startedAt] : [])),
    version,
    recordedAt: last.recordedAt,
  };
}
