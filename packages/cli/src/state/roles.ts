import { type ApplicationRow, applicationRows } from "@plp/audit";
import {
  type ApplicationEvent,
  type ApplicationState,
  applicationStream,
  foldApplication,
  type RequestState,
  type RoleEvent,
  type RoleId,
  roleStream,
} from "@plp/domain";
import type { RecordedEvent } from "@plp/event-store";
import { badInput } from "../bad-input.ts";
import type { History } from "./history.ts";

export { roleName } from "@plp/audit";

export interface RoleHistory {
  readonly role: RoleId;
  readonly events: readonly RecordedEvent<RoleEvent>[];
}

export async function loadRole({ store }: History, role: RoleId): Promise<RoleHistory> {
  return { role, events: (await store.load<RoleEvent>(roleStream(role))).events };
}

export interface Application {
  readonly project: string;
  readonly folder: string;
  readonly name: string;
  readonly state: ApplicationState;
}

/** The application of that name or folder; bad input when there is none, or several. */
export async function findApplication(history: History, wanted: string): Promise<Application> {
  const { project, folder } = matchApplication(await applicationRows(history.index), wanted);
  const stream = applicationStream({ project, folder });
  const state = foldApplication((await history.store.load<ApplicationEvent>(stream)).events);
  return { project, folder, name: state.round?.name ?? folder, state };
}

function matchApplication(applications: readonly ApplicationRow[], wanted: string): ApplicationRow {
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
