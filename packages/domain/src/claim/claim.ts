import { type Cause, type DomainEvent, eventMaker, type Recorded } from "../event.ts";
import type { ApplicationId } from "../ids.ts";

/** A folder says: this application name, or this role, is mine. */
export interface Claim extends ApplicationId {
  /** Of a role: the unique id that AWS gave it when it was last looked at. */
  readonly uniqueId: string | null;
}

export type ClaimEvent =
  | DomainEvent<"Claimed", Claim>
  | DomainEvent<"ClaimReleased", ApplicationId & { readonly reason: string }>;

/** Who claims it now, by folder; more than one is a conflict that refuses all of them. */
export interface ClaimState {
  readonly holders: ReadonlyMap<string, Claim>;
}

const make = eventMaker<ClaimEvent>();

function place(id: ApplicationId): string {
  return `${id.project}#${id.folder}`;
}

export function foldClaims(
  events: readonly Recorded<ClaimEvent>[],
  from: ClaimState = { holders: new Map() },
): ClaimState {
  const holders = new Map(from.holders);
  for (const event of events) {
    if (event.type === "Claimed") holders.set(place(event.data), event.data);
    else holders.delete(place(event.data));
  }
  return { holders };
}

export function holderOf(state: ClaimState, id: ApplicationId): Claim | null {
  return state.holders.get(place(id)) ?? null;
}

/** The holders other than this folder. */
export function otherHolders(state: ClaimState, id: ApplicationId): readonly Claim[] {
  return [...state.holders.values()].filter((claim) => place(claim) !== place(id));
}

export function claim(state: ClaimState, wanted: Claim, cause: Cause): ClaimEvent[] {
  const held = holderOf(state, wanted);
  return held !== null && held.uniqueId === wanted.uniqueId ? [] : [make("Claimed", wanted, cause)];
}

export function releaseClaim(
  state: ClaimState,
  id: ApplicationId,
  reason: string,
  cause: Cause,
): ClaimEvent[] {
  const { project, folder } = id;
  return holderOf(state, id) === null ? [] : [make("ClaimReleased", { project, folder, reason }, cause)];
}
