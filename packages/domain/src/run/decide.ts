import { type Cause, eventMaker } from "../event.ts";
import type { RequestKind, Window } from "../scope.ts";
import type { RequestedAnalysis, RunEvent } from "./events.ts";
import { type RunState, sameWindow } from "./fold.ts";

const make = eventMaker<RunEvent>();
const HOUR = 3_600_000;
/** A queue keeps a message for seven days: whatever could still bring a run on is gone a day after that. */
const DEADLINE_DAYS = 8;

/** Seconds since 1970 at which a run may be forgotten: fixed at its start. */
export function runExpiry(requestedAt: Date): number {
  return Math.floor(requestedAt.getTime() / 1000) + 120 * 86_400;
}

export function requestAnalysis(state: RunState, requested: RequestedAnalysis, cause: Cause): RunEvent[] {
  return state.requested === null ? [make("AnalysisRequested", requested, cause)] : [];
}

export function startAnalysis(
  state: RunState,
  started: {
    readonly job: string;
    readonly part: Window;
    readonly attempt: number;
    readonly startedAt: string;
  },
  cause: Cause,
): RunEvent[] {
  const part = state.parts.find(({ window }) => sameWindow(window, started.part));
  if (state.end !== null || part === undefined || part.attempt >= started.attempt) return [];
  return [make("AnalysisStarted", started, cause)];
}

/** Halves a part at a whole hour; nothing when it is too short to be halved. */
export function splitAnalysis(state: RunState, part: Window, cause: Cause): RunEvent[] {
  if (state.end !== null || !state.parts.some(({ window }) => sameWindow(window, part))) return [];
  const from = Date.parse(part.from);
  const to = Date.parse(part.to);
  const middle = new Date(Math.floor((from + to) / 2 / HOUR) * HOUR);
  if (middle.getTime() <= from || middle.getTime() >= to) return [];
  const at = middle.toISOString();
  return [
    make(
      "AnalysisSplit",
      {
        part,
        into: [
          { from: part.from, to: at },
          { from: at, to: part.to },
        ],
      },
      cause,
    ),
  ];
}

export function succeedAnalysis(state: RunState, observed: number, cause: Cause): RunEvent[] {
  return state.end === null && state.observed === null
    ? [make("AnalysisSucceeded", { observed }, cause)]
    : [];
}

export function failAnalysis(
  state: RunState,
  failure: { readonly code: string; readonly reason: string },
  cause: Cause,
): RunEvent[] {
  return state.end === null ? [make("AnalysisFailed", failure, cause)] : [];
}

/** A run that no message brought to its end in eight days fails, so that people see it and its role is free again. */
export function expireRun(state: RunState, now: Date, cause: Cause): RunEvent[] {
  if (state.requested === null || state.end !== null) return [];
  if (now.getTime() < Date.parse(state.requested.at) + DEADLINE_DAYS * 24 * HOUR) return [];
  const failure = {
    code: "run-deadline",
    reason: `the run did not end within ${DEADLINE_DAYS} days; see the dead letters, the next round tries again`,
  };
  return [make(state.observed === null ? "AnalysisFailed" : "MergeFailed", failure, cause)];
}

/** The end of a run: what the merge came to. A later merge of the same run changes the proposal, not the end. */
export function endRun(
  state: RunState,
  end:
    | { readonly kind: "proposed"; readonly request: RequestKind; readonly proposal: number }
    | { readonly kind: "nothing-new"; readonly questions: number; readonly denied: number }
    | { readonly kind: "failed"; readonly code: string; readonly reason: string },
  cause: Cause,
): RunEvent[] {
  if (state.end !== null) return [];
  if (end.kind === "proposed")
    return [make("RunProposed", { kind: end.request, proposal: end.proposal }, cause)];
  if (end.kind === "failed") return [make("MergeFailed", { code: end.code, reason: end.reason }, cause)];
  return [make("NothingNew", { questions: end.questions, denied: end.denied }, cause)];
}
