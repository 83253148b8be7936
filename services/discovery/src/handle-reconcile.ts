import {
  type ApplicationEvent,
  applicationStream,
  type Cause,
  commitId,
  digest,
  expireRun,
  foldApplication,
  foldRole,
  foldRun,
  type PlannedRole,
  type RoleEvent,
  type RunEvent,
  type RunState,
  roleStream,
  runStream,
  service,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { ReconcileMessage } from "@plp/messaging";
import { measureFolder } from "./measure.ts";
import type { DiscoveryPorts } from "./ports.ts";
import { isIdle, loadRun, needsStart, queueRuns } from "./queue-runs.ts";
import { sendRecentHours } from "./recent-hours.ts";

/**
 * The daily tick at one folder: runs of its last round that were not queued for want of quota, or whose message was
 * lost, are sent again, those past their deadline end, and the review looks at its requests. A message too many does nothing.
 */
export async function handleReconcile(message: ReconcileMessage, ports: DiscoveryPorts): Promise<void> {
  const place = { project: message.project, folder: message.folder };
  const application = foldApplication(
    (await ports.store.load<ApplicationEvent>(applicationStream(place))).events,
  );
  if (application.round === null) return;
  if (message.only === "trail") {
    await sendRecentHours(message.at, application.round.roles, ports);
    return;
  }
  const { round, roles } = application.round;
  const known = application.refused === null ? await knownRoles(roles, ports) : [];
  const cause = {
    occurredAt: ports.clock.now().toISOString(),
    actor: service("discovery"),
    correlationId: round,
    causationId: digest("reconcile", round, place.project, place.folder),
  };
  for (const planned of roles) {
    const role = known.find((candidate) => roleStream(candidate.role) === roleStream(planned.role));
    // Who still waits for a start of the lane waits as long as it takes.
    if (role !== undefined && needsStart(await loadRun(ports.store, planned.run), role, planned, ports))
      continue;
    await expire(planned.run, cause, ports);
  }
  await measureFolder(place, message.at, ports);
  await queueRuns(roles, known, { place, round, cause }, ports);
  await ports.send.reviews({ v: 1, type: "look", ...place });
}

/** The roles that are still in scope; of a run that was not asked for yet, whether the role was used at all. */
async function knownRoles(planned: readonly PlannedRole[], ports: DiscoveryPorts) {
  const known = [];
  for (const { role, run, accountId } of planned) {
    const { scope, retired, closedTo } = foldRole(
      (await ports.store.load<RoleEvent>(roleStream(role))).events,
    );
    if (scope === null || retired || !scope.generate) continue;
    const { requested } = await loadRun(ports.store, run);
    const found = requested === null ? await ports.roles.look(accountId, role.arn) : null;
    if (found?.kind === "unavailable") continue;
    const idle = requested?.idle ?? isIdle(found?.lastUsed ?? null, closedTo);
    known.push({ scope, role, idle, closedTo });
  }
  return known;
}

async function expire(
  run: string,
  cause: Cause,
  { store, clock, metrics, log }: DiscoveryPorts,
): Promise<void> {
  const stream = runStream(run);
  const { written } = await commit<RunEvent, RunState>(store, {
    stream,
    fold: foldRun,
    decide: (current) => expireRun(current, clock.now(), cause),
    commitId: commitId(cause.causationId, stream, "deadline"),
  });
  if (written.length === 0) return;
  metrics.put("RunsPastDeadline", 1);
  log.warn("a run was past its deadline", { run });
}
