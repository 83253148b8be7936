import type { ConditionBlock } from "@plp/iam-policy";
import type { DeniedBy } from "../types.ts";
import { type MappedAction, mapRecord } from "./action.ts";
import { type Call, callOf } from "./call.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { passedRoles } from "./pass-role.ts";
import type { TrailRecord } from "./record.ts";
import { resourcesOf } from "./resources.ts";

/** One permission that a record is evidence of. */
export interface Evidence {
  readonly action: string;
  readonly resource: string | null;
  readonly condition: ConditionBlock | null;
  readonly inferred: boolean;
  readonly outcome: "authorized" | "failed" | "denied";
  readonly deniedBy: DeniedBy | null;
  /** Why this action, and why this resource. */
  readonly why: string;
  readonly whyResource: string;
  /** What to ask for where the resource is null. */
  readonly patterns: readonly string[];
}

export type Reading =
  | { readonly kind: "call"; readonly denied: boolean; readonly evidence: readonly Evidence[] }
  | { readonly kind: "not-a-call"; readonly why: string }
  | { readonly kind: "unmapped"; readonly denied: boolean; readonly why: string };

const passRole = "iam:PassRole";
const none: readonly never[] = [];

/** Which of a denied call's actions were refused: the one that the message names, else those of the call itself. */
function refused(actions: readonly MappedAction[], named: string | null): readonly MappedAction[] {
  const lower = named?.toLowerCase();
  const hit = lower === undefined ? none : actions.filter(({ action }) => action.toLowerCase() === lower);
  return hit.length > 0 ? hit : actions.filter(({ extra }) => !extra);
}

function ofAction(call: Call, mapped: MappedAction, outcome: Outcome): readonly Evidence[] {
  const denied = outcome.kind === "denied";
  const failed = outcome.kind === "authorized" && outcome.failed;
  return resourcesOf(call, mapped).map(({ resource, why, patterns }) => ({
    action: mapped.action,
    resource,
    condition: null,
    inferred: false,
    outcome: denied ? "denied" : failed ? "failed" : "authorized",
    deniedBy: denied ? outcome.by : null,
    why: mapped.why,
    whyResource: why,
    patterns: patterns ?? none,
  }));
}

function ofActions(call: Call, actions: readonly MappedAction[], outcome: Outcome): readonly Evidence[] {
  const only = actions[0];
  return actions.length === 1 && only !== undefined
    ? ofAction(call, only, outcome)
    : actions.flatMap((mapped) => ofAction(call, mapped, outcome));
}

function passes(call: Call, actions: readonly MappedAction[], outcome: Outcome): readonly Evidence[] {
  const roles = passedRoles(call, actions);
  if (roles.length === 0) {
    return none;
  }
  return roles.map(({ roleArn, patterns, condition, why }) => ({
    action: passRole,
    resource: roleArn,
    condition,
    inferred: true,
    outcome: outcome.kind === "denied" ? "denied" : "authorized",
    deniedBy: outcome.kind === "denied" ? outcome.by : null,
    why,
    whyResource:
      roleArn === null
        ? "the request tells the role's name, and not the path before it"
        : "the role's ARN stands in the request",
    patterns,
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
  const call = callOf(record, onResponse);
  if (denied && outcome.namedAction?.toLowerCase() === passRole.toLowerCase()) {
    return { kind: "call", denied, evidence: passes(call, actions, outcome) };
  }
  const used = denied ? refused(actions, outcome.namedAction) : actions;
  const evidence = ofActions(call, used, outcome);
  // A call that failed later may have failed before the service looked at the role.
  const succeeded = outcome.kind === "authorized" && !outcome.failed;
  const passed = succeeded ? passes(call, actions, outcome) : none;
  return { kind: "call", denied, evidence: passed.length === 0 ? evidence : [...evidence, ...passed] };
}
