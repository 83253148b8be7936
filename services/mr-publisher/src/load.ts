import {
  type ApplicationEvent,
  type ApplicationId,
  type ApplicationState,
  applicationStream,
  foldApplication,
  foldRole,
  foldRun,
  type RoleEvent,
  type RoleId,
  type RoleState,
  type RunEvent,
  type RunState,
  roleStream,
  runStream,
} from "@plp/domain";
import type { EventStore } from "@plp/event-store";

/** Everything that the streams say of one application. */
export interface Loaded {
  readonly application: ApplicationState;
  /** By stream: the roles of the last round and of every request that waits or is not settled. */
  readonly roles: ReadonlyMap<string, { readonly role: RoleId; readonly state: RoleState }>;
  /** The runs of the last round. */
  readonly runs: readonly RunState[];
}

export async function loadState(store: EventStore, place: ApplicationId): Promise<ApplicationState> {
  return foldApplication((await store.load<ApplicationEvent>(applicationStream(place))).events);
}

export async function loadApplication(store: EventStore, place: ApplicationId): Promise<Loaded> {
  const application = await loadState(store, place);
  const wanted = new Map<string, RoleId>();
  for (const { role } of application.round?.roles ?? []) wanted.set(roleStream(role), role);
  for (const request of application.requests.values()) {
    for (const { role } of request.roles) wanted.set(roleStream(role), role);
  }
  const roles = new Map<string, { role: RoleId; state: RoleState }>();
  for (const [stream, role] of wanted) {
    roles.set(stream, { role, state: foldRole((await store.load<RoleEvent>(stream)).events) });
  }
  const runs = [];
  for (const { run } of application.round?.roles ?? []) {
    runs.push(foldRun((await store.load<RunEvent>(runStream(run))).events));
  }
  return { application, roles, runs };
}
