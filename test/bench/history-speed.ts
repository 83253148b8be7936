import { dynamoIndexTable, indexStream, memoryIndexTable } from "@plp/audit";
import { roleStream } from "@plp/domain";
import { dynamoEventStore, memoryBlobStore } from "@plp/event-store";
import { localGuard, readApi } from "@plp/history/api";
import { silentLog } from "@plp/runtime";
import type { Facet } from "../../packages/audit/src/keys.ts";
import { metered } from "../support/clients.ts";
import type { TableServer } from "../support/tables.ts";
import { type Filling, fill, preparedStory } from "./history-fill.ts";
import { fillApplications } from "./history-organization.ts";
import { type Place, placeOf } from "./history-story.ts";

/** How long a page took, several times. */
export interface Speed {
  readonly name: string;
  readonly median: number;
  /** The 95th percentile. */
  readonly p95: number;
  /** Median of this process's own processor time; the rest is waiting for the table. */
  readonly own: number;
  readonly requests: number;
  readonly reads: number;
  readonly bytes: number;
}

export interface SpeedOptions {
  readonly roles: number;
  readonly commits: number;
  /** One role more has so many. */
  readonly longest: number;
  readonly samples: number;
  readonly server: TableServer;
  readonly progress: (text: string) => void;
  /** Around what is timed. */
  readonly alone: <T>(timed: () => Promise<T>) => Promise<T>;
}

const clock = { now: () => new Date("2026-11-23T06:00:00Z") };
/** Of the entries only those that the pages read, for each facet is a million items more: by type of all roles, by role of those that are asked for. */
const OF_ALL: ReadonlySet<Facet> = new Set(["type"]);
const OF_ASKED: ReadonlySet<Facet> = new Set(["type", "role"]);

/**
 * The pages of a browser as the API makes them, HTML included, over a table with that many roles and commits; every sample
 * asks of another role, and those of the pages and of the floor (one GetItem) alternate.
 */
export async function speeds(
  options: SpeedOptions,
): Promise<{ speeds: readonly Speed[]; wrong: readonly string[] }> {
  const { roles, commits, longest, server, progress, samples, alone } = options;
  const filling = { client: server.client(), table: await server.freshTable() };
  const places = Array.from({ length: roles }, (_, n) => placeOf(n));
  const story = await preparedStory(commits, { indexed: true });
  const asking = new Set(Array.from({ length: samples + WARM_UPS }, (_, n) => askedRole(n, roles)));
  const [askedFor, others] = [true, false].map((isAsked) =>
    places.filter((_, n) => asking.has(n) === isAsked),
  );
  await fill(askedFor ?? [], story, OF_ASKED, filling);
  await fill(others ?? [], story, OF_ALL, filling, (done) => progress(`${done} of ${roles} roles`));
  const long = placeOf(roles);
  await fill([long], await preparedStory(longest, { indexed: true }), OF_ASKED, filling);
  await fillApplications([...places, long], filling);
  const wrong = await differences((askedFor ?? []).slice(-3), filling);

  const client = server.client();
  const meter = metered(client);
  const store = dynamoEventStore({ client, table: filling.table, clock });
  const index = dynamoIndexTable({ client, table: filling.table, clock });
  const ports = {
    store,
    index,
    blobs: memoryBlobStore(),
    cursorKey: Buffer.alloc(32),
    clock,
    log: silentLog,
  };
  const api = readApi({
    ports: { ...ports, queues: { counts: async () => [] }, waiting: { first: async () => [] } },
    guard: localGuard({ id: "bench", name: "bench" }),
  });
  const page = async (path: string) => {
    const answer = await api.request(`http://127.0.0.1${path}`, { headers: { host: "127.0.0.1" } });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    return (await answer.text()).length;
  };
  const asked: Readonly<Record<string, (arn: string) => Promise<number>>> = {
    "floor: one GetItem": async () => (await index.get("index#nothing", "x"))?.x.length ?? 0,
    overview: () => page("/"),
    "a role's page": (arn) => page(`/roles/${arn}`),
    "the same role, earlier": (arn) => page(`/roles/${arn}?version=${Math.ceil(commits / 2)}`),
    "audit, by type": () => page("/audit?type=PolicyApplied"),
    "audit, by role": (arn) => page(`/audit?role=${encodeURIComponent(arn)}`),
    roles: () => page("/roles"),
    [`the page of a role of ${longest.toLocaleString("en-US")}`]: () => page(`/roles/${long.role.arn}`),
  };
  const taken = new Map<string, Sample[]>(Object.keys(asked).map((name) => [name, []]));
  await alone(async () => {
    for (let n = -WARM_UPS; n < samples; n += 1) {
      const { arn } = placeOf(askedRole(n + WARM_UPS, roles)).role;
      for (const [name, ask] of Object.entries(asked)) {
        if (name.includes("page of a role of") && n % 10 !== 0) continue;
        const sample = await measured(() => ask(arn), meter);
        if (n >= 0) taken.get(name)?.push(sample);
      }
    }
  });
  return { speeds: [...taken].map(([name, all]) => speedOf(name, all)), wrong };
}

/** Not counted. */
const WARM_UPS = 2;

/** The role that the n-th sample asks of: far from the one before it. */
function askedRole(n: number, roles: number): number {
  return (n * 7_919) % roles;
}

interface Sample {
  readonly milliseconds: number;
  readonly own: number;
  readonly requests: number;
  readonly reads: number;
  readonly bytes: number;
}

async function measured(
  ask: () => Promise<number>,
  meter: { requests: number; reads: number },
): Promise<Sample> {
  const before = { ...meter };
  const cpu = process.cpuUsage();
  const began = performance.now();
  const bytes = await ask();
  const milliseconds = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const { requests, reads } = meter;
  return {
    ...{ milliseconds, own: (user + system) / 1000, bytes },
    ...{ requests: requests - before.requests, reads: reads - before.reads },
  };
}

function speedOf(name: string, samples: readonly Sample[]): Speed {
  const at = (share: number, numberOf: (sample: Sample) => number) => {
    const sorted = samples.map(numberOf).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  };
  return {
    name,
    median: at(0.5, ({ milliseconds }) => milliseconds),
    p95: at(0.95, ({ milliseconds }) => milliseconds),
    own: at(0.5, ({ own }) => own),
    requests: at(0.5, ({ requests }) => requests),
    reads: at(0.5, ({ reads }) => reads),
    bytes: at(0.5, ({ bytes }) => bytes),
  };
}

/** Holds what was written for some roles against what the real index makes of their commits. */
async function differences(places: readonly Place[], { client, table }: Filling): Promise<readonly string[]> {
  const store = dynamoEventStore({ client, table, clock });
  const index = dynamoIndexTable({ client, table, clock });
  const wrong: string[] = [];
  for (const { role } of places) {
    const made = memoryIndexTable(clock);
    await indexStream(roleStream(role), { store, index: made });
    for (const item of made.items()) {
      const [, facet = ""] = item.pk.split("#");
      const isLeftOut = ["application", "account", "actor", "action", "month"].includes(facet);
      if (isLeftOut || (await index.get(item.pk, item.sk))?.x === item.x) continue;
      wrong.push(`${item.pk} ${item.sk} is not what the index makes of the events`);
    }
  }
  return wrong;
}
