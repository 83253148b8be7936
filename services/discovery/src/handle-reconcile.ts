import {
  type ApplicationEvent,
  applicationStream,
  digest,
  foldApplication,
  foldRole,
  type RoleEvent,
  roleStream,
  service,
} from "@plp/domain";
import type { ReconcileMessage } from "@plp/messaging";
import type { DiscoveryPorts } from "./ports.ts";
import { queueRuns } from "./queue-runs.ts";

/**
 * The daily tick at one folder: runs of its last round that were not queued for want of quota, or whose message was
 * lost, are sent again, and the publisher looks at its requests. A message too many does nothing.
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
  await queueRuns(roles, known, { place, round, cause }, ports);
  await ports.send.publish({ v: 1, type: "publish", ...place }, place);
}
