import type { Window } from "../scope.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const OVERLAP_HOURS = 6;
/** The longest time range of one policy generation (Access Analyzer quotas). */
const LONGEST_DAYS = 90;

/**
 * The window of a run that ends at `windowEnd`. It begins where the last closed one ended, less six hours, spans at
 * least `windowDays` and at most 90 days. `gap` is what no window will cover any more.
 */
export function nextWindow(input: {
  readonly closedTo: string | null;
  readonly windowEnd: string;
  readonly windowDays: number;
}): { readonly window: Window; readonly gap: Window | null } {
  const end = Date.parse(input.windowEnd);
  const wanted = end - input.windowDays * DAY;
  const joined = input.closedTo === null ? wanted : Date.parse(input.closedTo) - OVERLAP_HOURS * HOUR;
  const from = Math.max(Math.min(joined, wanted), end - LONGEST_DAYS * DAY);
  const window = { from: new Date(from).toISOString(), to: new Date(end).toISOString() };
  const uncovered = input.closedTo !== null && Date.parse(input.closedTo) < from;
  return { window, gap: uncovered ? { from: input.closedTo, to: window.from } : null };
}

/**
 * The hours of delivery that can hold events of a window (`YYYY-MM-DDTHH`, UTC): its own, and for the last events what is
 * delivered within an hour after them.
 */
export function hoursOf(window: Window): readonly string[] {
  const first = Math.floor(Date.parse(window.from) / HOUR);
  const last = Math.floor((Date.parse(window.to) + HOUR - 1) / HOUR);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    new Date((first + i) * HOUR).toISOString().slice(0, 13),
  );
}
