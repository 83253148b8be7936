import {
  type Addition,
  type Policy,
  type PolicyDocument,
  permissionKey,
  type RestoreResult,
  restorePolicy,
} from "@plp/iam-policy";
import { type Cause, eventMaker, type Recorded } from "../event.ts";
import { dropProposal, proposePolicy, saysTheSame } from "./decide.ts";
import type { ProposedPolicy, RefusedBefore, RefusedRestore, RoleEvent } from "./events.ts";
import { foldRole } from "./fold.ts";
import { type ActionLimits, limitAdditions } from "./limits.ts";
import { eventsAt } from "./replay.ts";
import type { RoleState } from "./state.ts";

const make = eventMaker<RoleEvent>();

/** The policy that was approved at a version of a role's history, or why there is none to go back to. */
export type EarlierPolicy =
  | { readonly kind: "policy"; readonly policy: PolicyDocument }
  | { readonly kind: "no-version"; readonly last: number }
  /** `changes`: the versions with which the approved policy changed. */
  | { readonly kind: "no-policy"; readonly changes: readonly number[] };

/** `events` is the whole stream. */
export function policyAt(events: readonly Recorded<RoleEvent>[], version: number): EarlierPolicy {
  const last = events.at(-1)?.version ?? 0;
  if (version > last) return { kind: "no-version", last };
  const { approved } = foldRole(eventsAt(events, { version }));
  if (approved !== null) return { kind: "policy", policy: approved.policy };
  const changes = events.filter(({ type }) => type === "ProposalApproved" || type === "PolicyEdited");
  return { kind: "no-policy", changes: changes.map((event) => event.version) };
}

export interface RestoreWish {
  /** The generated policy as it stands. */
  readonly old: Policy;
  readonly to: Policy;
  readonly only: readonly string[] | null;
  readonly protectedSids: readonly string[];
  readonly limits: ActionLimits;
}

export type Restored = RestoreResult & { readonly forbidden: readonly Addition[] };

/** The policy brought back, save for what the settings do not let PLP propose; see `restorePolicy`. */
export function restoreWithin({ limits, ...wish }: RestoreWish): Restored {
  let limited: ReturnType<typeof limitAdditions> = { additions: [], forbidden: [], questions: [] };
  const result = restorePolicy({
    ...wish,
    mayReturn: (missing) => {
      limited = limitAdditions(missing, wish.old, limits);
      return limited.additions;
    },
  });
  return {
    ...result,
    questions: [...result.questions, ...limited.questions],
    forbidden: limited.forbidden,
  };
}

/** What of these additions reviewers refused, and did not merge since. */
export function refusedBefore({ rejected }: RoleState, added: readonly Addition[]): readonly RefusedBefore[] {
  return added.flatMap((one) => {
    const refusal = rejected.get(permissionKey(one));
    if (refusal === undefined) return [];
    const { at, by, request } = refusal;
    const { action, resource, condition } = one;
    return [{ action, resource, condition, at, by: by?.username ?? null, request }];
  });
}

/** What an order comes to. */
export type RestoreOutcome =
  | { readonly kind: "propose"; readonly proposed: ProposedPolicy }
  | { readonly kind: "refuse"; readonly reason: string };

/** Is there something to be done for the order: is it new, or is its proposal the one that is open? */
export function isPending({ restores, open }: RoleState, order: string): boolean {
  return !restores.has(order) || open.get("restore")?.restore?.order === order;
}

/**
 * An order to restore was worked out on the policy as it stands in Git now. Each is carried out once: what was decided or
 * withdrawn is not proposed again for it. A repeat on another base brings its open proposal up to date, or withdraws it where
 * there is no ground for it any more. Who asks for what is open already is told so.
 */
export function proposeRestore(
  state: RoleState,
  order: Omit<RefusedRestore, "reason">,
  outcome: RestoreOutcome,
  cause: Cause,
): RoleEvent[] {
  if (!isPending(state, order.order)) return [];
  const refuse = (reason: string) => [make("RestoreRefused", { ...order, reason }, cause)];
  const open = state.open.get("restore");
  const isKnown = state.restores.has(order.order);
  if (outcome.kind === "refuse")
    return isKnown ? dropProposal(state, "restore", outcome.reason, cause) : refuse(outcome.reason);
  if (!isKnown && open !== undefined && saysTheSame(open, outcome.proposed))
    return refuse(`proposal ${open.version} says the same`);
  return proposePolicy(state, outcome.proposed, cause);
}
