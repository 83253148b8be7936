import { type Operator, operatorOf } from "./operators.ts";
import type { AccessRequest, Answer, ConditionBlock } from "./types.ts";
import { compareValue } from "./values.ts";

export type Context = NonNullable<AccessRequest["context"]>;

/**
 * Does the condition hold for this context? A key that the context does not name is unknown to us, so what hangs
 * on it is "cannot-tell"; a key with an empty list is known to be absent from the request. Keys compare without
 * regard to case. `escapes` is false for policies of version 2008-10-17.
 */
export function conditionHolds(block: ConditionBlock | null, context: Context, escapes = true): Answer {
  if (block === null) return "yes";
  const answers: Answer[] = [];
  for (const [name, keys] of Object.entries(block)) {
    const operator = operatorOf(name);
    for (const [key, values] of Object.entries(keys)) {
      const actual = Object.hasOwn(context, key.toLowerCase()) ? context[key.toLowerCase()] : undefined;
      const known = operator !== null && actual !== undefined && values.length > 0;
      answers.push(known ? clauseHolds(operator, values, actual, escapes) : "cannot-tell");
    }
  }
  return all(answers);
}

function clauseHolds(
  operator: Operator,
  values: readonly string[],
  given: readonly string[],
  escapes: boolean,
): Answer {
  if (operator.kind === "null") {
    const absent = String(given.length === 0);
    return any(values.map((value) => compareValue(operator, value, absent, escapes)));
  }
  const one = (value: string): Answer => {
    const matched = any(values.map((wanted) => compareValue(operator, wanted, value, escapes)));
    return operator.negated ? not(matched) : matched;
  };
  // To ForAllValues and ForAnyValue an empty text is no value (IAM User Guide, "multiple key values").
  const actual = operator.qualifier !== null && given.every((value) => value === "") ? [] : given;
  if (actual.length === 0) {
    if (operator.ifExists || operator.qualifier === "all") return "yes";
    return operator.qualifier === null && operator.negated ? "yes" : "no";
  }
  const answers = actual.map(one);
  if (operator.qualifier === "any") return any(answers);
  if (operator.qualifier === "all") return all(answers);
  // AWS leaves open what an operator without qualifier makes of several values; that it holds, at most where each would.
  if (actual.length === 1) return all(answers);
  return any(answers) === "no" ? "no" : "cannot-tell";
}

export function all(answers: readonly Answer[]): Answer {
  if (answers.includes("no")) return "no";
  return answers.includes("cannot-tell") ? "cannot-tell" : "yes";
}

export function any(answers: readonly Answer[]): Answer {
  if (answers.includes("yes")) return "yes";
  return answers.includes("cannot-tell") ? "cannot-tell" : "no";
}

function not(answer: Answer): Answer {
  if (answer === "cannot-tell") return answer;
  return answer === "yes" ? "no" : "yes";
}
