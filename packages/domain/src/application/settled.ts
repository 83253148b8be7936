import type { RoleId } from "../ids.ts";
import type { RoleState } from "../role/state.ts";
import type { ApplicationState, RequestState } from "./fold.ts";

/** Does the request still wait for people, as far as the stream knows? */
export function isWaiting({ status }: RequestState): boolean {
  return status === "open" || status === "frozen";
}

/**
 * Has a request been decided of which one of its roles does not know yet? Until it does, nothing may be proposed to
 * people in its place.
 */
export function hasUntoldDecision(
  { requests }: ApplicationState,
  stateOf: (role: RoleId) => RoleState | undefined,
): boolean {
  return [...requests.values()].some(({ merged, closed, kind, roles }) =>
    roles.some(({ role, proposal }) => {
      const state = stateOf(role);
      if (state === undefined || state.scope === null || !state.proposals.has(proposal)) return false;
      if (merged !== null) return state.open.has(kind) && state.decided.get(proposal) !== "approved";
      return closed?.decision === true && !state.decided.has(proposal);
    }),
  );
}
