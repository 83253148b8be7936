import {
  type ApplicationEvent,
  applicationStream,
  digest,
  foldRole,
  type PlannedRole,
  type RoleEvent,
  type RoleState,
  roleStream,
  service,
} from "@plp/domain";
import type { ApplicationMessage } from "@plp/messaging";
import { isUntouchable } from "@plp/runtime";
import { takeClaim } from "./claims.ts";
import type { ClaimedRole, Found, LeftOut, Look } from "./look.ts";
import { type FoundEnvironment, type Outputs, parseOutputs } from "./parse-outputs.ts";
import { fixPlan } from "./plan.ts";
import type { DiscoveryPorts } from "./ports.ts";
import { isIdle, queueRuns } from "./queue-runs.ts";
import { recordRoles, settleOthers } from "./record-roles.ts";
import { refuse, refuseBoth } from "./refuse.ts";

/**
 * Looks at one folder of a round: reads its outputs, claims its name and roles, fixes the runs of the round and sends
 * them on. What is wrong with the folder refuses it, what is wrong with one environment is told of that one.
 */
export async function handleApplication(message: ApplicationMessage, ports: DiscoveryPorts): Promise<void> {
  const { project, folder, round } = message;
  const place = { project, folder };
  const look: Look = {
    place,
    message,
    ports,
    cause: {
      occurredAt: ports.clock.now().toISOString(),
      actor: service("discovery"),
      correlationId: round,
      causationId: digest("application", round, project, folder),
    },
  };
  const repository = ports.repositories.find((candidate) => candidate.project === project);
  if (repository === undefined)
    return ports.log.warn("a folder of a project that the settings do not name", { project, folder });
  const read = await repository.outputs(folder, message.commit);
  const outputs: Outputs =
    read === null
      ? {
          kind: "refused",
          code: "outputs-missing",
          reason: `${folder}/plp.outputs.json is gone; apply the configuration again`,
        }
      : parseOutputs(read.text, place, read.source);
  if (outputs.kind === "refused") return refuse(look, place, outputs);
  const found = await claimAll(look, outputs);
  if (found === null) return;
  await plan(look, { ...found, source: read?.commit ?? { sha: message.commit, author: null } });
}

/** Claims the name and every role in scope; null when another folder claims one of them, which refuses both. */
async function claimAll(
  look: Look,
  outputs: Extract<Outputs, { kind: "application" }>,
): Promise<Omit<Found, "source"> | null> {
  const { place, cause, ports } = look;
  const { name } = outputs;
  const namesake = await takeClaim(place, { kind: "name", value: name, uniqueId: null }, cause, ports);
  if (namesake !== null) {
    const reason = (other: string) =>
      `application name ${name} is also used by ${other}; give one of them another name`;
    await refuseBoth(look, namesake, "name-claimed", reason);
    return null;
  }
  const failed = [...outputs.failed];
  const leftOut: LeftOut[] = [];
  const unseen: FoundEnvironment[] = [];
  const claimed: ClaimedRole[] = [];
  for (const environment of outputs.environments) {
    const { scope, roleArn } = environment;
    if (!scope.generate) {
      leftOut.push({ ...environment, reason: "generate = false" });
      continue;
    }
    if (isUntouchable(ports.settings, roleArn)) {
      leftOut.push({ ...environment, reason: "PLP never analyses this role (never_analyse)" });
      continue;
    }
    const role = await ports.roles.look(scope.accountId, roleArn);
    if (role.kind === "unavailable") {
      failed.push({ environment: scope.environment, reason: role.reason });
      unseen.push(environment);
      continue;
    }
    const { uniqueId, lastUsed } = role;
    const other = await takeClaim(place, { kind: "role", value: roleArn, uniqueId }, cause, ports);
    if (other !== null) {
      const reason = (folder: string) =>
        `role ${roleArn} is also used by ${folder}; two applications never share a role`;
      await refuseBoth(look, other, "role-claimed", reason);
      return null;
    }
    claimed.push({ ...environment, role: { arn: roleArn, uniqueId }, lastUsed });
  }
  return { name, claimed, leftOut, unseen, failed };
}

/** The application's stream first, then its roles, then their runs; the messages last, and always. */
async function plan(look: Look, found: Found): Promise<void> {
  const { place, cause, ports } = look;
  const states = await statesOf(found.claimed, ports);
  const fixed = await fixPlan(look, found, states);
  if (fixed === null) return finishOvertaken(look);
  const { application, plan: planned } = fixed;
  const claimed = [...found.claimed, ...plannedUnseen(planned.roles, found, look)];
  await settleOthers(look, found, application, planned);
  await recordRoles(look, { ...found, claimed }, application);
  const before = await statesOf(claimed, ports, states);
  const roles = claimed.map(({ scope, role, lastUsed }) => {
    const { closedTo = null } = before.get(roleStream(role)) ?? {};
    return { scope, role, idle: isIdle(lastUsed, closedTo), closedTo };
  });
  await queueRuns(planned.roles, roles, { place, round: planned.round, cause }, ports);
  await ports.send.reviews({ v: 1, type: "observe", round: planned.round, ...place });
  await ports.send.publish({ v: 1, type: "publish", ...place }, place);
}

async function statesOf(
  claimed: readonly ClaimedRole[],
  { store }: DiscoveryPorts,
  known: ReadonlyMap<string, RoleState> = new Map(),
): Promise<ReadonlyMap<string, RoleState>> {
  const states = new Map(known);
  for (const { role } of claimed) {
    const stream = roleStream(role);
    if (!states.has(stream)) states.set(stream, foldRole((await store.load<RoleEvent>(stream)).events));
  }
  return states;
}

/**
 * Roles that another delivery could look at when it fixed the plan, and this one cannot. They count as used, and all
 * that is to be written of them is written here too: the other delivery may end at any line, and this one takes the
 * message away.
 */
function plannedUnseen(plan: readonly PlannedRole[], { unseen }: Found, { ports }: Look): ClaimedRole[] {
  const lastUsed = ports.clock.now().toISOString();
  return plan.flatMap(({ role }) => {
    const environment = unseen.find(({ roleArn }) => roleArn === role.arn);
    return environment === undefined ? [] : [{ ...environment, role, lastUsed }];
  });
}

/**
 * A newer round was planned already, and nothing is begun any more. What an interrupted delivery of this round asked
 * for is sent on all the same: the newer plan may not know of it.
 */
async function finishOvertaken({ place, message, cause, ports }: Look): Promise<void> {
  const { round } = message;
  const { events } = await ports.store.load<ApplicationEvent>(applicationStream(place));
  const mine = events.find((event) => event.type === "RoundPlanned" && event.data.round === round);
  if (mine?.type === "RoundPlanned") await queueRuns(mine.data.roles, [], { place, round, cause }, ports);
  ports.log.info("a newer round was planned already", { ...place, round });
}
