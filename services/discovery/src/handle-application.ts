import {
  type ApplicationEvent,
  type ApplicationId,
  type ApplicationState,
  applicationStream,
  type Cause,
  commitId,
  digest,
  discoverRole,
  emptyRole,
  foldApplication,
  foldRole,
  nextWindow,
  type PlannedRole,
  type PlannedRound,
  planRound,
  type RoleEvent,
  type RoleId,
  type RoleState,
  refuseApplication,
  retireRole,
  roleStream,
  runId,
  type SourceCommit,
  service,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { ApplicationMessage } from "@plp/messaging";
import { isUntouchable } from "@plp/runtime";
import { dropClaim, takeClaim } from "./claims.ts";
import { type FoundEnvironment, type Outputs, parseOutputs } from "./parse-outputs.ts";
import type { DiscoveryPorts } from "./ports.ts";
import { loadRun, queueRuns } from "./queue-runs.ts";

interface Claimed extends FoundEnvironment {
  readonly role: RoleId;
  readonly lastUsed: string | null;
  readonly previousUniqueId: string | null;
}

/** What the handlers of this service share about one message. */
interface Look {
  readonly place: ApplicationId;
  readonly message: ApplicationMessage;
  readonly cause: Cause;
  readonly ports: DiscoveryPorts;
}

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
  const found = await repository.outputs(folder, message.commit);
  const outputs: Outputs =
    found === null
      ? {
          kind: "refused",
          code: "outputs-missing",
          reason: `${folder}/plp.outputs.json is gone; apply the configuration again`,
        }
      : parseOutputs(found.text, place, found.source);
  if (outputs.kind === "refused") return refuse(look, place, outputs);
  const source: SourceCommit = found?.commit ?? { sha: message.commit, author: null };
  await discover(look, outputs, source);
}

async function discover(
  look: Look,
  outputs: Extract<Outputs, { kind: "application" }>,
  source: SourceCommit,
): Promise<void> {
  const { place, cause, ports } = look;
  const name = await takeClaim(place, { kind: "name", value: outputs.name, uniqueId: null }, cause, ports);
  if (name.conflict !== null) {
    return refuseBoth(
      look,
      name.conflict,
      "name-claimed",
      (other) => `application name ${outputs.name} is also used by ${other}; give one of them another name`,
    );
  }
  const failed = [...outputs.failed];
  const excluded: { environment: string; roleArn: string; reason: string }[] = [];
  const claimed: Claimed[] = [];
  for (const environment of outputs.environments) {
    const { scope, roleArn } = environment;
    if (!scope.generate) {
      excluded.push({ environment: scope.environment, roleArn, reason: "generate = false" });
      await leaveOut(look, environment, source);
    } else if (isUntouchable(ports.settings, roleArn)) {
      excluded.push({
        environment: scope.environment,
        roleArn,
        reason: "PLP never analyses this role (never_analyse)",
      });
    } else {
      const role = await ports.roles.look(scope.accountId, roleArn);
      if (role.kind === "unavailable") {
        failed.push({ environment: scope.environment, reason: role.reason });
        continue;
      }
      const result = await takeClaim(
        place,
        { kind: "role", value: roleArn, uniqueId: role.uniqueId },
        cause,
        ports,
      );
      if (result.conflict !== null) {
        return refuseBoth(
          look,
          result.conflict,
          "role-claimed",
          (other) => `role ${roleArn} is also used by ${other}; two applications never share a role`,
        );
      }
      const { previousUniqueId } = result;
      claimed.push({
        ...environment,
        role: { arn: roleArn, uniqueId: role.uniqueId },
        lastUsed: role.lastUsed,
        previousUniqueId,
      });
    }
  }
  const states = await loadRoles(ports, claimed);
  const { application, plan } = await fixPlan(look, {
    name: outputs.name,
    claimed,
    states,
    excluded,
    failed,
  });
  await recordRoles(look, { source, claimed });
  await retireVanished(look, application, plan, outputs, source);
  await queueRuns(
    plan.roles,
    claimed.map(({ scope, role, lastUsed }) => ({
      scope,
      role,
      idle: isIdle(lastUsed, states.get(roleStream(role))?.closedTo ?? null),
    })),
    { place, round: plan.round, cause },
    ports,
  );
  await ports.send.publish({ v: 1, type: "publish", ...place }, place);
}

async function loadRoles(
  ports: DiscoveryPorts,
  claimed: readonly Claimed[],
): Promise<ReadonlyMap<string, RoleState>> {
  const states = new Map<string, RoleState>();
  for (const { role } of claimed) {
    const stream = roleStream(role);
    states.set(stream, foldRole((await ports.store.load<RoleEvent>(stream)).events));
  }
  return states;
}

