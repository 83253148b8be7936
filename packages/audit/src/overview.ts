import { applicationStream, type RoleId, roleStream, startsPerDay } from "@plp/domain";
import type { OpenRequest } from "./application-view.ts";
import { applicationRow, applicationRows, type RunReader, roleRow, roleRows, runReader } from "./lists.ts";
import type { RoleRow } from "./role-view.ts";
import type { RunRow } from "./run-view.ts";
import type { IndexTable } from "./table.ts";

/** A role in a table of all roles. */
export interface ListedRole {
  readonly roleArn: string;
  readonly uniqueId: string;
  readonly application: string;
  readonly environment: string;
  readonly accountId: string;
  readonly mode: "observe" | "enforce";
  /** Of the approved policy. */
  readonly permissions: number;
  readonly lastChange: string | null;
  readonly openMergeRequests: readonly Pick<OpenRequest, "kind" | "iid" | "url">[];
  readonly inScope: boolean;
  readonly retired: boolean;
}

/** Every role that was ever in an application's outputs, with the requests that wait for people. */
export async function listRoles(index: IndexTable): Promise<readonly ListedRole[]> {
  const [rows, applications] = await Promise.all([roleRows(index), applicationRows(index)]);
  const requests = new Map<string, OpenRequest[]>();
  for (const request of applications.flatMap((application) => application.requests))
    for (const arn of request.roleArns) requests.set(arn, [...(requests.get(arn) ?? []), request]);
  return rows.flatMap((row) => listedRole(row, requests.get(row.roleArn) ?? []));
}

/** The requests of one role that wait for people, without reading the lists. */
export async function requestsOf(role: RoleId, index: IndexTable): Promise<ListedRole["openMergeRequests"]> {
  const row = await roleRow(index, roleStream(role));
  if (row === null || row.project === null || row.folder === null) return [];
  const stream = applicationStream({ project: row.project, folder: row.folder });
  const requests = (await applicationRow(index, stream))?.requests ?? [];
  const own = requests.filter(({ roleArns }) => roleArns.includes(role.arn));
  return listedRole(row, own)[0]?.openMergeRequests ?? [];
}

function listedRole(row: RoleRow, requests: readonly OpenRequest[]): readonly ListedRole[] {
  const { roleArn, uniqueId, application, environment, accountId, mode } = row;
  const { permissions, lastChange, inScope, retired } = row;
  if (application === null || environment === null || mode === null) return [];
  const openMergeRequests = retired ? [] : requests.map(({ kind, iid, url }) => ({ kind, iid, url }));
  return [
    {
      ...{ roleArn, uniqueId, application, environment, accountId, mode },
      ...{ permissions, lastChange, openMergeRequests, inScope, retired },
    },
  ];
}

export interface Lane {
  readonly lane: string;
  /** Generations that PLP started within the last 24 hours. */
  readonly used: number;
  readonly quota: number;
}

const DAY_MS = 86_400_000;
/** A run ends within eight days of its request (a message lives for seven), and a failed one is shown for one more. */
const DAYS_BACK = 10;

/** Runs under way and those that failed within a day, by role; and the day's generations by lane. */
export async function runsNow(
  index: IndexTable,
  now: Date,
  runsOn: RunReader = runReader(index),
): Promise<{ readonly runs: readonly RunRow[]; readonly lanes: readonly Lane[] }> {
  const days = Array.from({ length: DAYS_BACK }, (_, back) =>
    new Date(now.getTime() - back * DAY_MS).toISOString().slice(0, 10),
  );
  const all = await runsOn(days);
  const isRecent = (at: string) => now.getTime() - Date.parse(at) < DAY_MS;
  const runs = all.filter(
    ({ state, since }) =>
      ["waiting", "analysing", "merging"].includes(state) || (state === "failed" && isRecent(since)),
  );
  return {
    runs: [...runs].sort((a, b) => (a.roleArn < b.roleArn ? -1 : 1)),
    lanes: lanesOf(all, isRecent),
  };
}

function lanesOf(runs: readonly RunRow[], isRecent: (at: string) => boolean): readonly Lane[] {
  const lanes = new Map<string, Lane>();
  for (const { lane, region, starts } of runs) {
    const used = (lanes.get(lane)?.used ?? 0) + starts.filter(isRecent).length;
    lanes.set(lane, { lane, used, quota: Math.min(startsPerDay(region), lanes.get(lane)?.quota ?? 50) });
  }
  return [...lanes.values()].sort((a, b) => (a.lane < b.lane ? -1 : 1));
}
