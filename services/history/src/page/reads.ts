import {
  type AskedMoment,
  changesBetween,
  findRole,
  givenTime,
  listRoles,
  momentOf,
  requestsOf,
  whoCan,
} from "@plp/audit";
import {
  type ApplicationEvent,
  applicationStream,
  eventsAt,
  foldApplication,
  type RunEvent,
  runStream,
} from "@plp/domain";
import { permanent } from "@plp/runtime";
import type { AuditFilter, Difference, Overview, Reads, RoleMoment, RunView, Status } from "@plp/web";
import type { ReadPorts } from "../api/ports.ts";
import { auditOf, overviewOf, statusOf } from "../api/reads.ts";
import * as routes from "../api/routes.ts";
import { answered, asked } from "./asked.ts";
import { roleMoment } from "./role.ts";
import { runView } from "./run.ts";

/** What the page shows, made of the same answers as the API's. */
export function pageReads(ports: ReadPorts): Reads {
  return {
    overview: () => overview(ports),
    roles: () => listRoles(ports.index),
    role: (wanted, moment) => answered(() => role(wanted, moment, ports)),
    difference: (wanted, from, to) => answered(() => difference(wanted, from, to, ports)),
    audit: (filter) => answered(() => audit(filter, ports)),
    whoCan: (action, resource) =>
      answered(() => whoCan(asked(routes.whoCan.request.query, { action, resource }), ports)),
    status: () => status(ports),
    run: (id) => answered(() => run(id, ports)),
  };
}

async function overview(ports: ReadPorts): Promise<Overview> {
  const { growth, ...standing } = await overviewOf(ports);
  const counts = growth.map(({ day, permissions }) => ({ at: `${day}T00:00:00.000Z`, permissions }));
  return { ...standing, growth: counts };
}

async function role(
  wanted: string,
  given: Parameters<Reads["role"]>[1],
  ports: ReadPorts,
): Promise<RoleMoment> {
  const { at, version, knownAt } = asked(routes.policy.request.query, { ...given });
  const history = await findRole(wanted, ports);
  const moment: AskedMoment = {
    version,
    at: at === undefined ? undefined : givenTime(at, "at"),
    knownAt: knownAt === undefined ? undefined : givenTime(knownAt, "knownAt"),
  };
  return roleMoment(history, moment, await requestsOf(history.role, ports.index));
}

async function difference(
  wanted: string,
  from: string,
  version: number,
  ports: ReadPorts,
): Promise<Difference> {
  const history = await findRole(wanted, ports);
  const other = /^\d{1,9}$/.test(from) ? { version: Number(from) } : { at: givenTime(from, "from") };
  const end = (moment: AskedMoment) => {
    const last = eventsAt(history.events, momentOf(moment, history)).at(-1);
    return { version: last?.version ?? 0, at: last?.occurredAt ?? null };
  };
  return { from: end(other), to: end({ version }), ...changesBetween(history, other, { version }) };
}

async function audit(filter: AuditFilter, ports: ReadPorts) {
  const answer = await auditOf(ports, asked(routes.audit.request.query, { ...filter }));
  return { ...answer, events: answer.events.map(({ text, ...event }) => ({ ...event, says: text })) };
}

async function status(ports: ReadPorts): Promise<Status> {
  const { runs, ...rest } = await statusOf(ports);
  return { ...rest, runs: runs.map(({ role: roleArn, ...row }) => ({ ...row, roleArn })) };
}

async function run(id: string, { store }: ReadPorts): Promise<RunView> {
  const missing = permanent(
    "no-such-run",
    `there is no run ${JSON.stringify(id)}; a run is kept for 120 days`,
  );
  if (!/^[0-9a-f]{32}$/.test(id)) throw missing;
  const events = await store.read<RunEvent>(runStream(id), { consistent: true });
  const [first] = events;
  if (first?.type !== "AnalysisRequested") throw missing;
  const application = await store.load<ApplicationEvent>(applicationStream(first.data.application));
  const view = runView(id, events, foldApplication(application.events));
  if (view === null) throw missing;
  return view;
}
