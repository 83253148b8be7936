import { foldAscii } from "./match.ts";
import { type Region, within } from "./regions.ts";
import type { Statement } from "./types.ts";

/** Statements by the text of an action that they list, or of all that they except, and then by that of a resource. */
export type Written = ReadonlyMap<string, Listing>;

interface Listing {
  readonly statements: Statement[];
  byResource: ReadonlyMap<string, readonly Statement[]> | null;
}

/** What the statements say, letter for letter; of actions, without regard to case. */
export function writtenIn(statements: readonly Statement[]): Written {
  const written = new Map<string, Listing>();
  for (const one of statements) {
    for (const key of one.actions?.map(actionText) ?? [exceptedActions(one)]) {
      const listing = written.get(key);
      if (listing === undefined) written.set(key, { statements: [one], byResource: null });
      else if (listing.statements.at(-1) !== one) listing.statements.push(one);
    }
  }
  return written;
}

/**
 * The resources of the statement on which nobody else says the same of the action (null: of all that its NotAction leaves):
 * the same pattern, letter for letter, is the same requests, and needs no witnesses. Null where it has a NotResource of which
 * nobody does. What holds a `${` is left to the witnesses, because versions differ about it.
 */
export function notWritten(
  written: Written,
  statement: Statement,
  action: string | null,
  cells: readonly Region[],
): readonly string[] | null {
  const { resources } = statement;
  const key = action === null ? exceptedActions(statement) : actionText(action);
  const listing = key.includes("${") ? undefined : written.get(key);
  if (listing === undefined) return resources;
  listing.byResource ??= byResource(listing.statements);
  const { byResource: known } = listing;
  const isOpen = (text: string): boolean => {
    const same = text.includes("${") ? undefined : known.get(text);
    return same === undefined || !shareAll(cells, same);
  };
  if (resources === null) return isOpen(exceptedResources(statement)) ? null : [];
  return resources.filter((resource) => isOpen(resourceText(resource)));
}

function byResource(statements: readonly Statement[]): ReadonlyMap<string, readonly Statement[]> {
  const found = new Map<string, Statement[]>();
  for (const one of statements) {
    for (const text of one.resources?.map(resourceText) ?? [exceptedResources(one)]) {
      const same = found.get(text);
      if (same === undefined) found.set(text, [one]);
      else same.push(one);
    }
  }
  return found;
}

function actionText(action: string): string {
  return `=${foldAscii(action)}`;
}

function exceptedActions({ notActions }: Statement): string {
  return `!${JSON.stringify((notActions ?? []).map(foldAscii).sort())}`;
}

function resourceText(resource: string): string {
  return `=${resource}`;
}

function exceptedResources({ notResources }: Statement): string {
  return `!${JSON.stringify([...(notResources ?? [])].sort())}`;
}

/** Is every cell within the condition of one of the statements? */
export function shareAll(cells: readonly Region[], statements: readonly Statement[]): boolean {
  return cells.every((cell) => statements.some((one) => within(cell, one.conditions)));
}
