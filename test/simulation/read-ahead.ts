import { DAY, HOUR } from "./organization.ts";
import { readSimulatedUsage } from "./trail.ts";
import type { World } from "./world.ts";

/**
 * What the hourly tick does between rounds, in one go: most hours of the trail have been read when a round begins,
 * so that a simulation is not mostly about them. The others are left to the round's own messages.
 */
export async function readAhead(world: World): Promise<void> {
  const { organization, random, trail, usage, now } = world;
  const places = new Set(
    organization.roles.flatMap(({ accountId, region }) => [
      `${accountId} ${region}`,
      `${accountId} us-east-1`,
    ]),
  );
  for (const place of places) {
    const [accountId = "", region = ""] = place.split(" ");
    for (let at = now() - (organization.windowDays * 2 + 1) * DAY; at < now() - HOUR; at += HOUR) {
      const hour = new Date(at).toISOString().slice(0, 13);
      const files = trail.list(accountId, region, hour);
      if (files === "denied" || trail.isUnreadable(accountId, region, hour) || random.chance(0.06)) continue;
      const read = world.plant.readUsage?.(readSimulatedUsage) ?? readSimulatedUsage;
      const { roles, bad } = read(files.map(({ key }) => ({ key, bytes: trail.read(key) })));
      const mark = { accountId, region, hour, readAt: new Date(now()).toISOString(), files, bad };
      await usage.putHour(mark, roles);
    }
  }
}
