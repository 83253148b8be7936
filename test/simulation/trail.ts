import type { HourUsage, UsagePermission } from "@plp/usage";
import type { ReadUsage } from "../../services/analysis-poller/src/ports.ts";
import type { Call, Organization } from "./organization.ts";
import type { Random } from "./random.ts";

/** CloudTrail's files of an hour of delivery; some are damaged, and some hours may not be listed at all. */
export function simulatedTrail(organization: Organization, random: Random, now: () => number) {
  const deliveredIn = (key: string) => (files.get(key) ?? []).filter((call) => call.deliveredAt <= now());
  const files = new Map<string, Call[]>();
  for (const call of organization.calls) {
    if (call.outcome === "unlogged") continue;
    const key = keyOf(call.role.accountId, call.role.region, call.hour);
    files.set(key, [...(files.get(key) ?? []), call]);
  }
  const damaged = new Set([...files.keys()].filter(() => random.chance(0.02)));
  const closed = new Set([...files.keys()].filter(() => random.chance(0.01)));
  return {
    damaged,
    closed,
    isUnreadable: (accountId: string, region: string, hour: string) => {
      const key = keyOf(accountId, region, hour);
      return damaged.has(key) || closed.has(key);
    },
    list(accountId: string, region: string, hour: string): { key: string; etag: string }[] | "denied" {
      const key = keyOf(accountId, region, hour);
      if (closed.has(key)) return "denied";
      const delivered = deliveredIn(key).length;
      return delivered === 0 ? [] : [{ key, etag: String(delivered) }];
    },
    read: (key: string): Uint8Array => Buffer.from(damaged.has(key) ? "{" : JSON.stringify(deliveredIn(key))),
  };
}

export type SimulatedTrail = ReturnType<typeof simulatedTrail>;

function keyOf(accountId: string, region: string, hour: string): string {
  return `${accountId}/${region}/${hour}.json`;
}

/** What the reader of log files does, for the simulated files. */
export const readSimulatedUsage: ReadUsage = (files) => {
  const bad: { key: string; reason: string }[] = [];
  const roles = new Map<string, Map<string, UsagePermission>>();
  for (const { key, bytes } of files) {
    const text = Buffer.from(bytes).toString("utf8");
    if (!text.endsWith("]")) {
      bad.push({ key, reason: "the file ends too early" });
      continue;
    }
    for (const call of JSON.parse(text) as Call[]) {
      const known = roles.get(call.role.arn) ?? new Map<string, UsagePermission>();
      const id = JSON.stringify([call.action, call.resource, call.condition]);
      known.set(id, added(known.get(id), call));
      roles.set(call.role.arn, known);
    }
  }
  const usage = [...roles].map(([roleArn, found]): HourUsage => {
    return { roleArn, permissions: [...found.values()], unmapped: [] };
  });
  return { roles: usage, bad };
};

function added(known: UsagePermission | undefined, call: Call): UsagePermission {
  const at = new Date(call.at).toISOString();
  const denied = (known?.denied ?? 0) + (call.outcome === "denied" ? 1 : 0);
  return {
    ...{ action: call.action, resource: call.resource, condition: call.condition, inferred: call.inferred },
    authorized: (known?.authorized ?? 0) + (call.outcome === "denied" ? 0 : 1),
    failed: (known?.failed ?? 0) + (call.outcome === "failed" ? 1 : 0),
    ...{ denied, deniedBy: denied > 0 ? "identity" : null },
    ...{ first: known?.first ?? at, last: at, examples: [] },
  };
}
