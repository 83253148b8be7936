import { operatorOf } from "./operators.ts";
import { type Clause, clauseKey, clausesOf } from "./permission.ts";
import type { ConditionBlock } from "./types.ts";

/**
 * Is whatever satisfies `stronger` sure to satisfy `weaker`? True only where that can be shown clause by clause: the
 * same operator and key with the same values, or fewer values of an operator that accepts any of them, or more
 * values of one that refuses all of them; `IfExists` on the weaker side only loosens. Everything else is false.
 */
export function conditionImplies(stronger: ConditionBlock | null, weaker: ConditionBlock | null): boolean {
  if (weaker === null) return true;
  const given = clausesOf(stronger);
  return clausesOf(weaker).every((wanted) => given.some((clause) => clauseImplies(clause, wanted)));
}

function clauseImplies(given: Clause, wanted: Clause): boolean {
  if (clauseKey(given) === clauseKey(wanted)) return true;
  if (given.key !== wanted.key || given.values.length === 0 || wanted.values.length === 0) return false;
  const strong = operatorOf(given.operator);
  const weak = operatorOf(wanted.operator);
  if (strong === null || weak === null) return false;
  const sameKind =
    strong.kind === weak.kind &&
    strong.comparison === weak.comparison &&
    strong.negated === weak.negated &&
    strong.qualifier === weak.qualifier &&
    (strong.ifExists === weak.ifExists || weak.ifExists);
  if (!sameKind) return false;
  const [fewer, more] = strong.negated ? [wanted, given] : [given, wanted];
  return fewer.values.every((value) => more.values.includes(value));
}
