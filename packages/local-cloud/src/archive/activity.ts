import { callerOf, mapRecord, parseRecord, type TrailRecord } from "@plp/cloudtrail";
import { accountOf, eventTime, type RawRecord, regionOf } from "./records.ts";

/** A role that the logs show, and how much it did where. */
export interface SeenRole {
  readonly arn: string;
  /** `AROA…`, from the records' principalId; null when none names it. */
  readonly uniqueId: string | null;
  readonly accountId: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly events: number;
  readonly regions: readonly {
    readonly region: string;
    readonly events: number;
    readonly lastSeen: string;
  }[];
}

export interface UsedAction {
  readonly action: string;
  readonly lastSeen: string;
  readonly region: string;
}

/** What a folder of logs says of its roles: also what was tried and refused, as AWS's own services see it. */
export interface Activity {
  add(record: RawRecord, deliveredAt: string | null): void;
  newestEvent(): string | null;
  roles(): readonly SeenRole[];
  accounts(): readonly string[];
  /**
   * The management actions that the role called or tried between two moments (both included), each with its last
   * time. `regions` null: everywhere.
   */
  used(
    roleArn: string,
    from: string,
    to: string,
    regions?: ReadonlySet<string> | null,
  ): readonly UsedAction[];
  /** How many events the role has in the window: what a generation would have to read. */
  events(roleArn: string, from: string, to: string): number;
}

interface RoleActivity {
  readonly arn: string;
  uniqueId: string | null;
  readonly accountId: string;
  first: string;
  last: string;
  readonly times: number[];
  readonly regions: Map<string, { events: number; last: string }>;
  /** `action region` → moments, in seconds since 1970. */
  readonly actions: Map<string, number[]>;
}

const seconds = (time: string) => Math.floor(Date.parse(time) / 1000);
const iso = (time: number) => new Date(time * 1000).toISOString().replace(".000Z", "Z");

const isDataEvent = (record: RawRecord) =>
  record.managementEvent === false || record.eventCategory === "Data";

/** The actions that the call itself is checked for; what only its parameters bring along is not in Access Analyzer's view. */
function actionsOf(record: TrailRecord): readonly string[] {
  const mapping = mapRecord(record);
  return mapping.kind === "actions"
    ? mapping.actions.filter(({ extra }) => !extra).map(({ action }) => action)
    : [];
}

/** An empty record of activity; the archive adds every record to it, in one pass. */
export function createActivity(): Activity {
  const roles = new Map<string, RoleActivity>();
  const accounts = new Set<string>();
  const seen = new Set<string>();
  let newest: string | null = null;

  function roleFor(arn: string, time: string): RoleActivity {
    const known = roles.get(arn);
    if (known !== undefined) return known;
    const fresh: RoleActivity = {
      arn,
      uniqueId: null,
      accountId: arn.split(":")[4] ?? "",
      first: time,
      last: time,
      times: [],
      regions: new Map(),
      actions: new Map(),
    };
    roles.set(arn, fresh);
    return fresh;
  }

  function addToRole(role: RoleActivity, raw: RawRecord, record: TrailRecord, time: string): void {
    if (time < role.first) role.first = time;
    if (time > role.last) role.last = time;
    const at = seconds(time);
    role.times.push(at);
    const region = regionOf(raw) ?? "us-east-1";
    const there = role.regions.get(region) ?? { events: 0, last: time };
    there.events += 1;
    if (time > there.last) there.last = time;
    role.regions.set(region, there);
    if (isDataEvent(raw)) return;
    for (const action of actionsOf(record)) {
      // CloudTrail does not track it, so neither AWS service names it.
      if (action === "iam:PassRole") continue;
      const key = `${action} ${region}`;
      const times = role.actions.get(key);
      if (times === undefined) role.actions.set(key, [at]);
      else times.push(at);
    }
  }

  return {
    add(record, deliveredAt) {
      const time = eventTime(record);
      if (time === null) return;
      const account = accountOf(record);
      if (account !== null) accounts.add(account);
      if ((deliveredAt === null || time <= deliveredAt) && (newest === null || time > newest)) newest = time;
      const parsed = parseRecord(record);
      const caller = parsed === null ? null : callerOf(parsed);
      if (parsed === null || caller === null) return;
      if (parsed.eventID !== null) {
        const key = `${account ?? ""} ${parsed.eventID}`;
        if (seen.has(key)) return;
        seen.add(key);
      }
      const activity = roleFor(caller.roleArn, time);
      // A role that was deleted and made again: the newest record tells who it is now.
      const { roleId } = caller;
      if (
        roleId !== null &&
        /^AROA[A-Z0-9]{4,124}$/.test(roleId) &&
        (activity.uniqueId === null || time >= activity.last)
      ) {
        activity.uniqueId = roleId;
      }
      addToRole(activity, record, parsed, time);
    },
    newestEvent: () => newest,
    accounts: () => [...accounts].sort(),
    roles: () =>
      [...roles.values()]
        .map((role) => ({
          arn: role.arn,
          uniqueId: role.uniqueId,
          accountId: role.accountId,
          firstSeen: role.first,
          lastSeen: role.last,
          events: role.times.length,
          regions: [...role.regions]
            .map(([region, { events, last }]) => ({ region, events, lastSeen: last }))
            .sort((a, b) => b.events - a.events || (a.region < b.region ? -1 : 1)),
        }))
        .sort((a, b) => (a.arn < b.arn ? -1 : 1)),
    used(roleArn, from, to, regions = null) {
      const latest = new Map<string, UsedAction & { readonly at: number }>();
      for (const [key, times] of roles.get(roleArn)?.actions ?? []) {
        const [action = "", region = ""] = key.split(" ");
        if (regions !== null && !regions.has(region)) continue;
        const at = lastWithin(times, seconds(from), seconds(to));
        if (at === null || at <= (latest.get(action)?.at ?? -1)) continue;
        latest.set(action, { action, region, lastSeen: iso(at), at });
      }
      return [...latest.values()]
        .map(({ action, region, lastSeen }) => ({ action, region, lastSeen }))
        .sort((a, b) => (a.action < b.action ? -1 : 1));
    },
    events(roleArn, from, to) {
      const [start, end] = [seconds(from), seconds(to)];
      return (roles.get(roleArn)?.times ?? []).filter((at) => at >= start && at <= end).length;
    },
  };
}

function lastWithin(times: readonly number[], from: number, to: number): number | null {
  let last: number | null = null;
  for (const at of times) if (at >= from && at <= to && (last === null || at > last)) last = at;
  return last;
}
