import {
  type ApplicationId,
  type Cause,
  type ClaimEvent,
  type ClaimState,
  claim,
  claimStream,
  commitId,
  digest,
  foldClaims,
  holderOf,
  otherHolders,
  releaseClaim,
} from "@plp/domain";
import { commit, type EventStore } from "@plp/event-store";
import { parseOutputs } from "./parse-outputs.ts";
import type { IamRepository } from "./ports.ts";

/** An application name, or a role with the unique id that AWS gave it. */
export interface Wanted {
  readonly kind: "name" | "role";
  readonly value: string;
  readonly uniqueId: string | null;
}

interface ClaimPorts {
  readonly store: EventStore;
  readonly repositories: readonly IamRepository[];
}

export interface ClaimResult {
  /** A folder that claims the same and still says so in its outputs. */
  readonly conflict: ApplicationId | null;
  /** The unique id under which this folder claimed the role before, if it was another one. */
  readonly previousUniqueId: string | null;
}

/**
 * Claims an application name or a role for a folder, by an event in the stream of that name. A holder whose folder
 * has gone, or whose outputs no longer name the thing, is released on its behalf: no index knows of vanished folders.
 */
export async function takeClaim(
  place: ApplicationId,
  wanted: Wanted,
  cause: Cause,
  ports: ClaimPorts,
): Promise<ClaimResult> {
  const stream = claimStream(wanted.kind, wanted.value);
  let previous: string | null = null;
  const { state } = await commit<ClaimEvent, ClaimState>(ports.store, {
    stream,
    fold: foldClaims,
    decide: (current) => {
      previous = holderOf(current, place)?.uniqueId ?? null;
      return claim(current, { ...place, uniqueId: wanted.uniqueId }, cause);
    },
    commitId: commitId(cause.causationId, stream, digest("claim", place.folder, wanted.uniqueId ?? "")),
  });
  const previousUniqueId = previous === wanted.uniqueId ? null : previous;
  for (const other of otherHolders(state, place)) {
    const { project, folder } = other;
    if (await stillNames(other, wanted, ports.repositories))
      return { conflict: { project, folder }, previousUniqueId };
    await dropClaim({ project, folder }, wanted, "the folder no longer names it", cause, ports.store);
  }
  return { conflict: null, previousUniqueId };
}

/** Gives up a claim, if it is held. Returns the unique id under which it was held. */
export async function dropClaim(
  place: ApplicationId,
  { kind, value }: Pick<Wanted, "kind" | "value">,
  reason: string,
  cause: Cause,
  store: EventStore,
): Promise<string | null> {
  const stream = claimStream(kind, value);
  let held: string | null = null;
  await commit<ClaimEvent, ClaimState>(store, {
    stream,
    fold: foldClaims,
    decide: (current) => {
      held = holderOf(current, place)?.uniqueId ?? null;
      return releaseClaim(current, place, reason, cause);
    },
    commitId: commitId(cause.causationId, stream, digest("release", place.project, place.folder)),
  });
  return held;
}

async function stillNames(
  other: ApplicationId,
  wanted: Wanted,
  repositories: readonly IamRepository[],
): Promise<boolean> {
  const repository = repositories.find(({ project }) => project === other.project);
  if (repository === undefined) return false;
  const found = await repository.outputs(other.folder, await repository.head());
  if (found === null) return false;
  const outputs = parseOutputs(found.text, other, found.source);
  if (outputs.kind === "refused") return false;
  if (wanted.kind === "name") return outputs.name === wanted.value;
  return outputs.environments.some(({ roleArn, scope }) => roleArn === wanted.value && scope.generate);
}
