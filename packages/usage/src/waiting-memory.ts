import { laneKey, WAITING_MS, type WaitingLine, type WaitingRole, waitingSlot } from "./waiting.ts";

/** The waiting line in memory. */
export function memoryWaitingLine({ now }: { readonly now: () => Date }): WaitingLine {
  type Line = Map<string, WaitingRole & { readonly until: number }>;
  const lanes = new Map<string, Line>();
  const laneOf = (lane: string) => {
    const known = lanes.get(laneKey(lane));
    if (known !== undefined) return known;
    const fresh: Line = new Map();
    lanes.set(laneKey(lane), fresh);
    return fresh;
  };
  return {
    async join(lane, waiting) {
      laneOf(lane).set(waitingSlot(waiting), { ...waiting, until: now().getTime() + WAITING_MS });
    },
    async leave(lane, waiting) {
      laneOf(lane).delete(waitingSlot(waiting));
    },
    async first(lane, count) {
      return [...laneOf(lane)]
        .filter(([, { until }]) => until > now().getTime())
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, count)
        .map(([, { role, since, run }]) => ({ role, since, run }));
    },
  };
}
