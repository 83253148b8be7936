import type { RequestKind, RequestRef } from "@plp/domain";
import type { Risk, Severity } from "@plp/iam-policy";
import type { ApplicationRow, OpenRequest } from "./application-view.ts";
import { indexedTo } from "./index-stream.ts";
import { applicationRows, growthRows, roleRows, runReader } from "./lists.ts";
import { type Lane, runsNow } from "./overview.ts";
import type { RoleRow, RoleStanding } from "./role-view.ts";
import type { RunRow } from "./run-view.ts";
import type { IndexTable } from "./table.ts";

/** What became of the roles in the last round of their applications. */
export interface LastRound {
  /** The newest one. */
  readonly round: string;
  readonly plannedAt: string;
  readonly windowEnd: string;
  readonly proposed: number;
  readonly nothingNew: number;
  readonly failed: number;
  readonly underWay: number;
  /** Planned so long ago that their runs are forgotten, or not requested yet for want of quota. */
  readonly notToldOf: number;
  readonly excluded: number;
}

/** A request that waits for a reviewer, with what it adds and removes in all its roles. */
export interface WaitingRequest extends OpenRequest {
  readonly application: string;
  readonly added: number;
  readonly removed: number;
  /** How many there are of each severity; the same in several roles is one. */
  readonly risks: Readonly<Record<Severity, number>>;
}

/** What was merged and AWS is not known to have. */
export interface WaitingApply {
  readonly roleArn: string;
  readonly application: string;
  readonly environment: string;
  readonly mergeRequest: RequestRef;
  readonly approvedBy: string | null;
  readonly approvedAt: string;
}

export interface HowThingsStand {
  /** Null: there was none yet. */
  readonly round: LastRound | null;
  readonly roles: number;
  readonly inScope: number;
  /** Of all approved policies. */
  readonly permissions: number;
  readonly waitsForReview: readonly WaitingRequest[];
  readonly waitsForApply: readonly WaitingApply[];
  /** Runs of the last round that failed, environments that could not be taken up, applications that were refused. */
  readonly failed: readonly {
    readonly application: string;
    readonly environment: string | null;
    readonly roleArn: string | null;
    readonly run: string | null;
    readonly reason: string;
  }[];
  readonly excluded: readonly {
    readonly application: string;
    readonly environment: string;
    readonly roleArn: string;
    readonly reason: string;
  }[];
  /** Approved permissions of all roles at the end of each day on which that changed, oldest first. */
  readonly growth: readonly { readonly day: string; readonly permissions: number }[];
  readonly lanes: readonly Lane[];
  readonly indexedTo: string | null;
}

/** How things stand, over all applications: from the lists of the index alone, whatever the length of the histories. */
export async function howThingsStand(index: IndexTable, now: Date): Promise<HowThingsStand> {
  const runsOn = runReader(index);
  const [roles, applications, growth, { lanes }, newest] = await Promise.all([
    roleRows(index),
    applicationRows(index),
    growthRows(index),
    runsNow(index, now, runsOn),
    indexedTo(index),
  ]);
  const planned = applications.filter(({ round }) => round !== null);
  const runs = new Map((await runsOn(daysOf(planned, now))).map((row) => [row.run, row]));
  const present = roles.filter(({ retired }) => !retired);
  return {
    round: lastRound(planned, runs),
    roles: present.length,
    inScope: present.filter(({ inScope }) => inScope).length,
    permissions: present.reduce((sum, { permissions }) => sum + permissions, 0),
    waitsForReview: applications.flatMap((application) => waiting(application, roles)),
    waitsForApply: present.flatMap(waitingApply),
    failed: applications.flatMap((application) => failures(application, runs)),
    excluded: planned.flatMap(({ name, round }) =>
      (round?.excluded ?? []).map((environment) => ({ application: name, ...environment })),
    ),
    growth: together(growth),
    lanes,
    indexedTo: newest,
  };
}

const DAY_MS = 86_400_000;
/** A run is requested within a week of its round's plan, or belongs to a round of the days before with the same window. */
const DAYS_AROUND = 8;
const MOST_DAYS = 60;

