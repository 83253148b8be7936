import { type ClaimEvent, claimStream, foldClaims, foldRole, type RoleEvent, roleStream } from "@plp/domain";
import type { EventStore } from "@plp/event-store";
import type { ReadUsage } from "./ports.ts";

type Usage = ReturnType<ReadUsage>["roles"];

/**
 * The last runs of enforced roles that were refused something for want of an identity policy: a merge asks reviewers for
 * it within the hour. Of roles that nobody, or more than one folder, claims there is nobody to ask.
 */
export async function refusedRuns(usage: Usage, store: EventStore): Promise<readonly string[]> {
  const runs: string[] = [];
  for (const { roleArn, permissions } of usage) {
    if (!permissions.some(isRefused)) continue;
    const claims = foldClaims((await store.load<ClaimEvent>(claimStream("role", roleArn))).events);
    const [holder, ...others] = claims.holders.values();
    if (holder === undefined || holder.uniqueId === null || others.length > 0) continue;
    const stream = roleStream({ arn: roleArn, uniqueId: holder.uniqueId });
    const state = foldRole((await store.load<RoleEvent>(stream)).events);
    const isAsked = state.scope?.mode === "enforce" && state.scope.generate && !state.retired;
    const last = [...state.observations.keys()].at(-1);
    if (isAsked && last !== undefined) runs.push(last);
  }
  return runs;
}

function isRefused({ denied, authorized, deniedBy }: Usage[number]["permissions"][number]): boolean {
  return denied > 0 && authorized === 0 && deniedBy === "identity";
}
