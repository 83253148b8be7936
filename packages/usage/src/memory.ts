import { UsageError } from "./errors.ts";
import { checkHour, checkRole, checkRoles, checkTrailHour, markKey } from "./keys.ts";
import type { HourMark, HourUsage, RoleUsage, TrailHour, UsageStore } from "./types.ts";

/** The usage store in memory: what was put is copied, so nobody changes it afterwards. */
export function memoryUsageStore(): UsageStore {
  const hours = new Map<string, { readonly mark: HourMark; readonly usage: readonly HourUsage[] }>();
  return {
    async putHour(mark, usage) {
      checkTrailHour(mark);
      checkRoles(usage.map(({ roleArn }) => roleArn));
      if (!Number.isFinite(Date.parse(mark.readAt)))
        throw new UsageError("bad-usage", `readAt is ${JSON.stringify(mark.readAt)}, no time.`);
      hours.set(`${markKey(mark.accountId, mark.region)}#${mark.hour}`, structuredClone({ mark, usage }));
    },
    async marks(accountId, region, from, to) {
      checkTrailHour({ accountId, region, hour: from });
      checkHour(to);
      return [...hours.values()]
        .map(({ mark }) => mark)
        .filter((mark) => mark.accountId === accountId && mark.region === region && within(mark, from, to))
        .sort(byHour)
        .map((mark) => structuredClone(mark));
    },
    async usageOf(roleArn, from, to) {
      checkRole(roleArn);
      checkHour(from);
      checkHour(to);
      const found: RoleUsage[] = [];
      for (const { mark, usage } of hours.values()) {
        if (!within(mark, from, to)) continue;
        const { accountId, region, hour } = mark;
        for (const one of usage)
          if (one.roleArn === roleArn) found.push({ accountId, region, hour, ...structuredClone(one) });
      }
      return found.sort(byHour);
    },
  };
}

function within({ hour }: TrailHour, from: string, to: string): boolean {
  return hour >= from && hour <= to;
}

function byHour(a: TrailHour, b: TrailHour): number {
  const [left, right] = [a, b].map(({ hour, region, accountId }) => `${hour}#${region}#${accountId}`);
  return left === right ? 0 : (left ?? "") < (right ?? "") ? -1 : 1;
}
