import { type Cause, type DomainEvent, eventMaker, type Recorded } from "../event.ts";

/** What people decided about the system itself: one stream for all of it. */
export type ControlEvent =
  | DomainEvent<"RoundsPaused", { readonly reason: string | null }>
  | DomainEvent<"RoundsResumed", Readonly<Record<never, never>>>;

export interface ControlState {
  /** No new rounds; null: rounds begin. */
  readonly paused: { readonly since: string; readonly by: string; readonly reason: string | null } | null;
}

export const controlStream = "control#rounds";

const make = eventMaker<ControlEvent>();

export function foldControl(
  events: readonly Recorded<ControlEvent>[],
  from: ControlState = { paused: null },
): ControlState {
  return events.reduce(evolve, from);
}

function evolve(_before: ControlState, event: Recorded<ControlEvent>): ControlState {
  if (event.type === "RoundsResumed") return { paused: null };
  const { occurredAt: since, actor, data } = event;
  return { paused: { since, by: actor.name, reason: data.reason } };
}

/** No new rounds from now on. */
export function pauseRounds({ paused }: ControlState, reason: string | null, cause: Cause): ControlEvent[] {
  return paused === null ? [make("RoundsPaused", { reason }, cause)] : [];
}

/** New rounds again. */
export function resumeRounds({ paused }: ControlState, cause: Cause): ControlEvent[] {
  return paused === null ? [] : [make("RoundsResumed", {}, cause)];
}
