export type OperatorKind =
  | "string"
  | "stringIgnoreCase"
  | "like"
  | "number"
  | "date"
  | "bool"
  | "binary"
  | "ip"
  | "arn"
  | "null";
export type Comparison = "eq" | "lt" | "le" | "gt" | "ge";

export interface Operator {
  readonly kind: OperatorKind;
  readonly comparison: Comparison;
  readonly negated: boolean;
  readonly ifExists: boolean;
  readonly qualifier: "any" | "all" | null;
}

type Base = readonly [OperatorKind, Comparison, boolean];

const ordered = (name: string, kind: OperatorKind): [string, Base][] => [
  [`${name}Equals`, [kind, "eq", false]],
  [`${name}NotEquals`, [kind, "eq", true]],
  [`${name}LessThan`, [kind, "lt", false]],
  [`${name}LessThanEquals`, [kind, "le", false]],
  [`${name}GreaterThan`, [kind, "gt", false]],
  [`${name}GreaterThanEquals`, [kind, "ge", false]],
];

/** The condition operators of the IAM grammar; names are taken as AWS spells them. */
const BASES = new Map<string, Base>([
  ["StringEquals", ["string", "eq", false]],
  ["StringNotEquals", ["string", "eq", true]],
  ["StringEqualsIgnoreCase", ["stringIgnoreCase", "eq", false]],
  ["StringNotEqualsIgnoreCase", ["stringIgnoreCase", "eq", true]],
  ["StringLike", ["like", "eq", false]],
  ["StringNotLike", ["like", "eq", true]],
  ...ordered("Numeric", "number"),
  ...ordered("Date", "date"),
  ["Bool", ["bool", "eq", false]],
  ["BinaryEquals", ["binary", "eq", false]],
  ["IpAddress", ["ip", "eq", false]],
  ["NotIpAddress", ["ip", "eq", true]],
  ["ArnEquals", ["arn", "eq", false]],
  ["ArnLike", ["arn", "eq", false]],
  ["ArnNotEquals", ["arn", "eq", true]],
  ["ArnNotLike", ["arn", "eq", true]],
  ["Null", ["null", "eq", false]],
]);

const cache = new Map<string, Operator | null>();

/** Reads an operator with its qualifier (`ForAnyValue:`) and suffix (`IfExists`); null when AWS has none such. */
export function operatorOf(name: string): Operator | null {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const operator = readOperator(name);
  if (operator !== null) cache.set(name, operator);
  return operator;
}

export function knownOperator(name: string): boolean {
  return operatorOf(name) !== null;
}

function readOperator(name: string): Operator | null {
  const match = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(name);
  const base = BASES.get(match?.[2] ?? "");
  if (!match || !base) return null;
  const ifExists = match[3] !== undefined;
  const [kind, comparison, negated] = base;
  if (kind === "null" && ifExists) return null;
  const qualifier = match[1] === undefined ? null : match[1] === "ForAnyValue" ? "any" : "all";
  return { kind, comparison, negated, ifExists, qualifier };
}
