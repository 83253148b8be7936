import { eventText } from "@plp/audit";
import {
  type Decision,
  eventsAt,
  type OpenProposal,
  type Recorded,
  type Replay,
  type ReplayMoment,
  type RoleEvent,
  replayRole,
} from "@plp/domain";
import { parsePolicy, permissionsOf } from "@plp/iam-policy";
import type { Count, EventRow, OpenRequest, Period, RoleMoment } from "@plp/web";

type RoleRecord = Recorded<RoleEvent>;

/** What the page shows of a role at a moment. `events`: its whole stream. */
export function roleMoment(
  roleArn: string,
  events: readonly RoleRecord[],
  moment: ReplayMoment,
  openMergeRequests: readonly OpenRequest[],
): RoleMoment {
  const replay = replayRole(events, moment);
  const { version, scope, state, proposed, approved, applied } = replay;
  const last = eventsAt(events, moment).at(-1);
  return {
    roleArn,
    scope: scope && {
      application: scope.application.name,
      environment: scope.environment,
      accountId: scope.accountId,
      region: scope.region,
      mode: scope.mode,
    },
    retired: state.retired,
    openMergeRequests,
    version,
    versions: events.length,
    at: last === undefined ? null : timeOf(last),
    hash: replay.hash,
    counts: "approved",
    permissions: replay.permissions,
    periods: periodsOf(replay),
    proposed: proposed && proposalOf(proposed),
    policies: {
      applied: applied?.policy ?? null,
      approved: approved?.policy ?? null,
      proposed: proposed?.policy ?? null,
    },
    confirmed: replay.confirmed,
    gaps: replay.gaps,
    otherPolicies: replay.otherPolicies?.map(({ id }) => id) ?? null,
    growth: growthOf(events),
    events: events.map(eventRow),
    event: last ?? null,
  };
}

/** What happened, as a list shows it. */
export function eventRow(event: RoleRecord): EventRow {
  const { version, type, actor } = event;
  return { version, type, actor, occurredAt: timeOf(event), says: eventText(event) };
}

/** GitLab, AWS or a log said when it happened: what is no time gives way to when it was written down. */
function timeOf({ occurredAt, recordedAt }: RoleRecord): string {
  return Number.isNaN(Date.parse(occurredAt)) ? recordedAt : occurredAt;
}

/** The policies that stood at the moment; of approved ones the last. */
function periodsOf({ periods, applied, state }: Replay): readonly Period[] {
  const approved = periods.slice(-1).map(({ from, to, version, permissions, by, mergeRequest, commit }) => ({
    ...{ policy: "approved" as const, from, to, version, permissions: permissions.length },
    ...{ by, mergeRequest, commit },
  }));
  if (applied === null) return approved;
  const { at, version, policy, job } = applied;
  const counted = permissionsOf(parsePolicy(policy, `version ${version} of ${state.version}`)).length;
  const inAws: Period = {
    ...{ policy: "applied", from: at, to: null, version, permissions: counted },
    ...{ by: job?.startedBy?.username ?? null, mergeRequest: null, commit: job?.commit ?? null },
  };
  return [inAws, ...approved];
}

function proposalOf({ version, kind, at, added, removed }: OpenProposal): RoleMoment["proposed"] {
  return { version, kind, at, added, removed };
}

/** How many permissions each approved policy had, oldest first. */
function growthOf(events: readonly RoleRecord[]): readonly Count[] {
  return events.filter(isDecision).map((event) => ({
    at: timeOf(event),
    permissions: permissionsOf(parsePolicy(event.data.policy, `version ${event.version}`)).length,
  }));
}

function isDecision(event: RoleRecord): event is Decision {
  return event.type === "ProposalApproved" || event.type === "PolicyEdited";
}
