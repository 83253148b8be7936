import { foldRole, type PlannedRole, type RoleEvent, roleStream } from "@plp/domain";
import type { TrailMessage } from "@plp/messaging";
import { analyzerFor } from "@plp/runtime";
import type { DiscoveryPorts } from "./ports.ts";
import { GLOBAL_REGION } from "./queue-runs.ts";

const HOUR = 3_600_000;
/** The hour that just ended, and two in which late files may have come since. */
const HOURS = 3;

/**
 * Has the last hours of delivery read in every account and Region where a role of the last round is still in scope.
 * Only hours that have ended: a mark says that an hour was read, and an hour that goes on cannot have been.
 */
export async function sendRecentHours(
  at: string,
  planned: readonly PlannedRole[],
  { store, settings, send }: Pick<DiscoveryPorts, "store" | "settings" | "send">,
): Promise<void> {
  const places = new Set<string>();
  for (const { role, accountId } of planned) {
    if (analyzerFor(settings, accountId) === "access-analyzer") continue;
    const { scope, retired } = foldRole((await store.load<RoleEvent>(roleStream(role))).events);
    if (scope === null || retired || !scope.generate) continue;
    for (const region of [...scope.regions, GLOBAL_REGION]) places.add(`${accountId} ${region}`);
  }
  const now = Math.floor(Date.parse(at) / HOUR);
  const messages = [...places].sort().flatMap((place) => {
    const [accountId = "", region = ""] = place.split(" ");
    return Array.from({ length: HOURS }, (_, back): TrailMessage => {
      const hour = new Date((now - back - 1) * HOUR).toISOString().slice(0, 13);
      return { v: 1, type: "trail", accountId, region, hour };
    });
  });
  await send.trail(messages);
}
