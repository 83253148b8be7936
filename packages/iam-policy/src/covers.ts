import { type ActionIndex, actionIndexOf, speaking } from "./action-index.ts";
import type { CompiledStatement } from "./compile.ts";
import type { Context } from "./conditions.ts";
import { evaluate } from "./evaluate.ts";
import { conditionImplies } from "./implies.ts";
import { ANY_MANY, ANY_ONE, compiledCovers, compilePattern, type Pattern, patternsOverlap } from "./match.ts";
import type { Answer, Permission, Policy, Statement } from "./types.ts";

interface Wanted {
  readonly action: Pattern;
  readonly resource: Pattern;
  readonly permission: Permission;
}

/**
 * Does the policy grant the whole permission: every action and resource that its patterns match, whenever its
 * condition holds? "yes" only when one Allow statement alone covers it and no Deny can touch it; "no" only when a
 * concrete request within it is refused; all else (several statements that may add up, a Deny under a condition, a
 * variable, an element not understood) is "cannot-tell", which nobody may take for a yes.
 */
export function covers(policy: Policy, permission: Permission): Answer {
  const wanted = compileWanted(permission);
  const candidates = candidatesOf(actionIndexOf(policy), permission.action);
  const denied = candidates.some((one) => one.statement.effect === "Deny" && mayTouch(one, wanted));
  if (!denied && candidates.some((one) => one.statement.effect === "Allow" && includes(one, wanted)))
    return "yes";
  return refusedSomewhere(policy, permission) ? "no" : "cannot-tell";
}

/** The Allow statement (of those that `counts`) that alone covers the permission, Denies left aside; null when none does. */
export function allowingStatement(
  policy: Policy,
  permission: Permission,
  counts: (statement: Statement) => boolean = () => true,
): Statement | null {
  return includingStatement(policy, permission, (one) => one.effect === "Allow" && counts(one));
}

/** The Deny statement that surely refuses all of the permission; null when none does. */
export function denyingStatement(policy: Policy, permission: Permission): Statement | null {
  return includingStatement(policy, permission, (one) => one.effect === "Deny");
}

/** An Allow statement that may grant some of the permission, its condition left aside; null when none can. */
export function touchingStatement(policy: Policy, permission: Permission): Statement | null {
  const wanted = compileWanted(permission);
  const found = candidatesOf(actionIndexOf(policy), permission.action).find(
    (one) => one.statement.effect === "Allow" && mayTouch(one, wanted),
  );
  return found?.statement ?? null;
}

function includingStatement(
  policy: Policy,
  permission: Permission,
  counts: (statement: Statement) => boolean,
): Statement | null {
  if (policy.statements.length === 0) return null;
  const index = actionIndexOf(policy);
  let wanted: Wanted | undefined;
  for (const one of candidatesOf(index, permission.action)) {
    if (!counts(one.statement)) continue;
    wanted ??= compileWanted(permission);
    if (includes(one, wanted)) return one.statement;
  }
  return null;
}

function compileWanted(permission: Permission): Wanted {
  return {
    action: compilePattern(permission.action, { foldCase: true }),
    resource: compilePattern(permission.resource),
    permission,
  };
}

/** The statements that can say anything about an action, or, of a pattern, all. */
function candidatesOf(index: ActionIndex, action: string): readonly CompiledStatement[] {
  return /[*?]|\$\{/.test(action) ? index.all : speaking(index, action);
}

function includes(compiled: CompiledStatement, wanted: Wanted): boolean {
  const { statement } = compiled;
  return (
    includesPattern(
      compiled.resources,
      compiled.notResources,
      statement.resources !== null,
      wanted.resource,
    ) &&
    includesPattern(compiled.actions, compiled.notActions, statement.actions !== null, wanted.action) &&
    statement.notUnderstood.length === 0 &&
    (compiled.escapes || statement.conditions === null || !mentionsVariable(statement)) &&
    conditionImplies(wanted.permission.condition, statement.conditions)
  );
}

function includesPattern(
  yes: readonly Pattern[],
  no: readonly Pattern[],
  listed: boolean,
  pattern: Pattern,
): boolean {
  for (const outer of yes) if (compiledCovers(outer, pattern)) return true;
  return !listed && !no.some((outer) => patternsOverlap(outer, pattern));
}

/** In a policy of version 2008-10-17 a `${…}` in a condition means another thing than in a permission. */
function mentionsVariable(statement: Statement): boolean {
  return JSON.stringify(statement.conditions).includes("${");
}

/** Could a request within the permission be one of the statement's? Conditions are not looked at. */
function mayTouch(compiled: CompiledStatement, wanted: Wanted): boolean {
  const { statement } = compiled;
  const touches = (
    yes: readonly Pattern[],
    no: readonly Pattern[],
    listed: boolean,
    pattern: Pattern,
  ): boolean =>
    listed
      ? yes.some((outer) => patternsOverlap(outer, pattern))
      : !no.some((outer) => compiledCovers(outer, pattern));
  return (
    touches(compiled.actions, compiled.notActions, statement.actions !== null, wanted.action) &&
    touches(compiled.resources, compiled.notResources, statement.resources !== null, wanted.resource)
  );
}

/** Tries concrete requests inside the permission: its wildcards empty, and filled with what no pattern names. */
function refusedSomewhere(policy: Policy, permission: Permission): boolean {
  const context: Context = permission.condition === null ? absentKeys(policy) : {};
  for (const filler of ["", "~", "~~~~~~~~"]) {
    const action = instance(permission.action, filler);
    const resource = instance(permission.resource, filler);
    if (action === null || resource === null) return false;
    const verdict = evaluate(policy, { action, resource, context });
    if (verdict === "unmatched" || verdict === "denied") return true;
  }
  return false;
}

/** A request that carries none of the keys that the policy asks about: an unconditional permission includes it. */
function absentKeys(policy: Policy): Context {
  const keys = policy.statements.flatMap((statement) =>
    Object.values(statement.conditions ?? {}).flatMap((block) => Object.keys(block)),
  );
  return Object.fromEntries(keys.map((key) => [key.toLowerCase(), []]));
}

function instance(source: string, filler: string): string | null {
  const { tokens, literal, hasVariable } = compilePattern(source);
  if (literal !== null) return literal;
  if (hasVariable) return null;
  return tokens
    .map((token) =>
      token === ANY_MANY ? filler : token === ANY_ONE ? "~" : String.fromCharCode(Number(token)),
    )
    .join("");
}
