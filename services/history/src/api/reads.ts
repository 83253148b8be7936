import {
  applicationRows,
  audit,
  changesBetween,
  eventTypes,
  findRole,
  type GivenTime,
  givenTime,
  howThingsStand,
  listRoles,
  type RoleHistory,
  replayAnswer,
  rolesMeant,
  runsNow,
  whoCan,
} from "@plp/audit";
import {
  applicationStream,
  type ControlEvent,
  controlStream,
  foldControl,
  parseRequestSlot,
  type RunEvent,
  requestLine,
  runStream,
} from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import { permanent } from "@plp/runtime";
import type { ReadPorts } from "./ports.ts";

const MOST_EVENTS = 500;

/** An event as `plp history` and the API tell it. */
export function toldEvent({
  version,
  type,
  occurredAt,
  recordedAt,
  actor,
  correlationId,
  data,
  hash,
}: RecordedEvent) {
  return { version, type, occurredAt, recordedAt, actor, correlationId, data, hash };
}

export async function rolesOf({ index }: ReadPorts, application: string | undefined) {
  const roles = await listRoles(index);
  return application === undefined ? roles : roles.filter((role) => role.application === application);
}

export interface AskedEvents {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly limit?: number | undefined;
}

/** Events of a role, and the version with which the next answer begins; null: that was all. */
export async function eventsOf(ports: ReadPorts, id: string, asked: AskedEvents) {
  const { events } = await findRole(id, ports);
  const since = time(asked.since, "since")?.from ?? "";
  const until = time(asked.until, "until")?.to ?? "~";
  const { from = 1, to = Number.MAX_SAFE_INTEGER, limit = MOST_EVENTS } = asked;
  const chosen = events.filter(
    ({ version, occurredAt }) =>
      version >= from && version <= to && occurredAt >= since && occurredAt <= until,
  );
  const page = chosen.slice(0, Math.min(limit, MOST_EVENTS));
  return {
    events: page.map(toldEvent),
    next: chosen[page.length]?.version ?? null,
    /** What cannot change any more: all versions that were asked for are there. */
    fixed:
      asked.to !== undefined &&
      asked.to <= events.length &&
      asked.since === undefined &&
      asked.until === undefined
        ? (page.at(-1)?.hash ?? null)
        : null,
  };
}

export interface AskedPolicy {
  readonly at?: string | undefined;
  readonly version?: number | undefined;
  readonly knownAt?: string | undefined;
}

export function policyOf(history: RoleHistory, { at, version, knownAt }: AskedPolicy) {
  return replayAnswer(history, { at: time(at, "at"), version, knownAt: time(knownAt, "knownAt") });
}

export async function changesOf(ports: ReadPorts, id: string, from: string, to: string) {
  const history = await findRole(id, ports);
  const moment = (text: string, name: string) =>
    /^\d{1,9}$/.test(text) ? { version: Number(text) } : { at: givenTime(text, name) };
  return changesBetween(history, moment(from, "from"), moment(to, "to"));
}

export interface AskedAudit {
  readonly role?: string | undefined;
  readonly type?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly application?: string | undefined;
  readonly account?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export async function auditOf({ index, cursorKey }: ReadPorts, asked: AskedAudit) {
  const { role, type, since, until } = asked;
  if (type !== undefined && !eventTypes.some((known) => known.toLowerCase() === type.toLowerCase()))
    throw permanent(
      "bad-type",
      `there is no event ${JSON.stringify(type)}; there are: ${eventTypes.join(", ")}`,
    );
  const [named] = role === undefined ? [] : await rolesMeant(role, index);
  const span = { since: time(since, "since")?.from, until: time(until, "until")?.to };
  return audit({ ...asked, role: named?.roleArn, ...span }, { index, cursorKey });
}

export async function whoCanOf(ports: ReadPorts, action: string, resource: string | undefined) {
  return (await whoCan({ action, resource }, ports)).roles;
}

export async function runsOf({ index, clock }: ReadPorts) {
  return (await runsNow(index, clock.now())).runs.map(({ starts, version, recordedAt, ...row }) => row);
}

export async function runOf({ store }: ReadPorts, run: string) {
  const events = await store.read<RunEvent>(runStream(run), { consistent: true });
  if (events.length === 0)
    throw permanent("no-such-run", `there is no run ${run}; a run is kept for 120 days`);
  return events.map(toldEvent);
}

export async function statusOf(ports: ReadPorts) {
  const { index, clock, queues, store } = ports;
  const [counts, { runs, lanes }, { events }, waiting] = await Promise.all([
    queues.counts(),
    runsNow(index, clock.now()),
    store.load<ControlEvent>(controlStream),
    waitingRequests(ports),
  ]);
  return {
    queues: counts,
    runs: runs.map(({ run, roleArn, state, reason, since }) => ({
      ...{ run, role: roleArn, state: reason === null ? state : `failed: ${reason}`, since },
    })),
    lanes,
    waiting,
    paused: foldControl(events).paused,
  };
}

const MOST_WAITING = 1_000;

/** Requests that wait until others of their repository are decided (`limits.open`), the longest first. */
async function waitingRequests({ index, waiting }: ReadPorts) {
  const names = new Map((await applicationRows(index)).map(({ stream, ...row }) => [stream, row]));
  const projects = new Set([...names.values()].map(({ project }) => project));
  const lines = await Promise.all(
    [...projects].map((project) => waiting.first(requestLine(project), MOST_WAITING)),
  );
  return lines.flat().flatMap(({ role, since }) => {
    const request = parseRequestSlot(role);
    if (request === null) return [];
    const { kind, folder } = request;
    return [{ application: names.get(applicationStream(request))?.name ?? folder, kind, since }];
  });
}

export function overviewOf({ index, clock }: ReadPorts) {
  return howThingsStand(index, clock.now());
}

function time(text: string | undefined, name: string): GivenTime | undefined {
  return text === undefined ? undefined : givenTime(text, name);
}
