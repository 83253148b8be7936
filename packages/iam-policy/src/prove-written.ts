import { foldAscii } from "./match.ts";
import { type Region, within } from "./regions.ts";
import type { Statement } from "./types.ts";

/** Statements by the text of a resource that they list, and by that of all that they except. */
export interface Written {
  readonly listed: ReadonlyMap<string, readonly Statement[]>;
  readonly excepted: ReadonlyMap<string, readonly Statement[]>;
}

/** What the statements say, letter for letter; of actions, without regard to case. */
export function writtenIn(statements: readonly Statement[]): Written {
  const listed = new Map<string, Statement[]>();
  const excepted = new Map<string, Statement[]>();
  for (const one of statements) {
    if (one.resources === null) put(excepted, exceptedResources(one), one);
    else for (const resource of one.resources) put(listed, resource, one);
  }
  return { listed, excepted };
}

function put(found: Map<string, Statement[]>, text: string, one: Statement): void {
  const same = found.get(text);
  if (same === undefined) found.set(text, [one]);
  else same.push(one);
}

/**
 * The resources of the statement on which nobody else says the same of the action (null: of all that its NotAction leaves):
 * the same pattern, letter for letter, is the same requests, and needs no witnesses. Null where it has a NotResource of which
 * nobody does. What holds a `${` is left to the witnesses, because versions differ about it.
 */
export function notWritten(
  { listed, excepted }: Written,
  statement: Statement,
  action: string | null,
  cells: readonly Region[],
): readonly string[] | null {
  const { resources } = statement;
  const but = action === null ? exceptedActions(statement) : action;
  if (but.includes("${")) return resources;
  const says = (one: Statement): boolean =>
    action === null ? one.actions === null && exceptedActions(one) === but : saysOf(one, action);
  const isOpen = (text: string, among: ReadonlyMap<string, readonly Statement[]>): boolean =>
    text.includes("${") || !shareAll(cells, among.get(text) ?? [], says);
  if (resources === null) return isOpen(exceptedResources(statement), excepted) ? null : [];
  return resources.filter((resource) => isOpen(resource, listed));
}

/** So many names are quickly looked through, most times to be found as they are spelled. */
const SHORT = 16;
const folded = new WeakMap<Statement, ReadonlySet<string>>();

function saysOf(one: Statement, action: string): boolean {
  const { actions } = one;
  if (actions === null) return false;
  if (actions.length <= SHORT && actions.includes(action)) return true;
  const names = folded.get(one) ?? new Set(actions.map(foldAscii));
  folded.set(one, names);
  return names.has(foldAscii(action));
}

function exceptedActions({ notActions }: Statement): string {
  return JSON.stringify((notActions ?? []).map(foldAscii).sort());
}

function exceptedResources({ notResources }: Statement): string {
  return JSON.stringify([...(notResources ?? [])].sort());
}

/** Is every cell within the condition of one of the statements that count? */
export function shareAll(
  cells: readonly Region[],
  statements: readonly Statement[],
  counts: (statement: Statement) => boolean,
): boolean {
  return cells.every((cell) => statements.some((one) => counts(one) && within(cell, one.conditions)));
}
