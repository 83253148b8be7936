import { allowingStatement, denyingStatement } from "./covers.ts";
import { quoted } from "./errors.ts";
import { growPolicy } from "./grow.ts";
import { compilePattern } from "./match.ts";
import { operatorOf } from "./operators.ts";
import { comparePermissions, normaliseCondition } from "./permission.ts";
import { notGranted, proveMerge } from "./prove.ts";
import { findAction } from "./service-reference.ts";
import { compareText } from "./text.ts";
import type { Addition, Basis, MergeInput, MergeResult, Permission, Policy, Question } from "./types.ts";

/**
 * Merges additions into the generated policy so that it grants what it did plus what is listed in `added`, no more and
 * no less; `proof` shows it by another method, and a caller must refuse a result whose proof says `wider` or knows of
 * something `lost`. The order of the additions does not matter, and merging the result again adds nothing. An addition
 * that an Allow statement covers, as the proof confirms, is counted in `kept`; one that is no action of AWS's list, that
 * holds a placeholder, that a Deny refuses, or about which the proof cannot tell is left out and becomes a question.
 */
export function mergePolicy(input: MergeInput): MergeResult {
  const questions: Question[] = [];
  const additions = canonicalAdditions(input.additions, questions);
  const covered = new Set<Permission>(
    additions.filter((addition) => allowingStatement(input.old, addition) !== null),
  );
  const merged = mergeWhatIsNew(input, additions, covered, questions);
  if (merged.proof.lost.length === 0 || covered.size === 0) return merged;
  // What is not shown to be there is added: rather twice than never.
  for (const one of notGranted(input.old, [...covered])) covered.delete(one);
  return mergeWhatIsNew(input, additions, covered, questions);
}

function mergeWhatIsNew(
  { old, protectedSids }: MergeInput,
  additions: readonly Addition[],
  covered: ReadonlySet<Permission>,
  asked: readonly Question[],
): MergeResult {
  const questions = [...asked];
  let added = additions.filter((addition) => {
    if (covered.has(addition)) return false;
    const question = questionAbout(addition, old);
    if (question !== null) questions.push(question);
    return question === null;
  });
  const kept = [...covered];
  let policy = growPolicy(old, added, protectedSids);
  let proof = proveMerge({ old, next: policy, additions: added, kept });
  if (proof.undecided.length > 0) {
    const undecided = new Set(proof.undecided);
    for (const index of undecided) questions.push(unprovable(added[index]));
    added = added.filter((_, index) => !undecided.has(index));
    policy = growPolicy(old, added, protectedSids);
    proof = proveMerge({ old, next: policy, additions: added, kept });
  }
  return { policy, added, kept: kept.length, questions: sortedQuestions(questions), proof };
}

/** Each permission once, in AWS's spelling and a fixed order; what AWS does not know becomes a question. */
function canonicalAdditions(additions: readonly Addition[], questions: Question[]): readonly Addition[] {
  const known: Addition[] = [];
  for (const addition of additions) {
    const info = findAction(addition.action);
    if (info === undefined) {
      questions.push(unknownAction(addition.action));
      continue;
    }
    const { action } = info;
    const condition = normaliseCondition(addition.condition);
    const isCanonical = action === addition.action && condition === addition.condition;
    known.push(isCanonical ? addition : { ...addition, action, condition });
  }
  const unique: Addition[] = [];
  for (const addition of known.sort(comparePermissions)) {
    const other = unique.at(-1);
    if (other === undefined || comparePermissions(other, addition) !== 0) unique.push(addition);
    else unique.splice(-1, 1, combine(other, addition));
  }
  return unique;
}

const STRENGTH: readonly Basis[] = ["seen", "inferred", "asked", "kept"];

/** The same permission from two sources: the stronger basis, the wider time, the higher count. */
function combine(a: Addition, b: Addition): Addition {
  const stronger = STRENGTH.indexOf(a.basis) <= STRENGTH.indexOf(b.basis) ? a : b;
  const times = (pick: (one: Addition) => string | null): readonly string[] =>
    [pick(a), pick(b)].filter((time) => time !== null).sort(compareText);
  const spelling = compareText(JSON.stringify(a.condition), JSON.stringify(b.condition)) <= 0 ? a : b;
  return {
    ...{ action: a.action, resource: a.resource, condition: spelling.condition },
    basis: stronger.basis,
    widened: a.widened && b.widened,
    calls: a.calls === null || b.calls === null ? (a.calls ?? b.calls) : Math.max(a.calls, b.calls),
    firstSeen: times((one) => one.firstSeen).at(0) ?? null,
    lastSeen: times((one) => one.lastSeen).at(-1) ?? null,
  };
}

/** Of the characters that AWS accepts in a policy, those that print. */
const ARN = /^arn:[\u0020-\u007e\u00a0-\u00ff]{1,2044}$/;

/** Why the addition must not be written, if so. */
function questionAbout(addition: Addition, old: Policy): Question | null {
  const { action, resource, condition } = addition;
  if (resource.includes("${") && compilePattern(resource).hasVariable) {
    const detail = `${quoted(action)} on ${quoted(resource)}: a placeholder is not filled, so it would match nothing.`;
    return { kind: "placeholder", detail };
  }
  if (resource !== "*" && !ARN.test(resource)) {
    const detail = `${quoted(action)} on ${quoted(resource)}: the resource is neither * nor an ARN.`;
    return { kind: "unmapped", detail };
  }
  if (
    old.statements.length > 0 &&
    old.version !== "2012-10-17" &&
    /\$\{/.test(JSON.stringify([resource, condition]))
  ) {
    const detail = `${quoted(action)} on ${quoted(resource)} needs a policy of Version 2012-10-17; this one has another.`;
    return { kind: "unprovable", detail };
  }
  const odd = Object.keys(condition ?? {}).find((operator) => operatorOf(operator) === null);
  if (odd !== undefined) {
    const detail = `${quoted(action)} on ${quoted(resource)}: the condition operator ${quoted(odd)} is not known.`;
    return { kind: "unprovable", detail };
  }
  const deny = denyingStatement(old, addition);
  if (deny === null) return null;
  const name = deny.sid === null ? `number ${old.statements.indexOf(deny)}` : quoted(deny.sid);
  const detail = `${quoted(action)} on ${quoted(resource)}: statement ${name} denies it, so adding it would grant nothing.`;
  return { kind: "unprovable", detail };
}

function unknownAction(action: string): Question {
  if (/^[\w-]+:\*$/.test(action)) {
    const service = quoted(action.slice(0, -2));
    return {
      kind: "service-level",
      detail: `The service ${service} was used, but not which of its actions.`,
    };
  }
  return {
    kind: "unmapped",
    detail: `${quoted(action)} is not an action of AWS's list, so it is not added.`,
  };
}

function unprovable(addition: Addition | undefined): Question {
  const name =
    addition === undefined ? "An addition" : `${quoted(addition.action)} on ${quoted(addition.resource)}`;
  return {
    kind: "unprovable",
    detail: `${name}: it cannot be shown what this would grant, so it is left out.`,
  };
}

function sortedQuestions(questions: readonly Question[]): readonly Question[] {
  const unique = new Map(questions.map((question) => [`${question.kind} ${question.detail}`, question]));
  return [...unique.entries()].sort(([a], [b]) => compareText(a, b)).map(([, question]) => question);
}
