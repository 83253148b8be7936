import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  foldApplication,
  parseRoleStream,
  type RequestState,
  type RoleEvent,
  type RoleId,
  roleStream,
} from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import { badInput } from "../bad-input.ts";
import type { History } from "./history.ts";

/** Every role that has a history, by ARN; a scan, because there is no index yet. */
export async function allRoles({ store }: History): Promise<readonly RoleId[]> {
  const roles: RoleId[] = [];
  for await (const stream of store.streams("role#")) {
    const role = parseRoleStream(stream);
    if (role !== null) roles.push(role);
  }
  return roles.sort((a, b) => (roleStream(a) < roleStream(b) ? -1 : 1));
}

const MOST_NAMED = 8;

/** The role's own name, the last part of its ARN. */
export function roleName(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/**
 * The roles that ROLE means: all those (a role that was made again has another unique id) of the one ARN that it is, names
 * or is a part of. Bad input when it is none, or several.
 */
export function matchRole(roles: readonly RoleId[], wanted: string): readonly RoleId[] {
  const exact = roles.filter(({ arn, uniqueId }) => arn === wanted || `${arn}#${uniqueId}` === wanted);
  if (exact.length > 0) return exact;
  const named = roles.filter(({ arn }) => roleName(arn) === wanted);
  const found = arnsOf(named).length === 1 ? named : roles.filter(({ arn }) => arn.includes(wanted));
  const arns = arnsOf(found);
  if (arns.length === 1) return found;
  const listed = (all: readonly string[]) =>
    [
      ...all.slice(0, MOST_NAMED),
      ...(all.length > MOST_NAMED ? [`${all.length - MOST_NAMED} more`] : []),
    ].join(", ");
  throw badInput(
    arns.length === 0
      ? `ROLE ${JSON.stringify(wanted)}: no role with a history has that in its ARN; there are: ${listed(arnsOf(roles)) || "none"}`
      : `ROLE ${JSON.stringify(wanted)} may be any of ${arns.length}: ${listed(arns)}; write more of its ARN`,
  );
}

function arnsOf(roles: readonly RoleId[]): readonly string[] {
  return [...new Set(roles.map(({ arn }) => arn))];
}

export interface RoleHistory {
  readonly role: RoleId;
  readonly events: readonly RecordedEvent<RoleEvent>[];
}

export async function loadRole({ store }: History, role: RoleId): Promise<RoleHistory> {
  return { role, events: (await store.load<RoleEvent>(roleStream(role))).events };
}

/** The history that ROLE means; of a role that was made again, the newest. */
export async function findRole(history: History, wanted: string): Promise<RoleHistory> {
  const found = await Promise.all(
    matchRole(await allRoles(history), wanted).map((role) => loadRole(history, role)),
  );
  const [newest] = found.sort((a, b) => (began(a) < began(b) ? 1 : -1));
  if (newest === undefined) throw badInput(`ROLE ${JSON.stringify(wanted)}: no such role`);
  return newest;
}

function began({ events }: RoleHistory): string {
  return events[0]?.recordedAt ?? "";
}

export interface Application {
  readonly project: string;
  readonly folder: string;
  readonly name: string;
  readonly state: ApplicationState;
}

export async function loadApplication(
  { store }: History,
  { project, folder }: { readonly project: string; readonly folder: string },
): Promise<Application> {
  const { events } = await store.load<ApplicationEvent>(applicationStream({ project, folder }));
  const state = foldApplication(events);
  return { project, folder, name: state.round?.name ?? folder, state };
}

/** Every application that has a history; a scan. */
export async function allApplications(history: History): Promise<readonly Application[]> {
  const places: { project: string; folder: string }[] = [];
  for await (const stream of history.store.streams("app#")) {
    const [, project, ...folder] = stream.split("#");
    if (project !== undefined && folder.length > 0) places.push({ project, folder: folder.join("#") });
  }
  const loaded = await Promise.all(places.map((place) => loadApplication(history, place)));
  return loaded.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The application of that name or folder; bad input when there is none, or several. */
export function matchApplication(applications: readonly Application[], wanted: string): Application {
  const found = applications.filter(({ name, folder }) => name === wanted || folder === wanted);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw badInput(
    found.length === 0
      ? `APPLICATION ${JSON.stringify(wanted)}: there is none of that name; there are: ${applications.map(({ name }) => name).join(", ") || "none"}`
      : `APPLICATION ${JSON.stringify(wanted)} is the name of ${found.length}: give its folder (${found.map(({ folder }) => folder).join(", ")})`,
  );
}

/** The requests of an application that wait for people. */
export function openRequests({ state }: Application): readonly RequestState[] {
  return [...state.requests.values()].filter(({ status }) => status === "open" || status === "frozen");
}
