import { conditionHolds } from "./conditions.ts";
import { type Operator, operatorOf } from "./operators.ts";
import { isSingleValued } from "./single-valued.ts";
import type { ConditionBlock } from "./types.ts";

/** One clause of a condition as the proof reads it: operator, lower-cased key, values. All clauses must hold. */
export interface Term {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** The contexts in which all terms hold. */
export type Region = readonly Term[];

const MAX_CELLS = 64;

export function regionOf(block: ConditionBlock | null): Region {
  return Object.entries(block ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key: key.toLowerCase(), values })),
  );
}

/**
 * Cuts a region into cells that together are all of it: where one value of the request that is among several is enough,
 * one cell per value, so that two statements may share what neither covers alone. At most 64 cells.
 */
export function cellsOf(region: Region): readonly Region[] {
  let cells: readonly Region[] = [[]];
  for (const term of region) {
    const operator = operatorOf(term.operator);
    const splits =
      operator !== null && !operator.negated && (operator.qualifier === "any" || isSingle(term, operator));
    const parts =
      splits && cells.length * term.values.length <= MAX_CELLS && term.values.length > 1
        ? term.values.map((value) => ({ ...term, values: [value] }))
        : [term];
    cells = cells.flatMap((cell) => parts.map((part) => [...cell, part]));
  }
  return cells;
}

/** A key with several values could meet all of them together, and none alone. */
function isSingle({ key }: Term, { qualifier }: Operator): boolean {
  return qualifier === null && isSingleValued(key);
}

/** Do all contexts of the cell satisfy the condition? Only what can be shown counts. */
export function within(cell: Region, block: ConditionBlock | null): boolean {
  return block === null || regionOf(block).every((term) => cell.some((given) => follows(given, term)));
}

function follows(given: Term, wanted: Term): boolean {
  if (given.key !== wanted.key || wanted.values.length === 0 || given.values.length === 0) return false;
  const a = new Set(given.values);
  const b = new Set(wanted.values);
  if (given.operator === wanted.operator && a.size === b.size && subset(a, b)) return true;
  const strong = operatorOf(given.operator);
  const weak = operatorOf(wanted.operator);
  if (strong === null || weak === null || strong.qualifier !== weak.qualifier) return false;
  if (strong.ifExists && !weak.ifExists) return false;
  if (given.operator.replace("IfExists", "") === wanted.operator.replace("IfExists", "")) {
    return strong.negated ? subset(b, a) : subset(a, b);
  }
  // A pinned value can be handed to the evaluator, if the wanted operator is content with one value that matches.
  const pinned =
    strong.kind === "string" && !strong.negated && strong.qualifier !== "all" && !strong.ifExists;
  if (!pinned || weak.negated || weak.kind === "null") return false;
  if (given.values.some((value) => value.includes("${"))) return false;
  const single = { [wanted.operator]: { [wanted.key]: wanted.values } };
  return given.values.every((value) => conditionHolds(single, { [given.key]: [value] }) === "yes");
}

function subset(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  return [...part].every((value) => whole.has(value));
}
