import type { Context } from "./conditions.ts";
import { type CompiledStatement, compileStatement, evaluate } from "./evaluate.ts";
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
  const allowed = policy.statements.some((statement) => allows(policy, statement, wanted));
  if (allowed && !policy.statements.some((statement) => mayDeny(policy, statement, wanted))) return "yes";
  return refusedSomewhere(policy, permission) ? "no" : "cannot-tell";
}

/** The Allow statement that alone covers the permission, Denies left aside; null when none does. */
export function allowingStatement(policy: Policy, permission: Permission): Statement | null {
  const wanted = compileWanted(permission);
  return policy.statements.find((statement) => allows(policy, statement, wanted)) ?? null;
}

/** The Deny statement that surely refuses all of the permission; null when none does. */
export function denyingStatement(policy: Policy, permission: Permission): Statement | null {
  const wanted = compileWanted(permission);
  const denies = policy.statements.filter((statement) => statement.effect === "Deny");
  return denies.find((statement) => includes(compileStatement(statement, policy.version), wanted)) ?? null;
}

function compileWanted(permission: Permission): Wanted {
  return {
    action: compilePattern(permission.action, { foldCase: true }),
    resource: compilePattern(permission.resource),
    permission,
  };
}

function allows(policy: Policy, statement: Statement, wanted: Wanted): boolean {
  return statement.effect === "Allow" && includes(compileStatement(statement, policy.version), wanted);
}

function includes(compiled: CompiledStatement, wanted: Wanted): boolean {
  const { statement } = compiled;
  if (statement.notUnderstood.length > 0) return false;
  const covered = (
    yes: readonly Pattern[],
    no: readonly Pattern[],
    listed: boolean,
    pattern: Pattern,
  ): boolean =>
    listed
      ? yes.some((outer) => compiledCovers(outer, pattern))
      : !no.some((outer) => patternsOverlap(outer, pattern));
  return (
    covered(compiled.actions, compiled.notActions, statement.actions !== null, wanted.action) &&
    covered(compiled.resources, compiled.notResources, statement.resources !== null, wanted.resource) &&
    (compiled.escapes || statement.conditions === null || !mentionsVariable(statement)) &&
    conditionImplies(wanted.permission.condition, statement.conditions)
  );
}

/** In a policy of version 2008-10-17 a `${…}` in a condition means another thing than in a permission. */
function mentionsVariable(statement: Statement): boolean {
  return JSON.stringify(statement.conditions).includes("${");
}

function mayDeny(policy: Policy, statement: Statement, wanted: Wanted): boolean {
  if (statement.effect === "Allow") return false;
  const compiled = compileStatement(statement, policy.version);
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
