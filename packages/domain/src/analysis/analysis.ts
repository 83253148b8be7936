import type { ConditionBlock } from "@plp/iam-policy";
import type { RoleId } from "../ids.ts";
import type { Gap } from "../role/events.ts";
import type { Window } from "../scope.ts";

export type DeniedBy = "identity" | "scp" | "boundary" | "resource" | "session" | "unknown";

/** What the trail tells of one permission over a whole window. */
export interface ObservedPermission {
  readonly action: string;
  /** An ARN or `*`; null where the records do not tell which resource was meant. */
  readonly resource: string | null;
  /** Where `resource` is null: what the records do tell of it, such as `arn:aws:s3:::shop/*`. */
  readonly patterns?: readonly string[];
  readonly condition: ConditionBlock | null;
  readonly inferred: boolean;
  readonly authorized: number;
  readonly failed: number;
  readonly denied: number;
  readonly deniedBy: DeniedBy | null;
  readonly first: string;
  readonly last: string;
  /** The Regions in which it was used. */
  readonly regions: readonly string[];
  readonly examples: readonly {
    readonly eventID: string;
    readonly eventTime: string;
    readonly sessionName: string | null;
    readonly userAgent: string | null;
    readonly sourceIPAddress: string | null;
    /** The call was refused. An example of a call that was allowed outweighs one of a refusal. */
    readonly denied?: true;
  }[];
}

export interface TrailView {
  readonly permissions: readonly ObservedPermission[];
  readonly unmapped: readonly {
    readonly eventSource: string;
    readonly eventName: string;
    readonly count: number;
  }[];
}

export interface AccessedService {
  readonly service: string;
  readonly lastAuthenticated: string | null;
}

/** Everything that was found out about one role in one window: the evidence, kept as a blob under its hash. */
export interface Analysis {
  readonly schemaVersion: 1;
  readonly run: string;
  readonly role: RoleId;
  readonly window: Window;
  readonly gaps: readonly Gap[];
  /** The documents of `GetGeneratedPolicy`, as AWS wrote them; null where Access Analyzer was not asked. */
  readonly generated: { readonly policies: readonly string[]; readonly complete: boolean | null } | null;
  /** Null where PLP does not read the trail. */
  readonly trail: TrailView | null;
  /** IAM's services last accessed; null where it was not to be had. */
  readonly lastAccessed: readonly AccessedService[] | null;
}

interface HourOfUsage {
  readonly region: string;
  readonly permissions: readonly Omit<ObservedPermission, "regions">[];
  readonly unmapped: TrailView["unmapped"];
}

const MOST_EXAMPLES = 3;
/** Which refusal stands for several: first the one that a reviewer of this policy can do something about. */
const MOST_TELLING = ["identity", "boundary", "scp", "session", "resource", "unknown"] as const;

/** Adds up the hours of a window; the order of the hours makes no difference. */
export function sumUsage(hours: readonly HourOfUsage[]): TrailView {
  const permissions = new Map<string, ObservedPermission>();
  const unmapped = new Map<string, TrailView["unmapped"][number]>();
  for (const hour of hours) {
    for (const found of hour.permissions) {
      const key = JSON.stringify([found.action, found.resource, found.condition, found.inferred]);
      const known = permissions.get(key);
      permissions.set(
        key,
        known === undefined ? { ...found, regions: [hour.region] } : add(known, found, hour.region),
      );
    }
    for (const call of hour.unmapped) {
      const key = `${call.eventSource} ${call.eventName}`;
      unmapped.set(key, { ...call, count: call.count + (unmapped.get(key)?.count ?? 0) });
    }
  }
  return { permissions: sorted(permissions), unmapped: sorted(unmapped) };
}

function add(
  known: ObservedPermission,
  found: Omit<ObservedPermission, "regions">,
  region: string,
): ObservedPermission {
  const patterns = [...new Set([...(known.patterns ?? []), ...(found.patterns ?? [])])].sort();
  const refusals = new Set([known, found].filter(({ denied }) => denied > 0).map(({ deniedBy }) => deniedBy));
  return {
    ...known,
    ...(patterns.length === 0 ? {} : { patterns }),
    authorized: known.authorized + found.authorized,
    failed: known.failed + found.failed,
    denied: known.denied + found.denied,
    deniedBy: MOST_TELLING.find((by) => refusals.has(by)) ?? null,
    first: known.first < found.first ? known.first : found.first,
    last: known.last > found.last ? known.last : found.last,
    regions: [...new Set([...known.regions, region])].sort(),
    examples: [...known.examples, ...found.examples]
      .sort((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))
      .filter((example, i, all) => all.findIndex((other) => other.eventID === example.eventID) === i)
      .slice(0, MOST_EXAMPLES),
  };
}

function rankOf({ denied, eventTime, eventID }: ObservedPermission["examples"][number]): string {
  return `${denied === true ? 1 : 0}${eventTime}${eventID}`;
}

function sorted<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
