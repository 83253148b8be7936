import {
  type ApplicationState,
  commitId,
  digest,
  discoverRole,
  foldRole,
  type PlannedRound,
  type RoleEvent,
  type RoleId,
  type RoleState,
  retireRole,
  roleStream,
} from "@plp/domain";
import { commit } from "@plp/event-store";
import { dropClaim } from "./claims.ts";
import type { ClaimedRole, Found, LeftOut, Look } from "./look.ts";

/** The histories of the roles in scope say so; a role that was made again names the one before it. */
export async function recordRoles(
  look: Look,
  { claimed, source }: Found,
  application: ApplicationState,
): Promise<void> {
  for (const found of claimed) {
    const previous = previousOf(found, application);
    await change(look, found.role, ["discover", JSON.stringify(found.scope)], (state) =>
      discoverRole(
        state,
        { scope: found.scope, commit: source, previousUniqueId: previous?.uniqueId ?? null },
        look.cause,
      ),
    );
  }
}

/** The role of the same ARN that this application knew last: AWS gave the name to a new one since. */
function previousOf({ role }: ClaimedRole, { known }: ApplicationState): RoleId | null {
  const before = [...known.values()].filter(
    ({ arn, uniqueId }) => arn === role.arn && uniqueId !== role.uniqueId,
  );
  return before.at(-1) ?? null;
}

/**
 * Every role that this application ever planned and that is no longer in scope says so in its history, and its claim is
 * given up, in this order: whatever a crash leaves undone is found again by the next look, from the application's own
 * stream. An environment that could not be read this time decides nothing.
 */
export async function settleOthers(
  look: Look,
  found: Found,
  application: ApplicationState,
  plan: PlannedRound,
): Promise<void> {
  // The plan stands as the first delivery made it; a role that could not be looked at then may be found now.
  const named = [...plan.roles, ...found.claimed].map(({ role }) => role);
  const planned = new Set(named.map(roleStream));
  const inScope = new Set(named.map(({ arn }) => arn));
  const unread = new Set(found.failed.map(({ environment }) => environment));
  for (const [stream, role] of application.known) {
    if (planned.has(stream)) continue;
    const out = found.leftOut.find(({ roleArn }) => roleArn === role.arn);
    const wasMadeAgain = inScope.has(role.arn);
    const reason = wasMadeAgain
      ? "the role was deleted and made again"
      : (out?.reason ?? "no environment of the application names it any more");
    const isOurs = (state: RoleState) =>
      state.scope?.application.project === look.place.project &&
      state.scope.application.folder === look.place.folder;
    const decide = (state: RoleState): RoleEvent[] => {
      if (
        !isOurs(state) ||
        (out === undefined && !wasMadeAgain && unread.has(state.scope?.environment ?? ""))
      )
        return [];
      return out === undefined || out.scope.generate
        ? retireRole(state, { reason, commit: found.source }, look.cause)
        : leaveOut(state, out, found, look);
    };
    const state = await change(look, role, ["out", reason], decide);
    const isGone = isOurs(state) && (state.retired || state.scope?.generate === false);
    if (isGone && !wasMadeAgain)
      await dropClaim(look.place, { kind: "role", value: role.arn }, reason, look.cause, look.ports.store);
  }
}

/** `generate = false`: the role stays known, its open proposals are withdrawn. */
function leaveOut(state: RoleState, { scope }: LeftOut, { source }: Found, { cause }: Look): RoleEvent[] {
  return state.retired ? [] : discoverRole(state, { scope, commit: source, previousUniqueId: null }, cause);
}

async function change(
  { cause, ports }: Look,
  role: RoleId,
  step: readonly string[],
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
