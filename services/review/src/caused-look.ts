import {
  type ApplicationId,
  type Cause,
  commitId,
  digest,
  foldRole,
  type Person,
  type RoleEvent,
  type RoleId,
  type RoleState,
  roleStream,
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
