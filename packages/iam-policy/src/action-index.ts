import { type CompiledStatement, matchesAction } from "./evaluate.ts";
import { foldAscii } from "./match.ts";

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
    const names = one.actions.map((pattern) => pattern.literal);
    if (one.statement.actions === null || names.includes(null)) {
      rest.push(one);
      continue;
    }
    for (const name of new Set(names)) {
      const list = named.get(name ?? "");
      if (list) list.push(one);
      else named.set(name ?? "", [one]);
    }
  }
  return { all, named, rest };
}

/** The statements that certainly match the concrete action. */
export function surely(index: ActionIndex, action: string): readonly CompiledStatement[] {
  const rest = index.rest.filter((one) => matchesAction(one, action) === "yes");
  return [...(index.named.get(foldAscii(action)) ?? []), ...rest];
}

/** The statements that may match the concrete action. */
export function possibly(index: ActionIndex, action: string): readonly CompiledStatement[] {
  const rest = index.rest.filter((one) => matchesAction(one, action) !== "no");
  return [...(index.named.get(foldAscii(action)) ?? []), ...rest];
}
