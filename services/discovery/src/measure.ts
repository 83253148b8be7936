import {
  type ApplicationEvent,
  type ApplicationId,
  applicationStream,
  foldApplication,
  foldRole,
  type PlannedRound,
  type RoleEvent,
  roleStream,
} from "@plp/domain";
import type { DiscoveryPorts } from "./ports.ts";
import { loadRun } from "./queue-runs.ts";

const HOUR = 3_600_000;
/** Older rounds are not looked at: by then the alarm has long gone off. */
const MOST_ROUNDS = 4;

/**
 * What alarms go by, once a day and folder: how long ago the last round began that came to its end, and how long the
 * oldest request has waited for a person.
 */
export async function measureFolder(
  place: ApplicationId,
  at: string,
  { store, metrics }: Pick<DiscoveryPorts, "store" | "metrics">,
): Promise<void> {
  const { events } = await store.load<ApplicationEvent>(applicationStream(place));
  const rounds = events.flatMap((event) => (event.type === "RoundPlanned" ? [event] : []));
  const newest = rounds.slice(-MOST_ROUNDS).reverse();
  let last = newest.at(-1);
  for (const round of newest) {
    if (!(await isFinished(round.data, store))) continue;
    last = round;
    break;
  }
  if (last !== undefined) metrics.put("HoursSinceFinishedRound", since(last.occurredAt, at));
  const waiting = [...foldApplication(events).requests.values()].filter(
    ({ status }) => status === "open" || status === "frozen",
  );
  if (waiting.length > 0)
    metrics.put(
      "RequestWaitingDays",
      Math.max(...waiting.map(({ openedAt }) => Math.floor(since(openedAt, at) / 24))),
    );
}

/** A run that nobody asked for yet counts while its role is in scope: it waits for a start of its lane. */
async function isFinished({ roles }: PlannedRound, store: DiscoveryPorts["store"]): Promise<boolean> {
  for (const { role, run } of roles) {
    const { requested, end } = await loadRun(store, run);
    if (end !== null) continue;
    if (requested !== null) return false;
    const { scope, retired } = foldRole((await store.load<RoleEvent>(roleStream(role))).events);
    if (scope?.generate === true && !retired) return false;
  }
  return true;
}

function since(then: string, at: string): number {
  return Math.max(0, Math.floor((Date.parse(at) - Date.parse(then)) / HOUR));
}
