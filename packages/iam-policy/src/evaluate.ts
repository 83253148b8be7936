import { all, any, type Context, conditionHolds } from "./conditions.ts";
import { compilePattern, foldAscii, matches, type Pattern } from "./match.ts";
import type { AccessRequest, Answer, Policy, Statement, Verdict } from "./types.ts";

/** A statement with its patterns read once. */
export interface CompiledStatement {
  readonly statement: Statement;
  /** Whether `${*}` is an escape and `${x}` a variable: version 2012-10-17. */
  readonly escapes: boolean;
  readonly actions: readonly Pattern[];
  readonly notActions: readonly Pattern[];
  readonly resources: readonly Pattern[];
  readonly notResources: readonly Pattern[];
}

const cache = new WeakMap<Statement, Map<boolean, CompiledStatement>>();

export function compileStatement(statement: Statement, version: string | null): CompiledStatement {
  const escapes = version === "2012-10-17";
  const perVersion = cache.get(statement) ?? new Map<boolean, CompiledStatement>();
  const known = perVersion.get(escapes);
  if (known) return known;
  const patterns = (list: readonly string[] | null, foldCase: boolean): readonly Pattern[] =>
    (list ?? []).map((text) => compilePattern(text, { foldCase, escapes }));
  const compiled: CompiledStatement = {
    statement,
    escapes,
    actions: patterns(statement.actions, true),
    notActions: patterns(statement.notActions, true),
    resources: patterns(statement.resources, false),
    notResources: patterns(statement.notResources, false),
  };
  cache.set(statement, perVersion.set(escapes, compiled));
  return compiled;
}

/**
 * What an identity policy says of one concrete request, as IAM would: an explicit Deny wins, then an Allow is
 * needed. What the statement or the context leaves open is "cannot-tell", unless the other statements decide:
 * no Allow that could apply is "unmatched" whatever the Denies say.
 */
export function evaluate(policy: Policy, request: AccessRequest): Verdict {
  let allowed: Answer = "no";
  let denied: Answer = "no";
  for (const statement of policy.statements) {
    const applies = statementApplies(compileStatement(statement, policy.version), request);
    if (statement.effect === "Allow") allowed = any([allowed, applies]);
    else denied = any([denied, applies]);
    if (denied === "yes") return "denied";
  }
  if (allowed === "no") return "unmatched";
  return allowed === "yes" && denied === "no" ? "allowed" : "cannot-tell";
}

export function statementApplies(compiled: CompiledStatement, request: AccessRequest): Answer {
  const target = all([matchesAction(compiled, request.action), matchesResource(compiled, request.resource)]);
  if (target === "no") return "no";
  const context: Context = request.context ?? {};
  const holds = conditionHolds(compiled.statement.conditions, context, compiled.escapes);
  const understood: Answer = compiled.statement.notUnderstood.length > 0 ? "cannot-tell" : "yes";
  return all([target, holds, understood]);
}

/** Does the statement speak of this concrete action? Its other elements are not looked at. */
export function matchesAction(compiled: CompiledStatement, action: string): Answer {
  const text = foldAscii(action);
  return compiled.statement.actions !== null
    ? anyMatch(compiled.actions, text)
    : noneMatch(compiled.notActions, text);
}

/** Does the statement speak of this concrete resource (an ARN, or `*` for an action that takes none)? */
export function matchesResource(compiled: CompiledStatement, resource: string): Answer {
  return compiled.statement.resources !== null
    ? anyMatch(compiled.resources, resource)
    : noneMatch(compiled.notResources, resource);
}

function anyMatch(patterns: readonly Pattern[], text: string): Answer {
  let result: Answer = "no";
  for (const pattern of patterns) {
    const answer = matches(pattern, text);
    if (answer === "yes") return "yes";
    if (answer === "cannot-tell") result = answer;
  }
  return result;
}

function noneMatch(patterns: readonly Pattern[], text: string): Answer {
  const matched = anyMatch(patterns, text);
  if (matched === "cannot-tell") return matched;
  return matched === "yes" ? "no" : "yes";
}
