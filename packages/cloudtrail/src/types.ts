import type { ConditionBlock } from "@plp/iam-policy";

/** What kind of policy refused; `unknown` where the message does not say. */
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

/** How often a role used one permission. The same shape as `@plp/usage` stores. */
export interface UsagePermission {
  readonly action: string;
  /** An ARN, or `*` for an action without resource types; null where the record does not tell the resource. */
  readonly resource: string | null;
  /** Where the resource is null: what the records do tell of it, `*` for the rest; one permission for each telling. */
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

/** Everything one role did in what was read. */
export interface HourUsage {
  readonly roleArn: string;
  readonly permissions: readonly UsagePermission[];
  readonly unmapped: readonly UnmappedCall[];
}

/** A file or line that could not be read, and why. */
export interface BadFile {
  readonly path: string;
  readonly reason: string;
}
