import {
  type ApplicationEvent,
  type ApplicationId,
  type ApplicationState,
  applicationStream,
  type Cause,
  commitId,
  digest,
  foldApplication,
  foldRole,
  type Person,
  type RoleEvent,
  type RoleId,
  type RoleState,
  roleStream,
  service,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import type { Gitlab, ReviewPorts } from "./ports.ts";

/** A look at one application. */
export interface Look {
  readonly place: ApplicationId;
  readonly gitlab: Gitlab;
  readonly ports: ReviewPorts;
}

export type CausedLook = Look & { readonly cause: Cause };

export async function loadApplication({ place, ports }: Look): Promise<ApplicationState> {
  const { events } = await ports.store.load<ApplicationEvent>(applicationStream(place));
  return foldApplication(events);
}

/** The look with its cause: the application as it stands now. */
export async function causedLook(
  look: Look,
): Promise<CausedLook & { readonly application: ApplicationState }> {
  const { place, ports } = look;
  const application = await loadApplication(look);
  const cause: Cause = {
    occurredAt: ports.clock.now().toISOString(),
    actor: service("review"),
    correlationId: application.round?.round ?? "none",
    causationId: digest("look", place.project, place.folder),
  };
  return { ...look, cause, application };
}

/** Of the last round. */
export function rolesOf({ round }: ApplicationState): readonly RoleId[] {
  return round?.roles.map(({ role }) => role) ?? [];
}

export async function loadRole(role: RoleId, { ports }: Look): Promise<RoleState> {
  return foldRole((await ports.store.load<RoleEvent>(roleStream(role))).events);
}

/** Writes what is decided of a role; `step` names this write among those of the look, the same at every repeat. */
export async function changeRole(
  role: RoleId,
  step: readonly string[],
  { cause, ports }: CausedLook,
  decide: (state: RoleState) => RoleEvent[],
): Promise<RoleState> {
  const stream = roleStream(role);
  const { state } = await commit<RoleEvent, RoleState>(ports.store, {
    stream,
    fold: foldRole,
    decide,
    commitId: commitId(cause.causationId, stream, digest(...step)),
  });
  return state;
}

/** What a person did, when GitLab says they did it. */
export function causeBy(person: Person | null, at: string, { cause }: CausedLook): Cause {
  const actor: Cause["actor"] =
    person === null ? cause.actor : { kind: "person", id: String(person.id), name: person.username };
  return { ...cause, occurredAt: at, actor };
}
