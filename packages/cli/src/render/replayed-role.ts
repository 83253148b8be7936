import type { Replay, RoleEvent } from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import type { Given } from "../moment.ts";

/** What was asked about a role's past. */
export interface ReplayOptions {
  readonly at?: Given | undefined;
  readonly version?: number | undefined;
  readonly knownAt?: Given | undefined;
  /** Every permission, in the text for people. */
  readonly all?: boolean | undefined;
}

/** What the text for people is made of. */
export interface ReplayedRole {
  readonly roleArn: string;
  /** As it was asked for. */
  readonly asked: string;
  readonly options: ReplayOptions;
  readonly replay: Replay;
  /** What happened on the day that was asked for; empty for a moment. */
  readonly changes: readonly RecordedEvent<RoleEvent>[];
  /** The whole stream, as far as it was known then. */
  readonly events: readonly RecordedEvent<RoleEvent>[];
}
