import type { Recorded } from "../event.ts";
import type { Window } from "../scope.ts";
import type { RequestedAnalysis, RunEvent } from "./events.ts";

export interface RunPart {
  readonly window: Window;
  readonly job: string | null;
  /** Counts the jobs started for this part. */
  readonly attempt: number;
  readonly startedAt: string | null;
}

export type RunEnd =
  | { readonly kind: "proposed"; readonly proposal: number; readonly at: string }
  | { readonly kind: "nothing-new"; readonly at: string }
  | { readonly kind: "failed"; readonly code: string; readonly reason: string; readonly at: string };

export interface RunState {
  readonly version: number;
  readonly requested: (RequestedAnalysis & { readonly at: string }) | null;
  readonly parts: readonly RunPart[];
  /** Version of the role's `UsageObserved`. */
  readonly observed: number | null;
  readonly end: RunEnd | null;
}

export const emptyRun: RunState = { version: 0, requested: null, parts: [], observed: null, end: null };

export function foldRun(events: readonly Recorded<RunEvent>[], from: RunState = emptyRun): RunState {
  return events.reduce(evolve, from);
}

function evolve(before: RunState, event: Recorded<RunEvent>): RunState {
  const state = { ...before, version: event.version };
  switch (event.type) {
    case "AnalysisRequested":
      return {
        ...state,
        requested: { ...event.data, at: event.occurredAt },
        parts: [unstarted(event.data.window)],
      };
    case "AnalysisStarted":
      return {
        ...state,
        parts: before.parts.map((part) =>
          sameWindow(part.window, event.data.part)
            ? { ...part, job: event.data.job, attempt: event.data.attempt, startedAt: event.data.startedAt }
            : part,
        ),
      };
    case "AnalysisSplit":
      return {
        ...state,
        parts: before.parts.flatMap((part) =>
          sameWindow(part.window, event.data.part) ? event.data.into.map(unstarted) : [part],
        ),
      };
    case "AnalysisSucceeded":
      return { ...state, observed: event.data.observed };
    case "AnalysisFailed":
    case "MergeFailed":
      return { ...state, end: { kind: "failed", ...event.data, at: event.occurredAt } };
    case "RunProposed":
      return { ...state, end: { kind: "proposed", proposal: event.data.proposal, at: event.occurredAt } };
    case "NothingNew":
      return { ...state, end: { kind: "nothing-new", at: event.occurredAt } };
  }
}

function unstarted(window: Window): RunPart {
  return { window, job: null, attempt: 0, startedAt: null };
}

export function sameWindow(a: Window, b: Window): boolean {
  return a.from === b.from && a.to === b.to;
}
