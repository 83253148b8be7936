import { type Addition, allowingStatement, type Policy, patternCovers, type Question } from "@plp/iam-policy";

/** What the settings say of actions, whatever was used: patterns such as `iam:Create*`. */
export interface ActionLimits {
  /** Never proposed; told where it is used. */
  readonly never: readonly string[];
  /** A person adds it to the file, or nobody does. */
  readonly ask: readonly string[];
}

export interface LimitedAdditions {
  readonly additions: readonly Addition[];
  readonly forbidden: readonly Addition[];
  readonly questions: readonly Question[];
}

/** Takes out what the settings do not let PLP propose. What the policy allows already is none of their business. */
export function limitAdditions(
  additions: readonly Addition[],
  old: Policy,
  { never, ask }: ActionLimits,
): LimitedAdditions {
  const fits = (patterns: readonly string[], { action }: Addition) =>
    patterns.some((pattern) => patternCovers(pattern, action, { foldCase: true }));
  const kept: Addition[] = [];
  const forbidden: Addition[] = [];
  const questions: Question[] = [];
  for (const addition of additions) {
    if (!fits([...never, ...ask], addition) || allowingStatement(old, addition) !== null) kept.push(addition);
    else if (fits(never, addition)) forbidden.push(addition);
    else questions.push(questionAbout(addition));
  }
  return { additions: kept, forbidden, questions };
}

function questionAbout({ action, resource, condition, basis }: Addition): Question {
  const only = condition === null ? "" : ` under ${JSON.stringify(condition)}`;
  return {
    kind: "ask",
    detail: `${action} on ${resource}${only} ${basis === "kept" ? "stood there" : "was used"}; the settings leave it to people: to allow it, add it to the file`,
  };
}
