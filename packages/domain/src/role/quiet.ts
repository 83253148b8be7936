import type { Window } from "../scope.ts";
import type { ObservedUsage } from "./events.ts";
import type { RoleState } from "./state.ts";

const DAY = 86_400_000;

/** How long a role has been watched without a hole, and used nothing new. Times are ISO 8601 UTC. */
export interface Quiet {
  /** The last moment at which something new was used, or from which on there is no hole. */
  readonly since: string;
  /** Whole days from there to the end of what was analysed. */
  readonly days: number;
}

/**
 * Since when the role's calls are known without a hole up to the end of the last closed window; null while that window
 * itself has holes at its end, or PLP did not read the trail in it. A hole that a later analysis covers is none.
 */
export function coveredSince(state: RoleState): string | null {
  const { closedTo } = state;
  if (closedTo === null) return null;
  const spans = [...state.observations.values()]
    .filter(({ closed, analyzer }) => closed && analyzer !== "access-analyzer")
    .flatMap(spansOf)
    .sort((a, b) => (a.from < b.from ? 1 : -1));
  let since: string | null = null;
  let reached = closedTo;
  // From the newest backwards: each span that touches what is covered so far takes it further back.
  for (let isNew = true; isNew; ) {
    isNew = false;
    for (const { from, to } of spans) {
      if (to < reached || from >= reached) continue;
      since = from;
      reached = from;
      isNew = true;
    }
  }
  return since;
}

/** What of a window is known: all but its gaps. */
function spansOf({ window, gaps }: ObservedUsage): readonly Window[] {
  let left: readonly Window[] = [window];
  for (const gap of gaps) {
    left = left.flatMap(({ from, to }) =>
      gap.to <= from || gap.from >= to
        ? [{ from, to }]
        : [
            ...(from < gap.from ? [{ from, to: gap.from }] : []),
            ...(gap.to < to ? [{ from: gap.to, to }] : []),
          ],
    );
  }
  return left;
}

/** Null while nothing was analysed without a hole. */
export function quietOf(state: RoleState): Quiet | null {
  const covered = coveredSince(state);
  if (covered === null || state.closedTo === null) return null;
  const news = [...state.proposals.values()]
    .filter(({ kind }) => kind === "grow" || kind === "asked")
    .flatMap(({ added, window }) => added.map(({ firstSeen }) => firstSeen ?? window.to));
  const since = [covered, ...news].reduce((a, b) => (Date.parse(a) >= Date.parse(b) ? a : b));
  const days = Math.floor((Date.parse(state.closedTo) - Date.parse(since)) / DAY);
  return { since, days: Math.max(0, days) };
}
