import {
  areTwoPeople,
  type EvidenceRef,
  type Replay,
  type ReplayedGap,
  type ReplayMoment,
  type RequestRef,
  replayRole,
} from "@plp/domain";
import type { Basis, Permission, PolicyDocument } from "@plp/iam-policy";
import { permanent } from "@plp/runtime";
import type { RoleHistory } from "./role-history.ts";
import type { GivenTime } from "./time.ts";

/** Which moment is meant: a time or a version, none: now; and only what was written down by `knownAt`. */
export interface AskedMoment {
  readonly at?: GivenTime | undefined;
  readonly version?: number | undefined;
  readonly knownAt?: GivenTime | undefined;
}

/** What `plp replay` and the API say of a role at a moment. */
export interface ReplayAnswer {
  readonly roleArn: string;
  readonly uniqueId: string;
  /** Of the last event that belongs to the moment; 0: the role was not known yet. */
  readonly version: number;
  readonly hash: string | null;
  readonly at: string | null;
  readonly mode: "observe" | "enforce" | null;
  readonly proposed: PolicyDocument | null;
  readonly approved: PolicyDocument | null;
  readonly applied: PolicyDocument | null;
  /** Did AWS have it when the role was read last? Null: it was not read since. */
  readonly confirmed: boolean | null;
  readonly hashes: Readonly<Record<"proposed" | "approved" | "applied", string | null>>;
  readonly gaps: readonly ReplayedGap[];
  readonly otherPolicies: Replay["otherPolicies"];
  /** Were merge and apply done by two people? Null: not known. */
  readonly twoPeople: boolean | null;
  /** Which policy the permissions are of. */
  readonly counts: Replay["counts"];
  readonly permissions: readonly (Permission & {
    readonly basis: Basis;
    readonly since: string;
    readonly approvedBy: string | null;
    readonly mergeRequest: RequestRef | null;
    readonly evidence: EvidenceRef | null;
  })[];
  /** Events of the day that was asked for. */
  readonly changes: readonly {
    readonly version: number;
    readonly type: string;
    readonly occurredAt: string;
  }[];
}

/** The moment as the domain takes it; the faults `bad-moment` and `no-such-version`. */
export function momentOf({ at, version, knownAt }: AskedMoment, { role, events }: RoleHistory): ReplayMoment {
  if (at !== undefined && version !== undefined)
    throw permanent("bad-moment", "a time and a version exclude each other: give one of them");
  if (version !== undefined && version > events.length)
    throw permanent(
      "no-such-version",
      `version ${version}: the history of ${role.arn} ends at version ${events.length}`,
    );
  return {
    ...(at === undefined ? {} : { at: at.to }),
    ...(version === undefined ? {} : { version }),
    ...(knownAt === undefined ? {} : { knownAt: knownAt.to }),
  };
}

/** What a role could do at a moment, since when, on which evidence, and who approved it. */
export function replayAnswer(history: RoleHistory, asked: AskedMoment): ReplayAnswer {
  const { role, events } = history;
  const replay = replayRole(events, momentOf(asked, history));
  const { proposed, approved, applied, scope } = replay;
  return {
    roleArn: role.arn,
    uniqueId: role.uniqueId,
    version: replay.version,
    hash: replay.hash,
    at: asked.at?.to ?? events[replay.version - 1]?.occurredAt ?? null,
    mode: scope?.mode ?? null,
    proposed: proposed?.policy ?? null,
    approved: approved?.policy ?? null,
    applied: applied?.policy ?? null,
    confirmed: replay.confirmed,
    hashes: {
      proposed: proposed?.policyHash ?? null,
      approved: approved?.policyHash ?? null,
      applied: applied?.policyHash ?? null,
    },
    gaps: replay.gaps,
    otherPolicies: replay.otherPolicies,
    twoPeople: areTwoPeople(replay.hands),
    counts: replay.counts,
    permissions: replay.permissions.map(
      ({ action, resource, condition, basis, since, approvedBy, mergeRequest, evidence }) => ({
        ...{ action, resource, condition, basis, since, approvedBy, mergeRequest, evidence },
      }),
    ),
    changes: changesOn(asked.at, history),
  };
}

function changesOn(at: GivenTime | undefined, { events }: RoleHistory): ReplayAnswer["changes"] {
  if (!at?.isDay) return [];
  return events
    .filter(({ occurredAt }) => at.from <= occurredAt && occurredAt <= at.to)
    .map(({ version, type, occurredAt }) => ({ version, type, occurredAt }));
}
