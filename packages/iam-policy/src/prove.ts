import { compilePattern } from "./match.ts";
import { parseStatement } from "./parse.ts";
import { fullTank, outsideOf } from "./prove-outside.ts";
import type { MergeProof, Permission, Policy, Proof, Statement } from "./types.ts";

export interface ProofInput {
  readonly old: Policy;
  readonly next: Policy;
  readonly additions: readonly Permission[];
}

/**
 * Shows that `next` allows nothing but what `old` allows or an addition names. Independent of the merge: statements
 * that stand on both sides cancel; of each other statement, concrete requests are made that stand for every
 * combination of the patterns in play, and the evaluator says who allows them. `wider` is true unless everything
 * could be shown; `outside` holds the requests (or, where none could be made, the patterns) that were not.
 * `undecided` are the additions, by index, that cannot be read as permissions.
 */
export function prove(input: ProofInput): Proof {
  const { extras, undecided } = readAdditions(input.additions);
  const outside = outsideOf(reread(input.next), reread(input.old), extras);
  return { wider: outside.length > 0, outside, undecided };
}

export interface MergeProofInput extends ProofInput {
  /** What was to be added and is said to be there already. */
  readonly kept: readonly Permission[];
}

/**
 * The same, and the other half of what a merge must not do: nothing that `old` allows, that was added or that is said to
 * be there may be missing from `next`. Of those, it leaves aside what cannot be read as a permission.
 */
export function proveMerge(input: MergeProofInput): MergeProof {
  const { extras, undecided } = readAdditions(input.additions);
  const [old, next] = [reread(input.old), reread(input.next)];
  const outside = outsideOf(next, old, extras);
  const version = old.statements.length === 0 ? next.version : old.version;
  const statements = [...old.statements, ...extras, ...readAdditions(input.kept).extras];
  const lost = outsideOf({ ...old, version, statements }, next, []);
  return { wider: outside.length > 0, outside, undecided, lost };
}

/** The permissions that the policy is not shown to grant, each by itself, all within the steps of one proof; its Denies are left aside. */
export function notGranted(policy: Policy, permissions: readonly Permission[]): readonly Permission[] {
  const allows = reread({
    ...policy,
    statements: policy.statements.filter(({ effect }) => effect === "Allow"),
  });
  const fuel = fullTank();
  return permissions.filter((one) => {
    const { extras } = readAdditions([one]);
    return outsideOf({ version: "2012-10-17", id: null, statements: extras }, allows, [], fuel).length > 0;
  });
}

/** The additions as Allow statements, one for all on the same resource under the same condition. */
function readAdditions(additions: readonly Permission[]): {
  readonly extras: readonly Statement[];
  readonly undecided: readonly number[];
} {
  const groups = new Map<
    string,
    { readonly first: Permission; readonly actions: string[]; readonly at: number[] }
  >();
  const undecided: number[] = [];
  for (const [index, addition] of additions.entries()) {
    const { action, resource, condition } = addition;
    if (holdsVariable(action) || holdsVariable(resource)) {
      undecided.push(index);
      continue;
    }
    const key = condition === null ? `*${resource}` : JSON.stringify([resource, condition]);
    const group = groups.get(key) ?? { first: addition, actions: [], at: [] };
    group.actions.push(action);
    group.at.push(index);
    groups.set(key, group);
  }
  const extras: Statement[] = [];
  for (const { first, actions, at } of groups.values()) {
    const target = {
      Resource: first.resource,
      ...(first.condition === null ? {} : { Condition: first.condition }),
    };
    const statement = parseStatement({ Effect: "Allow", Action: actions, ...target }, 0, "an addition");
    if (statement.notUnderstood.length === 0) extras.push(statement);
    else undecided.push(...at);
  }
  return { extras, undecided: undecided.sort((a, b) => a - b) };
}

function holdsVariable(text: string): boolean {
  return text.includes("${") && compilePattern(text).hasVariable;
}

/** What counts is what will be printed: the proof reads the statements anew and trusts no field of the merge. */
function reread({ version, statements }: Policy): Policy {
  const read = ({ verbatim }: Statement, index: number): Statement =>
    parseStatement(verbatim, index, "the policy to prove");
  return { version, id: null, statements: statements.map(read) };
}

export interface RemovalInput {
  readonly old: Policy;
  readonly next: Policy;
  readonly removals: readonly Permission[];
}

/** Shows that `next` still allows all that `old` allows, but for the removals: the same proof, the other way round. */
export function proveRemoval(input: RemovalInput): Proof {
  return prove({ old: input.next, next: input.old, additions: input.removals });
}

/** Shows that two policies allow just the same. */
export function proveSame(a: Policy, b: Policy): boolean {
  const [one, other] = [reread(a), reread(b)];
  return outsideOf(one, other, []).length === 0 && outsideOf(other, one, []).length === 0;
}
