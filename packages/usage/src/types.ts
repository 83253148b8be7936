import type { ConditionBlock } from "@plp/iam-policy";

export type DeniedBy = "identity" | "scp" | "boundary" | "resource" | "session" | "unknown";

export interface UsageExample {
  readonly eventID: string;
  readonly eventTime: string;
  readonly sessionName: string | null;
  readonly userAgent: string | null;
  readonly sourceIPAddress: string | null;
  /** The call was refused. An example of a call that was allowed outweighs one of a refusal. */
  readonly denied?: true;
}

/** How often a role used one permission within one hour of delivery. */
export interface UsagePermission {
  readonly action: string;
  /** An ARN or `*`; null where the record does not tell which resource of the action's types was meant. */
  readonly resource: string | null;
  /**
   * Where the resource is null: what the records do tell of it, `*` for the rest, for an addition that is widened. There
   * is one permission for each telling.
   */
  readonly patterns?: readonly string[];
  readonly condition: ConditionBlock | null;
  readonly inferred: boolean;
  /** Calls that passed authorization; `failed` of them failed later for another reason. */
  readonly authorized: number;
  readonly failed: number;
  readonly denied: number;
  readonly deniedBy: DeniedBy | null;
  readonly first: string;
  readonly last: string;
  readonly examples: readonly UsageExample[];
}

/** A call that no table maps to an action: reported, never guessed. */
export interface UnmappedCall {
  readonly eventSource: string;
  readonly eventName: string;
  readonly count: number;
}

/** Everything one role did in one hour of delivery of one account and Region. */
export interface HourUsage {
  readonly roleArn: string;
  readonly permissions: readonly UsagePermission[];
  readonly unmapped: readonly UnmappedCall[];
}

/** One hour of delivery of one account and Region. `hour` is `YYYY-MM-DDTHH`, UTC. */
export interface TrailHour {
  readonly accountId: string;
  readonly region: string;
  readonly hour: string;
}

/** The mark that an hour was read: which objects, and which of them could not be read. */
export interface HourMark extends TrailHour {
  readonly readAt: string;
  readonly files: readonly { readonly key: string; readonly etag: string }[];
  readonly bad: readonly { readonly key: string; readonly reason: string }[];
}

export interface RoleUsage extends TrailHour, HourUsage {}

export interface UsageStore {
  /**
   * Replaces everything that is known of the hour, then marks it. Whole items are put and surplus ones deleted, so
   * a repeat, a crash half-way and a late file lose nothing.
   */
  putHour(mark: HourMark, usage: readonly HourUsage[]): Promise<void>;
  /** The marks of the hours from..to (both included, `YYYY-MM-DDTHH`), strongly consistent. */
  marks(account: string, region: string, from: string, to: string): Promise<readonly HourMark[]>;
  /** What a role did in the hours from..to (both included), all Regions, of that account. */
  usageOf(roleArn: string, from: string, to: string): Promise<readonly RoleUsage[]>;
}
