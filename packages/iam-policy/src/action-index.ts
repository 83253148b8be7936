import { type CompiledStatement, compileStatement, matchesAction } from "./compile.ts";
import { foldAscii } from "./match.ts";
import type { Answer, Policy } from "./types.ts";

/** Statements found by the action they speak of: by name where all their actions are names, else by trying. */
export interface ActionIndex {
  readonly all: readonly CompiledStatement[];
  readonly named: ReadonlyMap<string, readonly CompiledStatement[]>;
  readonly rest: readonly CompiledStatement[];
}

export function indexByAction(all: readonly CompiledStatement[]): ActionIndex {
  const named = new Map<string, CompiledStatement[]>();
  const rest: CompiledStatement[] = [];
  for (const one of all) {
    if (one.statement.actions === null || one.actions.some((pattern) => pattern.literal === null)) {
      rest.push(one);
      continue;
    }
    for (const { literal } of one.actions) {
      const list = named.get(literal ?? "");
      if (list === undefined) named.set(literal ?? "", [one]);
      else if (list.at(-1) !== one) list.push(one);
    }
  }
  return { all, named, rest };
}

const cache = new WeakMap<Policy, ActionIndex>();

/** All statements of a policy; made once per policy. */
export function actionIndexOf(policy: Policy): ActionIndex {
  const known = cache.get(policy);
  if (known) return known;
  const index = indexByAction(policy.statements.map((one) => compileStatement(one, policy.version)));
  cache.set(policy, index);
  return index;
}

/** The statements that may speak of the action; it is a concrete name, and the caller still has to match it. */
export function speaking(index: ActionIndex, action: string): readonly CompiledStatement[] {
  const named = index.named.get(foldAscii(action));
  if (named === undefined) return index.rest;
  return index.rest.length === 0 ? named : [...named, ...index.rest];
}

/** The statements that certainly match the concrete action. */
export function surely(index: ActionIndex, action: string): readonly CompiledStatement[] {
  return tried(index, action, (answer) => answer === "yes");
}

/** The statements that may match the concrete action. */
export function possibly(index: ActionIndex, action: string): readonly CompiledStatement[] {
  return tried(index, action, (answer) => answer !== "no");
}

/** A named statement matches by its name; the rest must be asked. */
function tried(
  index: ActionIndex,
  action: string,
  good: (answer: Answer) => boolean,
): readonly CompiledStatement[] {
  const text = foldAscii(action);
  const rest = index.rest.filter((one) => good(matchesAction(one, text)));
  return [...(index.named.get(text) ?? []), ...rest];
}