/** The plan of this round: what a first delivery fixed, or one made now. */
async function fixPlan(
  { place, message, cause, ports }: Look,
  found: {
    readonly name: string;
    readonly claimed: readonly Claimed[];
    readonly states: ReadonlyMap<string, RoleState>;
    readonly excluded: PlannedRound["excluded"];
    readonly failed: PlannedRound["failed"];
  },
): Promise<{ application: ApplicationState; plan: PlannedRound }> {
  const stream = applicationStream(place);
  const before = foldApplication((await ports.store.load<ApplicationEvent>(stream)).events);
  const roles: PlannedRole[] = [];
  for (const { role, scope } of found.claimed) {
    const open = await openRunOf(before, role, ports);
    roles.push(
      open ??
        planRole(role, scope, found.states.get(roleStream(role)) ?? emptyRole, message.windowEnd, ports),
    );
  }
  const plan: PlannedRound = {
    round: message.round,
    windowEnd: message.windowEnd,
    commit: message.commit,
    ...(message.dryRun === true ? { dryRun: true } : {}),
    name: found.name,
    roles,
    excluded: found.excluded,
    failed: found.failed,
  };
  const { state } = await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide: (current) => planRound(current, plan, cause),
    commitId: commitId(cause.causationId, stream, "plan"),
  });
  return { application: before, plan: state.round?.round === plan.round ? state.round : plan };
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

async function recordRoles(
  { cause, ports }: Look,
  { source, claimed }: { readonly source: SourceCommit; readonly claimed: readonly Claimed[] },
): Promise<void> {
  for (const { role, scope, previousUniqueId } of claimed) {
    const stream = roleStream(role);
    await commit<RoleEvent, RoleState>(ports.store, {
      stream,
      fold: foldRole,
      decide: (current) => discoverRole(current, { scope, commit: source, previousUniqueId }, cause),
      commitId: commitId(cause.causationId, stream, "discover"),
    });
  }
}

/** `generate = false`: a role that was in scope before says so in its history, and its claim is given up. */
async function leaveOut(
  { place, cause, ports }: Look,
  { scope, roleArn }: FoundEnvironment,
  source: SourceCommit,
): Promise<void> {
  const uniqueId = await dropClaim(
    place,
    { kind: "role", value: roleArn },
    "generate = false",
    cause,
    ports.store,
  );
  if (uniqueId === null) return;
  const stream = roleStream({ arn: roleArn, uniqueId });
  await commit<RoleEvent, RoleState>(ports.store, {
    stream,
    fold: foldRole,
    decide: (current) =>
      current.scope === null
        ? []
        : discoverRole(current, { scope, commit: source, previousUniqueId: null }, cause),
    commitId: commitId(cause.causationId, stream, "leave-out"),
  });
}

/** Roles of the round before that no environment names any more. */
async function retireVanished(
  { place, cause, ports }: Look,
  before: ApplicationState,
  plan: PlannedRound,
  outputs: Extract<Outputs, { kind: "application" }>,
  source: SourceCommit,
): Promise<void> {
  const named = new Set([
    ...outputs.environments.map(({ roleArn }) => roleArn),
    ...plan.roles.map(({ role }) => role.arn),
  ]);
  for (const { role, environment } of before.round?.roles ?? []) {
    if (named.has(role.arn) || outputs.failed.some((failure) => failure.environment === environment))
      continue;
    const reason = "no environment of the application names it any more";
    const stream = roleStream(role);
    await commit<RoleEvent, RoleState>(ports.store, {
      stream,
      fold: foldRole,
      decide: (current) => retireRole(current, { reason, commit: source }, cause),
      commitId: commitId(cause.causationId, stream, "retire"),
    });
    await dropClaim(place, { kind: "role", value: role.arn }, reason, cause, ports.store);
  }
}

/** RoleLastUsed before the last closed window: there is nothing to analyse. It lags by hours, hence the day. */
function isIdle(lastUsed: string | null, closedTo: string | null): boolean {
  if (closedTo === null) return false;
  const DAY = 86_400_000;
  return lastUsed === null || Date.parse(lastUsed) < Date.parse(closedTo) - DAY;
}

async function refuse(
  { message, cause, ports }: Look,
  place: ApplicationId,
  refusal: { readonly code: string; readonly reason: string; readonly other?: string },
): Promise<void> {
  const { code, reason, other } = refusal;
  const stream = applicationStream(place);
  await commit<ApplicationEvent, ApplicationState>(ports.store, {
    stream,
    fold: foldApplication,
    decide: (current) =>
      refuseApplication(current, { round: message.round, code, reason, other: other ?? null }, cause),
    commitId: commitId(cause.causationId, stream, digest("refuse", code, reason)),
  });
  ports.log.warn("application refused", { ...place, code, reason });
}

/** Two folders claim the same: neither is taken up until one of them is gone. */
async function refuseBoth(
  look: Look,
  other: ApplicationId,
  code: string,
  reason: (other: string) => string,
): Promise<void> {
  await refuse(look, look.place, { code, reason: reason(other.folder), other: other.folder });
  await refuse(look, other, { code, reason: reason(look.place.folder), other: look.place.folder });
}
