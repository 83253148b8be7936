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

/**
 * Claims an application name or a role for a folder, by an event in the stream of that name; answers the folder that
 * claims the same and still says so in its outputs, if there is one. A holder whose folder has gone, or whose outputs
 * no longer name the thing, is released on its behalf: no index knows of vanished folders.
 */
export async function takeClaim(
  place: ApplicationId,
  wanted: Wanted,
  cause: Cause,
  ports: ClaimPorts,
): Promise<ApplicationId | null> {
  const stream = claimStream(wanted.kind, wanted.value);
  const { state } = await commit<ClaimEvent, ClaimState>(ports.store, {
    stream,
    fold: foldClaims,
    decide: (current) => claim(current, { ...place, uniqueId: wanted.uniqueId }, cause),
    commitId: commitId(cause.causationId, stream, digest("claim", place.folder, wanted.uniqueId ?? "")),
  });
  for (const { project, folder } of otherHolders(state, place)) {
    const other = { project, folder };
    if (await stillNames(other, wanted, ports.repositories)) return other;
    await dropClaim(other, wanted, "the folder no longer names it", cause, ports.store);
  }
  return null;
}

/** Gives up a claim, if it is held. */
export async function dropClaim(
  place: ApplicationId,
  { kind, value }: Pick<Wanted, "kind" | "value">,
  reason: string,
  cause: Cause,
  store: EventStore,
): Promise<void> {
  const stream = claimStream(kind, value);
  await commit<ClaimEvent, ClaimState>(store, {
    stream,
    fold: foldClaims,
    decide: (current) => releaseClaim(current, place, reason, cause),
    commitId: commitId(cause.causationId, stream, digest("release", place.project, place.folder, reason)),
  });
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
