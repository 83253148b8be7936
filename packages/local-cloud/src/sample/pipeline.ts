import { type EnvironmentPlan, pipelineRole } from "./applications.ts";
import { type Call, calls, type Place, type TerraformResource } from "./call.ts";
import { random } from "./random.ts";
import { type LoggedEvent, record, withFields } from "./record.ts";
import { assumedRole, providerOf, type Session, terraform, uniqueIdOf, webIdentity } from "./session.ts";

const hour = 3_600_000;
const runners = ["192.0.2.18", "192.0.2.19", "192.0.2.34", "192.0.2.35"];

/** How long the logs reach back. */
export const logDays = 9;

interface JobSession {
  readonly session: Session;
  readonly opened: LoggedEvent;
}

/** A CI job begins by turning its token into a session of its deployment role; CloudTrail records that, too. */
function openSession(place: Place, seed: string, job: number, startedAt: number): JobSession {
  const role = pipelineRole(place);
  const uniqueId = uniqueIdOf(role);
  const draw = random(seed, "job", role, String(job), String(startedAt));
  const sourceIPAddress = draw.pick(runners);
  const name = `${place.application}-${place.environment}-${job}`;
  const subject = `project_path:products/${place.application}:ref_type:branch:ref:main`;
  const session = assumedRole({
    roleArn: role,
    uniqueId,
    name,
    startedAt,
    sourceIPAddress,
    userAgent: terraform,
    federatedBy: providerOf(place),
  });
  const credentials = { accessKeyId: "ASIAEXAMPLE", sessionToken: "EXAMPLE" };
  const call = calls(place, "sts").read(
    "AssumeRoleWithWebIdentity",
    { roleArn: role, roleSessionName: name, durationSeconds: 3600 },
    role,
    {
      type: "AWS::IAM::Role",
      response: {
        credentials,
        subjectFromWebIdentityToken: subject,
        assumedRoleUser: { assumedRoleId: session.principalId, arn: session.arn },
        provider: providerOf(place),
        audience: "https://gitlab.example.com",
      },
    },
  );
  return { session, opened: record(call, webIdentity(place, subject, sourceIPAddress), startedAt, draw) };
}

/** The events of one job: the session's start, then the calls, some a second. */
export function job(
  place: Place,
  seed: string,
  number: number,
  startedAt: number,
  list: readonly Call[],
): LoggedEvent[] {
  const { session, opened } = openSession(place, seed, number, startedAt);
  const draw = random(seed, "calls", session.arn, String(startedAt));
  const whoAmI = calls(place, "sts").read("GetCallerIdentity", null, "*");
  const events = [opened];
  let time = startedAt + 900;
  for (const call of [whoAmI, ...list]) {
    const event = record(call, session, time, draw);
    events.push(...(call.name === "AssumeRole" ? inBothAccounts(event, call, session) : [event]));
    time += draw.between(30, 240);
  }
  return events;
}

/** Where a role of another account was assumed, that account's trail has the act as well, with a shared id. */
function inBothAccounts(event: LoggedEvent, call: Call, session: Session): LoggedEvent[] {
  const accountId = call.grants[0]?.resource.split(":")[4] ?? session.accountId;
  if (accountId === session.accountId) return [event];
  const draw = random("shared", session.arn, String(event.time));
  const sharedEventID = draw.uuid();
  const { principalId } = session;
  const identity = JSON.stringify({ type: "AWSAccount", principalId, accountId: session.accountId });
  const other = record({ ...call, accountId }, { ...session, identity, roleId: null }, event.time, draw);
  return [withFields(event, { sharedEventID }), withFields(other, { sharedEventID })];
}

const refreshOf = (resources: readonly TerraformResource[]) => resources.flatMap((it) => it.refresh);

/**
 * Everything the pipelines of one environment did: per run two plans on the merge request, a plan on the main
 * branch and an apply that changes one resource in turn. The first run after the deployment creates what is new; where a
 * nightly job destroys it, the next run creates it again. Runs lie in the ten hours before the end's time of day.
 */
export function pipelineEvents(environment: EnvironmentPlan, seed: string, end: number): LoggedEvent[] {
  const { place, stack, runs } = environment;
  const role = pipelineRole(place);
  const draw = random(seed, "schedule", role);
  const events: LoggedEvent[] = [];
  const deployedAt = environment.deployedHoursAgo === null ? null : end - environment.deployedHoursAgo * hour;
  let isDeployed = deployedAt === null;
  let jobNumber = 80_000 + draw.int(9_000);
  const starts = Array.from({ length: runs }, (_, i) => {
    const days = ((i + draw.int(1000) / 1000) / runs) * logDays;
    return end - Math.floor(days) * 24 * hour - (days % 1) * 10 * hour - 0.5 * hour;
  }).reverse();
  for (const [index, startedAt] of starts.entries()) {
    const existing = isDeployed ? [...stack.settled, ...stack.latest] : stack.settled;
    const refresh = [...stack.always, ...refreshOf(existing)];
    let change: readonly Call[];
    if (!isDeployed && startedAt >= (deployedAt ?? 0)) {
      change = stack.latest.flatMap((it) => it.create);
      isDeployed = true;
    } else if (isDeployed && environment.destroys && index % 5 === 4) {
      change = [...stack.latest].reverse().flatMap((it) => it.destroy);
      isDeployed = false;
    } else {
      change = existing[index % existing.length]?.update ?? [];
    }
    const at = Math.floor(startedAt);
    const later = (seconds: number) => at + seconds * 1000 + draw.int(40_000);
    events.push(...job(place, seed, jobNumber, at, refresh));
    events.push(...job(place, seed, jobNumber + 2, later(90), refresh));
    events.push(...job(place, seed, jobNumber + 5, later(210), refresh));
    events.push(...job(place, seed, jobNumber + 6, later(330), [...refresh, ...change]));
    jobNumber += 11 + draw.int(40);
  }
  return events;
}