/** The days on which the runs of these rounds may have been requested, the newest first. */
function daysOf(applications: readonly ApplicationRow[], now: Date): readonly string[] {
  const days = new Set<string>();
  for (const { round } of applications) {
    const planned = Date.parse(round?.plannedAt ?? "");
    for (let away = -DAYS_AROUND; away <= DAYS_AROUND; away++) {
      const at = planned + away * DAY_MS;
      if (at < now.getTime() + DAY_MS) days.add(new Date(at).toISOString().slice(0, 10));
    }
  }
  return [...days].sort().reverse().slice(0, MOST_DAYS);
}

function lastRound(
  applications: readonly ApplicationRow[],
  runs: ReadonlyMap<string, RunRow>,
): LastRound | null {
  const rounds = applications.flatMap(({ round }) => round ?? []);
  const [newest] = [...rounds].sort((a, b) => (a.plannedAt < b.plannedAt ? 1 : -1));
  if (newest === undefined) return null;
  const states = rounds.flatMap(({ roles }) => roles.map(({ run }) => runs.get(run)?.state ?? null));
  const count = (...wanted: readonly (RunRow["state"] | null)[]) =>
    states.filter((state) => wanted.includes(state)).length;
  return {
    round: newest.round,
    plannedAt: newest.plannedAt,
    windowEnd: newest.windowEnd,
    proposed: count("proposed"),
    nothingNew: count("nothing-new"),
    failed: count("failed"),
    underWay: count("waiting", "analysing", "merging"),
    notToldOf: count(null),
    excluded: rounds.reduce((sum, { excluded }) => sum + excluded.length, 0),
  };
}

function waiting({ name, requests }: ApplicationRow, roles: readonly RoleRow[]): readonly WaitingRequest[] {
  return requests.map((request) => {
    const proposals = roles
      .filter(({ roleArn }) => request.roleArns.includes(roleArn))
      .flatMap((role) => role.proposals.filter(({ kind }) => kind === (request.kind satisfies RequestKind)));
    const sum = (what: "added" | "removed") => proposals.reduce((total, one) => total + one[what], 0);
    const risks = worstOf(proposals.flatMap(({ risks }) => risks));
    return { ...request, application: name, added: sum("added"), removed: sum("removed"), risks };
  });
}

const SEVERITIES = ["low", "medium", "high"] as const satisfies readonly Severity[];

function worstOf(risks: readonly Pick<Risk, "id" | "severity">[]): WaitingRequest["risks"] {
  const worst = new Map<string, number>();
  for (const { id, severity } of risks)
    worst.set(id, Math.max(worst.get(id) ?? 0, SEVERITIES.indexOf(severity)));
  const count = (severity: Severity) =>
    [...worst.values()].filter((rank) => SEVERITIES[rank] === severity).length;
  return { high: count("high"), medium: count("medium"), low: count("low") };
}

function waitingApply({ unapplied, roleArn, application, environment }: RoleRow): readonly WaitingApply[] {
  if (!unapplied || application === null || environment === null) return [];
  const { at: approvedAt, by: approvedBy, mergeRequest } = unapplied;
  return [{ roleArn, application, environment, mergeRequest, approvedBy, approvedAt }];
}

function failures(
  { name, round, refused }: ApplicationRow,
  runs: ReadonlyMap<string, RunRow>,
): HowThingsStand["failed"] {
  const nowhere = { roleArn: null, run: null };
  return [
    ...(refused === null
      ? []
      : [{ application: name, environment: null, ...nowhere, reason: refused.reason }]),
    ...(round?.failed ?? []).map(({ environment, reason }) => ({
      ...{ application: name, environment, ...nowhere, reason },
    })),
    ...(round?.roles ?? []).flatMap(({ environment, roleArn, run }) => {
      const row = runs.get(run);
      if (row?.state !== "failed") return [];
      return [{ application: name, environment, roleArn, run, reason: row.reason ?? "it failed" }];
    }),
  ];
}

/** The numbers of single roles as one: on each day the sum of what every role had then. */
function together(roles: readonly RoleStanding["growth"][]): HowThingsStand["growth"] {
  const changes = new Map<string, number>();
  for (const growth of roles) {
    let before = 0;
    for (const [day, permissions] of growth) {
      changes.set(day, (changes.get(day) ?? 0) + permissions - before);
      before = permissions;
    }
  }
  let permissions = 0;
  return [...changes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, change]) => {
      permissions += change;
      return { day, permissions };
    });
}
