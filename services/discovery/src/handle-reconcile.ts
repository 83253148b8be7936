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
  type RoleEvent,
  type RunEvent,
  type RunState,
  roleStream,
  runStream,
  service,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { ReconcileMessage } from "@plp/messaging";
import type { DiscoveryPorts } from "./ports.ts";
import { queueRuns } from "./queue-runs.ts";

/**
 * The daily tick at one folder: runs of its last round that were not queued for want of quota, or whose message was
 * lost, are sent again, those past their deadline end, and the publisher looks at its requests. A message too many does nothing.
 */
export async function handleReconcile(message: ReconcileMessage, ports: DiscoveryPorts): Promise<void> {
  const place = { project: message.project, folder: message.folder };
  const application = foldApplication(
    (await ports.store.load<ApplicationEvent>(applicationStream(place))).events,
  );
  if (application.round === null) return;
  const { round, roles } = application.round;
  const known = [];
  for (const { role } of roles) {
    const { scope, retired } = foldRole((await ports.store.load<RoleEvent>(roleStream(role))).events);
    if (scope !== null && !retired) known.push({ scope, role, idle: false });
  }
  const cause = {
    occurredAt: ports.clock.now().toISOString(),
    actor: service("discovery"),
    correlationId: round,
    causationId: digest("reconcile", round, place.project, place.folder),
  };
  for (const { run } of roles) await expire(run, cause, ports);
  await queueRuns(roles, known, { place, round, cause }, ports);
  await ports.send.publish({ v: 1, type: "publish", ...place }, place);
}

async function expire(run: string, cause: Cause, { store, clock, log }: DiscoveryPorts): Promise<void> {
  const stream = runStream(run);
  const { written } = await commit<RunEvent, RunState>(store, {
    stream,
    fold: foldRun,
    decide: (current) => expireRun(current, clock.now(), cause),
    commitId: commitId(cause.causationId, stream, "deadline"),
  });
  if (written.length > 0) log.warn("a run was past its deadline", { run });
}
