import { actionIndexOf, speaking } from "./action-index.ts";
import { type CompiledStatement, matchesAction, matchesResource } from "./compile.ts";
import { all, any, type Context, conditionHolds } from "./conditions.ts";
import type { AccessRequest, Answer, Policy, Verdict } from "./types.ts";

/**
 * What an identity policy says of one concrete request, as IAM would: an explicit Deny wins, then an Allow is
 * needed. What the statement or the context leaves open is "cannot-tell", unless the other statements decide:
 * no Allow that could apply is "unmatched" whatever the Denies say.
 */
export function evaluate(policy: Policy, request: AccessRequest): Verdict {
  let allowed: Answer = "no";
  let denied: Answer = "no";
  for (const compiled of speaking(actionIndexOf(policy), request.action)) {
    const applies = statementApplies(compiled, request);
    if (compiled.statement.effect === "Allow") allowed = any([allowed, applies]);
    else denied = any([denied, applies]);
    if (denied === "yes") return "denied";
  }
  if (allowed === "no") return "unmatched";
  return allowed === "yes" && denied === "no" ? "allowed" : "cannot-tell";
}

function statementApplies(compiled: CompiledStatement, request: AccessRequest): Answer {
  const target = all([matchesAction(compiled, request.action), matchesResource(compiled, request.resource)]);
  if (target === "no") return "no";
  const context: Context = request.context ?? {};
  const holds = conditionHolds(compiled.statement.conditions, context, compiled.escapes);
  const understood: Answer = compiled.statement.notUnderstood.length > 0 ? "cannot-tell" : "yes";
  return all([target, holds, understood]);
}
