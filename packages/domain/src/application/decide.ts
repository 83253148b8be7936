import { isDeepStrictEqual } from "node:util";
import { type Cause, eventMaker } from "../event.ts";
import type { Person } from "../role/events.ts";
import type { ApplicationEvent, FreezeReason, PlannedRound, RequestContent } from "./events.ts";
import { type ApplicationState, openRequest } from "./fold.ts";

const make = eventMaker<ApplicationEvent>();

/** What a round found in the folder. The first plan of a round stands, and a late message plans nothing behind a newer one. */
export function planRound(state: ApplicationState, plan: PlannedRound, cause: Cause): ApplicationEvent[] {
  const isLate = state.round !== null && plan.windowEnd < state.round.windowEnd;
  return isLate || state.rounds.has(plan.round) ? [] : [make("RoundPlanned", plan, cause)];
}

/** The folder cannot be taken up; said once per round and reason. */
export function refuseApplication(
  state: ApplicationState,
  refusal: {
    readonly round: string;
    readonly code: string;
    readonly reason: string;
    readonly other: string | null;
  },
  cause: Cause,
): ApplicationEvent[] {
  return isDeepStrictEqual(state.refused, refusal) ? [] : [make("ApplicationRefused", refusal, cause)];
}

/** A request was created, or an interrupted creation was found again. */
export function openedRequest(
  state: ApplicationState,
  content: RequestContent,
  cause: Cause,
): ApplicationEvent[] {
  return state.requests.has(content.iid) || openRequest(state, content.kind) !== null
    ? []
    : [make("RequestOpened", content, cause)];
}

/**
 * A request was created while people reopened another one of its kind: theirs stays open, and this one counts as closed at
 * once, which is no decision.
 */
export function openedBeside(
  state: ApplicationState,
  content: RequestContent,
  closed: { readonly closedBy: Person | null; readonly closedAt: string },
  cause: Cause,
): ApplicationEvent[] {
  if (state.requests.has(content.iid)) return [];
  const { kind, iid } = content;
  return [
    make("RequestOpened", content, cause),
    make("RequestClosed", { kind, iid, ...closed, decision: false }, cause),
  ];
}

/** Branch, title or description were rendered anew; never those of a request that people have taken over. */
export function updateRequest(
  state: ApplicationState,
  content: RequestContent,
  cause: Cause,
): ApplicationEvent[] {
  const request = state.requests.get(content.iid);
  if (request?.status !== "open") return [];
  const keys = Object.keys(content) as (keyof RequestContent)[];
  // Rebuilt as a reviewer asked: that it was is said, also when nothing came of it.
  if (request.givenUp !== null && request.givenUp.head !== null)
    return [make("RequestUpdated", content, cause)];
  const isShown = keys.every((key) => isDeepStrictEqual(request[key], content[key]));
  return isShown ? [] : [make("RequestUpdated", content, cause)];
}

/** People have taken the request over: it is not ours to change any more. */
export function freezeRequest(
  state: ApplicationState,
  frozen: { readonly iid: number; readonly why: FreezeReason; readonly by: string | null },
  cause: Cause,
): ApplicationEvent[] {
  const request = state.requests.get(frozen.iid);
  return request?.status === "open" ? [make("RequestFrozen", { kind: request.kind, ...frozen }, cause)] : [];
}

export function mergeRequest(
  state: ApplicationState,
  merged: {
    readonly iid: number;
    readonly mergeCommit: string;
    readonly mergedBy: Person | null;
    readonly mergedAt: string;
  },
  cause: Cause,
): ApplicationEvent[] {
  const request = state.requests.get(merged.iid);
  if (request === undefined || request.status === "merged") return [];
  return [make("RequestMerged", { kind: request.kind, ...merged }, cause)];
}

export function closeRequest(
  state: ApplicationState,
  closed: {
    readonly iid: number;
    readonly closedBy: Person | null;
    readonly closedAt: string;
    readonly decision: boolean;
  },
  cause: Cause,
): ApplicationEvent[] {
  const request = state.requests.get(closed.iid);
  if (request === undefined || request.status === "merged" || request.status === "closed") return [];
  return [make("RequestClosed", { kind: request.kind, ...closed }, cause)];
}

export function reopenRequest(state: ApplicationState, iid: number, cause: Cause): ApplicationEvent[] {
  const request = state.requests.get(iid);
  return request?.status === "closed" ? [make("RequestReopened", { kind: request.kind, iid }, cause)] : [];
}
