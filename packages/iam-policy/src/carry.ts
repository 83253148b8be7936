import { actionIndexOf } from "./action-index.ts";
import { type CompiledStatement, matchesAction } from "./compile.ts";
import { allowingStatement, denyingStatement } from "./covers.ts";
import { quoted } from "./errors.ts";
import { compiledCovers, compilePattern, patternsOverlap } from "./match.ts";
import { comparePermissions, normaliseCondition, permissionKey } from "./permission.ts";
import type { Permission, Policy, Question } from "./types.ts";
import { mayConcern, type Unobservable, unobservable, unobservableActions } from "./unobservable.ts";

/** What nobody can observe of a policy that goes, so that it must stand in the one that stays. */
export interface Carried extends Permission, Unobservable {
  /** The policy that stays allows it already. */
  readonly stands: boolean;
}

export interface CarryInput {
  /** The policy that goes. */
  readonly from: Policy;
  /** The policy that stays. */
  readonly to: Policy;
  /** Resource types whose data events the trail records. */
  readonly dataEvents: readonly string[];
  /** Services that the role never used by IAM's own word, which sees data events too; passing roles it does not see. */
  readonly neverUsed: ReadonlySet<string>;
}

/**
 * What cannot be observed and so is neither used nor unused: each such permission of the policy that goes. What cannot
 * be written as a permission (a NotResource, a Deny over a part of it, a variable) is a question: a person copies it.
 */
export function carryOver({ from, to, dataEvents, neverUsed }: CarryInput): {
  readonly carried: readonly Carried[];
  readonly questions: readonly Question[];
} {
  const carried = new Map<string, Carried>();
  const questions = new Map<string, Question>();
  const ask = (compiled: CompiledStatement, why: string) => {
    const { sid } = compiled.statement;
    const name = sid === null ? `number ${from.statements.indexOf(compiled.statement)}` : quoted(sid);
    const detail = `Statement ${name} of the initial policy ${why}: copy what is needed of it into the generated policy`;
    questions.set(detail, { kind: "unprovable", detail });
  };
  const actions = unobservableActions(dataEvents);
  const { all } = actionIndexOf(from);
  const denies = all.filter(({ statement }) => statement.effect === "Deny");
  for (const compiled of all) {
    const { statement } = compiled;
    if (statement.effect === "Deny") continue;
    for (const action of actions.filter((one) => matchesAction(compiled, one) !== "no")) {
      const why = unobservable(action, dataEvents);
      const service = action.slice(0, action.indexOf(":"));
      if (why === null || (why.why !== "pass-role" && neverUsed.has(service))) continue;
      if (statement.notUnderstood.length > 0) {
        ask(compiled, "is not understood as a whole");
        continue;
      }
      if (statement.resources === null) ask(compiled, "excepts resources (NotResource)");
      for (const resource of statement.resources ?? []) {
        if (!mayConcern(action, resource)) continue;
        const permission = { action, resource, condition: normaliseCondition(statement.conditions) };
        if (denyingStatement(from, permission) !== null) continue;
        const deny = denies.find((one) => touches(one, permission));
        if (deny !== undefined) ask(deny, `denies a part of what cannot be observed (${action})`);
        else if (compilePattern(resource).hasVariable) ask(compiled, "holds a variable in a resource");
        else {
          const stands = allowingStatement(to, permission) !== null;
          carried.set(permissionKey(permission), { ...permission, ...why, stands });
        }
      }
    }
  }
  return { carried: [...carried.values()].sort(comparePermissions), questions: [...questions.values()] };
}

function touches(deny: CompiledStatement, { action, resource }: Permission): boolean {
  if (matchesAction(deny, action) === "no") return false;
  const pattern = compilePattern(resource);
  return deny.statement.resources !== null
    ? deny.resources.some((outer) => patternsOverlap(outer, pattern))
    : !deny.notResources.some((outer) => compiledCovers(outer, pattern));
}
