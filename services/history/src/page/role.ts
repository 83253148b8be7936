import { type AskedMoment, eventText, momentOf, type RoleHistory } from "@plp/audit";
import {
  backtestTotals,
  type Decision,
  eventsAt,
  type OpenProposal,
  type Recorded,
  type Replay,
  type RoleEvent,
  replayRole,
} from "@plp/domain";
import { parsePolicy, permissionsOf } from "@plp/iam-policy";
import type { Count, EventRow, OpenRequest, Period, RoleMoment } from "@plp/web";

type RoleRecord = Recorded<RoleEvent>;

/** What the page shows of a role at a moment. */
export function roleMoment(
  history: RoleHistory,
  asked: AskedMoment,
  openMergeRequests: readonly OpenRequest[],
): RoleMoment {
  const { role, events } = history;
  const moment = momentOf(asked, history);
  const replay = replayRole(events, moment);
  const { version, scope, state, proposed, approved, applied } = replay;
  const last = eventsAt(events, moment).at(-1);
  return {
    roleArn: role.arn,
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
    counts: replay.counts,
    permissions: replay.permissions,
    periods: periodsOf(replay, asked),
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
function eventRow(event: RoleRecord): EventRow {
  const { version, type, actor } = event;
  const run = "run" in event.data ? event.data.run : null;
  return { version, type, actor, run, occurredAt: timeOf(event), says: eventText(event) };
}

/** GitLab, AWS or a log said when it happened: what is no time gives way to when it was written down. */
function timeOf({ occurredAt, recordedAt }: RoleRecord): string {
  return Number.isNaN(Date.parse(occurredAt)) ? recordedAt : occurredAt;
}

/** The policies that stood at the moment, or at some time of the day. */
function periodsOf({ periods, appliedPeriods }: Replay, { at }: AskedMoment): readonly Period[] {
  const then = <P extends { readonly from: string; readonly to: string | null }>(all: readonly P[]) =>
    at?.isDay ? all.filter(({ from, to }) => from <= at.to && (to === null || to > at.from)) : all.slice(-1);
  return [
    ...then(appliedPeriods).map(({ from, to, version, permissions, job }) => ({
      ...{ policy: "applied" as const, from, to, version, permissions: permissions.length },
      ...{ by: job?.startedBy?.username ?? null, mergeRequest: null, commit: null, job: job?.url ?? null },
    })),
    ...then(periods).map(({ from, to, version, permissions, by, mergeRequest, commit }) => ({
      ...{ policy: "approved" as const, from, to, version, permissions: permissions.length },
      ...{ by, mergeRequest, commit, job: null },
    })),
  ];
}

function proposalOf(proposal: OpenProposal): RoleMoment["proposed"] {
  const { version, kind, at, added, removed, risks, questions, denied, backtest } = proposal;
  const told = { version, kind, at, added, removed, risks, questions, denied };
  return { ...told, backtest: backtest && backtestTotals([backtest]) };
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
