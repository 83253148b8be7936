import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  commitId,
  emptyRole,
  foldApplication,
  nextWindow,
  type PlannedRole,
  type PlannedRound,
  planRound,
  type RoleId,
  type RoleState,
  roleStream,
  runId,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { Found, Look } from "./look.ts";
import type { FoundEnvironment } from "./parse-outputs.ts";
import type { DiscoveryPorts } from "./ports.ts";
import { loadRun } from "./queue-runs.ts";

/**
 * The plan of this round: what a first delivery fixed, or one made now. Null for a message that comes after a newer
 * round was planned: there is nothing left for it to do.
 */
export async function fixPlan(
  { place, message, cause, ports }: Look,
  { name, claimed, leftOut, failed }: Found,
  states: ReadonlyMap<string, RoleState>,
): Promise<{ readonly application: ApplicationState; readonly plan: PlannedRound } | null> {
  const stream = applicationStream(place);
  const before = foldApplication((await ports.store.load<ApplicationEvent>(stream)).events);
  const roles: PlannedRole[] = [];
  for (const { role, scope } of claimed) {
    const state = states.get(roleStream(role)) ?? emptyRole;
    roles.push(
      (await openRunOf(before, role, ports)) ?? planRole(role, scope, state, message.windowEnd, ports),
    );
  }
  const plan: PlannedRound = {
    round: message.round,
    windowEnd: message.windowEnd,
    commit: message.commit,
    ...(message.dryRun === true ? { dryRun: true } : {}),
    name,
    roles,
    excluded: leftOut.map(({ scope, roleArn, reason }) => ({
      environment: scope.environment,
      roleArn,
      reason,
    })),
    failed,
  };
  const { state } = await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide: (current) => planRound(current, plan, cause),
    commitId: commitId(cause.causationId, stream, "plan"),
  });
  return state.round?.round === plan.round ? { application: state, plan: state.round } : null;
}

function planRole(
  role: RoleId,
  scope: FoundEnvironment["scope"],
  state: RoleState,
  windowEnd: string,
  { settings }: DiscoveryPorts,
): PlannedRole {
  const { window } = nextWindow({
    closedTo: state.closedTo ?? state.discoveredAt,
    windowEnd,
    windowDays: settings.window_days,
  });
  const { environment, accountId, region } = scope;
  return { role, environment, accountId, region, run: runId(role, windowEnd), window };
}

/** A role whose last run has not ended yet keeps it: the lane does one thing at a time. */
async function openRunOf(
  before: ApplicationState,
  role: RoleId,
  ports: DiscoveryPorts,
): Promise<PlannedRole | null> {
  const last = before.round?.roles.find((planned) => roleStream(planned.role) === roleStream(role));
  if (last === undefined) return null;
  const run = await loadRun(ports.store, last.run);
  return run.requested !== null && run.end === null ? last : null;
}
