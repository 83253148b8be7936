import type { ConditionBlock } from "@plp/iam-policy";
import { type MappedAction, mapRecord } from "./action.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { passedRoles } from "./pass-role.ts";
import type { TrailRecord } from "./record.ts";
import { resourcesOf } from "./resources.ts";
import type { DeniedBy } from "./types.ts";

/** One permission that a record is evidence of. */
export interface Evidence {
  readonly action: string;
  readonly resource: string | null;
  readonly condition: ConditionBlock | null;
  readonly inferred: boolean;
  readonly outcome: "authorized" | "failed" | "denied";
  readonly deniedBy: DeniedBy | null;
  readonly why: string;
  /** What to ask for where the resource is null. */
  readonly patterns: readonly string[];
}

export type Reading =
  | { readonly kind: "call"; readonly denied: boolean; readonly evidence: readonly Evidence[] }
  | { readonly kind: "not-a-call"; readonly why: string }
  | { readonly kind: "unmapped"; readonly denied: boolean; readonly why: string };

const passRole = "iam:PassRole";

/** Which of a denied call's actions were refused: the one that the message names, else those of the call itself. */
function refused(actions: readonly MappedAction[], named: string | null): readonly MappedAction[] {
  const hit = actions.filter(({ action }) => action.toLowerCase() === named?.toLowerCase());
  return hit.length > 0 ? hit : actions.filter(({ extra }) => !extra);
}

function ofActions(
  record: TrailRecord,
  actions: readonly MappedAction[],
  outcome: Outcome,
  onResponse?: () => void,
): Evidence[] {
  const denied = outcome.kind === "denied";
  return actions.flatMap((mapped) =>
    resourcesOf(record, mapped, onResponse).map(({ resource, why, patterns }) => ({
      action: mapped.action,
      resource,
      condition: null,
      inferred: false,
      outcome: denied ? "denied" : outcome.kind === "authorized" && outcome.failed ? "failed" : "authorized",
      deniedBy: denied ? outcome.by : null,
      why: `${mapped.why}; ${why}`,
      patterns: patterns ?? [],
    })),
  );
}

function passes(record: TrailRecord, actions: readonly MappedAction[], outcome: Outcome): Evidence[] {
  return passedRoles(record, actions).map(({ roleArn, condition, why }) => ({
    action: passRole,
    resource: roleArn,
    condition,
    inferred: true,
    outcome: outcome.kind === "denied" ? "denied" : "authorized",
    deniedBy: outcome.kind === "denied" ? outcome.by : null,
    why,
    patterns: [],
  }));
}

/**
 * What a record proves: each action with its resource and what became of it. A call whose refusal names
 * `iam:PassRole` proves only that; of any other denied call nothing is inferred. `onResponse` is called when a resource
 * is looked for in the response.
 */
export function readRecord(record: TrailRecord, onResponse?: () => void): Reading {
  const mapping = mapRecord(record);
  if (mapping.kind === "nothing") {
    return { kind: "not-a-call", why: mapping.why };
  }
  const outcome = outcomeOf(record);
  if (outcome.kind === "unauthenticated") {
    return { kind: "not-a-call", why: "refused before AWS asked what the caller may do" };
  }
  const denied = outcome.kind === "denied";
  if (mapping.kind === "unmapped") {
    return { kind: "unmapped", denied, why: mapping.why };
  }
  const { actions } = mapping;
  if (denied && outcome.namedAction?.toLowerCase() === passRole.toLowerCase()) {
    return { kind: "call", denied, evidence: passes(record, actions, outcome) };
  }
  const used = denied ? refused(actions, outcome.namedAction) : actions;
  const evidence = ofActions(record, used, outcome, onResponse);
  // A call that failed later may have failed before the service looked at the role.
  const succeeded = outcome.kind === "authorized" && !outcome.failed;
  return {
    kind: "call",
    denied,
    evidence: succeeded ? [...evidence, ...passes(record, actions, outcome)] : evidence,
  };
}
