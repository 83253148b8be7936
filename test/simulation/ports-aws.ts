import { type AccessedService, startsPerDay } from "@plp/domain";
import { permanent, transient } from "@plp/runtime";
import type { WaitingLine } from "@plp/usage";
import type { Analyzer, LastAccessed, TrailFiles } from "../../services/analysis-poller/src/ports.ts";
import type { Roles } from "../../services/discovery/src/ports.ts";
import type { PolicyChecks } from "../../services/merger/src/ports.ts";
import type { RoleReader } from "../../services/review/src/ports.ts";
import { LIST_LAG } from "./analyzer.ts";
import { DAY, HOUR } from "./organization.ts";
import type { Task } from "./turns.ts";
import type { World } from "./world.ts";

const iso = (at: number) => new Date(at).toISOString();

export function analyzerPort(world: World, task: Task): Analyzer {
  const { analyzer, call, violate, now } = world;
  let listed = 0;
  const port: Analyzer = {
    list: (lane) =>
      call(
        task,
        "aws",
        `list generations in ${lane.accountId} ${lane.region}`,
        () => {
          const jobs = analyzer.list(analyzer.laneOf(lane.accountId, lane.region));
          listed = jobs.filter(({ startedAt }) => startedAt > now() - DAY).length;
          return jobs.map((job) => ({
            job: job.id,
            principalArn: job.principalArn,
            status: analyzer.statusOf(job),
            startedAt: iso(job.startedAt),
          }));
        },
        (jobs) => jobs.map(({ job, status }) => `${job} ${status}`).join(),
      ),
    start: async (lane, given) => {
      const { random, isCalm } = world;
      const started = await call(
        task,
        "aws",
        `start the generation of ${given.principalArn} ${given.window.from} to ${given.window.to} as ${given.clientToken}`,
        () => {
          const { principalArn, window, clientToken: token } = given;
          if (!isCalm() && random.chance(0.05)) analyzer.startByPeople(lane.accountId, lane.region);
          const before = analyzer.jobs.size;
          const started = analyzer.start({ ...lane, principalArn, window, token });
          if (started === "busy" || started === "quota") return { kind: started } as const;
          const allowed = startsPerDay(lane.region);
          if (analyzer.jobs.size > before && listed >= allowed)
            violate(`${started.id} was started although the lane had ${listed} of ${allowed} starts today`);
          const sure = analyzer.startsIn(started.lane).filter((job) => job.startedAt <= now() - LIST_LAG);
          if (analyzer.jobs.size > before && sure.length >= allowed)
            violate(`${started.id} is one more than ${allowed} generations in ${started.lane} within a day`);
          return { kind: "started" as const, job: started.id };
        },
        (started) => (started.kind === "started" ? started.job : started.kind),
      );
      // Starts are where a lost answer costs most: a job that runs and nobody knows of.
      if (!isCalm() && random.chance(0.06))
        throw transient("aws-TimeoutError", "the answer of the start was lost");
      return started;
    },
    get: (_lane, id) =>
      call(
        task,
        "aws",
        `get ${id}`,
        () => {
          const job = analyzer.jobs.get(id);
          if (job === undefined) throw permanent("aws-ValidationException", `there is no job ${id}`);
          const status = analyzer.statusOf(job);
          return {
            job: id,
            status,
            startedAt: iso(job.startedAt),
            endedAt: status === "IN_PROGRESS" ? null : iso(job.canceledAt ?? job.endsAt),
            error: status === "FAILED" && job.end !== "SUCCEEDED" ? job.end : null,
            window: job.window,
            complete: false,
            policies: status === "SUCCEEDED" ? analyzer.policiesOf(job) : [],
          };
        },
        ({ status }) => status,
      ),
    cancel: (_lane, id) => call(task, "aws", `cancel ${id}`, () => analyzer.cancel(id, false)),
  };
  return world.plant.analyzer?.(port) ?? port;
}

/** What a role has; IAM may show for a while what was there before, which the simulated one does not. */
export function readerPort({ call, deployment, organization }: World, task: Task): RoleReader {
  return {
    read: (_accountId, { arn, uniqueId }) =>
      call(task, "aws", `what ${arn} has`, () => {
        const role = organization.roles.find((one) => one.arn === arn);
        if (role?.uniqueId !== uniqueId) return { kind: "unavailable", reason: "it was made again" };
        return { kind: "found", on: deployment.read(role) };
      }),
  };
}

export function waitingPort({ waiting, call }: World, task: Task): WaitingLine {
  return {
    join: (lane, one) => call(task, "store", `join the line of ${lane}`, () => waiting.join(lane, one)),
    leave: (lane, one) => call(task, "store", `leave the line of ${lane}`, () => waiting.leave(lane, one)),
    first: (lane, count) => call(task, "store", `first of ${lane}`, () => waiting.first(lane, count)),
  };
}

export function lastAccessedPort(world: World, task: Task): LastAccessed {
  const { call, truth, organization, now, random, isCalm } = world;
  return {
    services: (_lane, roleArn) =>
      call(task, "aws", `services last accessed by ${roleArn}`, () => {
        if (!isCalm() && random.chance(0.1)) return "not-ready";
        const services = new Map<string, number>();
        const role = organization.roles.find(({ arn }) => arn === roleArn);
        for (const { action, at } of role === undefined ? [] : truth.callsOf(role))
          if (at < now() - 4 * HOUR) services.set(action.slice(0, action.indexOf(":")), at);
        return [...services].map(
          ([service, at]): AccessedService => ({ service, lastAuthenticated: iso(at) }),
        );
      }),
  };
}

export function rolesPort(world: World, task: Task): Roles {
  const { call, truth, organization, now, random, isCalm } = world;
  return {
    look: (_account, roleArn) =>
      call(
        task,
        "aws",
        `look at ${roleArn}`,
        () => {
          const role = organization.roles.find(({ arn }) => arn === roleArn);
          if (role === undefined || (!isCalm() && random.chance(0.01)))
            return { kind: "unavailable" as const, reason: "the account does not let PLP in" };
          // RoleLastUsed lags.
          const seenTo = now() - random.between(0, 4 * 60) * 60_000;
          const last = truth.callsOf(role).findLast(({ at }) => at < seenTo);
          return { kind: "found" as const, uniqueId: role.uniqueId, lastUsed: last ? iso(last.at) : null };
        },
        (found) => JSON.stringify(found),
      ),
  };
}

export function trailPort({ call, trail }: World, task: Task): TrailFiles {
  return {
    list: ({ accountId, region, hour }) =>
      call(task, "aws", `list files of ${accountId} ${region} ${hour}`, () => {
        const files = trail.list(accountId, region, hour);
        if (files === "denied") throw permanent("aws-AccessDenied", "the bucket does not let PLP in");
        return files;
      }),
    read: (_account, key) => call(task, "aws", `read ${key}`, () => trail.read(key)),
  };
}

/** AWS's checks of policies find nothing here; they only fail to answer now and then. */
export function checksPort(world: World, task: Task): PolicyChecks {
  const ask = <T>(what: string, answer: T) => world.call(task, "aws", what, () => answer);
  return {
    validatePolicy: ({ accountId }) => ask(`validate a policy in ${accountId}`, []),
    noNewAccess: ({ accountId }) => ask(`compare two policies in ${accountId}`, { result: "pass" }),
    notGranted: ({ accountId }) => ask(`check a policy in ${accountId}`, { result: "pass" }),
  };
}
