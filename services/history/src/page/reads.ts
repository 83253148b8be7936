import {
  audit,
  eventTypes,
  findRole,
  givenTime,
  howThingsStand,
  type IndexTable,
  listRoles,
  matchRole,
  roleRows,
  runsNow,
  whoCan,
} from "@plp/audit";
import {
  type ApplicationEvent,
  applicationStream,
  foldApplication,
  type RunEvent,
  runStream,
} from "@plp/domain";
import type { EventStore } from "@plp/event-store";
import { permanent } from "@plp/runtime";
import type { AuditFilter, AuditPage, Overview, QueueRow, Reads, Status, WhoCan } from "@plp/web";
import { answered, momentIn, numberIn, otherMomentIn } from "./asked.ts";
import { differenceOf } from "./difference.ts";
import { roleMoment } from "./role.ts";
import { runView } from "./run.ts";

export interface PagePorts {
  readonly store: Pick<EventStore, "load" | "read">;
  readonly index: IndexTable;
  /** What cursors are signed with. */
  readonly cursorKey: Uint8Array;
  readonly clock: { now(): Date };
  /** How many messages every queue holds. */
  readonly queues: () => Promise<readonly QueueRow[]>;
}

/** Answers what the page asks: from the index where it lists, from the streams themselves where it answers. */
export function pageReads(ports: PagePorts): Reads {
  const { index, clock } = ports;
  return {
    overview: () => overview(ports),
    roles: () => listRoles(index),
    role: (wanted, asked) =>
      answered(async () => {
        const { role, events } = await findRole(wanted, ports);
        const roleArn = role.arn;
        const requests = (await listRoles(index)).find((role) => role.roleArn === roleArn);
        const moment = momentIn(asked, events.length);
        return roleMoment(roleArn, events, moment, requests?.openMergeRequests ?? []);
      }),
    difference: (wanted, from, to) =>
      answered(async () => {
        const { events } = await findRole(wanted, ports);
        return differenceOf(events, otherMomentIn(from, events.length), { version: to });
      }),
    audit: (filter) => answered(() => auditPage(filter, ports)),
    whoCan: (action, resource) => answered(() => whoCanPage(action, resource, ports)),
    status: () => status(ports, clock.now()),
    run: (run) => answered(() => runPage(run, ports)),
  };
}

async function overview({ index, clock }: PagePorts): Promise<Overview> {
  const { growth, ...standing } = await howThingsStand(index, clock.now());
  const counts = growth.map(({ day, permissions }) => ({ at: `${day}T00:00:00.000Z`, permissions }));
  return { ...standing, growth: counts };
}

async function auditPage(filter: AuditFilter, { index, cursorKey }: PagePorts): Promise<AuditPage> {
  const { role, type, action, account, since, until, limit } = filter;
  if (type !== undefined && !eventTypes.includes(type))
    throw permanent("bad-type", `type ${JSON.stringify(type)}: there is no such event`);
  if (action !== undefined && !/^[a-z0-9-]+:[a-z0-9*?]+$/i.test(action))
    throw permanent(
      "bad-action",
      `action ${JSON.stringify(action)} must begin with a service, as iam:PassRole or s3:Get* do`,
    );
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw permanent("bad-account", `account ${JSON.stringify(account)} is no account id of 12 digits`);
  const [named] = role === undefined ? [] : matchRole(await roleRows(index), role);
  const answer = await audit(
    {
      ...filter,
      role: named?.roleArn,
      since: since === undefined ? undefined : givenTime(since, "since").from,
      until: until === undefined ? undefined : givenTime(until, "until").to,
      limit: limit === undefined ? undefined : numberIn(limit, "limit"),
    },
    { index, cursorKey },
  );
  const events = answer.events.map(({ text, people, actor, ...event }) => ({
    ...event,
    says: text,
    actor,
    people,
  }));
  return { ...answer, events };
}

async function whoCanPage(action: string, resource: string, ports: PagePorts): Promise<WhoCan> {
  return whoCan({ action, resource: resource === "" ? undefined : resource }, ports);
}

async function status({ index, queues }: PagePorts, now: Date): Promise<Status> {
  const [counts, { runs, lanes }] = await Promise.all([queues(), runsNow(index, now)]);
  const rows = runs.map(({ run, roleArn, state, reason, since }) => ({
    ...{ run, roleArn, state: reason === null ? state : `failed: ${reason}`, since },
  }));
  return { queues: counts, runs: rows, lanes };
}

async function runPage(run: string, { store }: PagePorts) {
  const missing = permanent(
    "no-such-run",
    `there is no run ${JSON.stringify(run)}; runs are kept for 120 days`,
  );
  if (!/^[0-9a-f]{32}$/.test(run)) throw missing;
  const events = await store.read<RunEvent>(runStream(run), { consistent: true });
  const [first] = events;
  if (first?.type !== "AnalysisRequested") throw missing;
  const application = await store.load<ApplicationEvent>(applicationStream(first.data.application));
  const view = runView(run, events, foldApplication(application.events));
  if (view === null) throw missing;
  return view;
}
