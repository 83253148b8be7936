import { compilePattern, foldAscii, matches, type Pattern } from "./match.ts";
import type { Answer, Statement } from "./types.ts";

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

const modern = new WeakMap<Statement, CompiledStatement>();
const ancient = new WeakMap<Statement, CompiledStatement>();
const none: readonly Pattern[] = [];

export function compileStatement(statement: Statement, version: string | null): CompiledStatement {
  const escapes = version === "2012-10-17";
  const cache = escapes ? modern : ancient;
  const known = cache.get(statement);
  if (known) return known;
  const patterns = (list: readonly string[] | null, foldCase: boolean): readonly Pattern[] =>
    list === null ? none : list.map((text) => compilePattern(text, { foldCase, escapes }));
  const compiled: CompiledStatement = {
    statement,
    escapes,
    actions: patterns(statement.actions, true),
    notActions: patterns(statement.notActions, true),
    resources: patterns(statement.resources, false),
    notResources: patterns(statement.notResources, false),
  };
  cache.set(statement, compiled);
  return compiled;
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
