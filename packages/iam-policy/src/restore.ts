import { allowingStatement, covers } from "./covers.ts";
import { quoted } from "./errors.ts";
import { foldAscii } from "./match.ts";
import { mergePolicy } from "./merge.ts";
import { permissionsOf, statementKey } from "./permission.ts";
import { prove, proveRemoval } from "./prove.ts";
import { type ReduceProof, reducePolicy } from "./reduce.ts";
import { isPlpSid } from "./sid.ts";
import type { Addition, Permission, Policy, Question, Statement } from "./types.ts";

export interface RestoreInput {
  /** The generated policy in Git, all parts. */
  readonly old: Policy;
  /** The policy as it stood, and is to stand again. */
  readonly to: Policy;
  /** Only what concerns these actions, without regard to case; null: everything. */
  readonly only: readonly string[] | null;
  /** Statements that nobody but people may change, by Sid. */
  readonly protectedSids: readonly string[];
  /** What of the permissions that are missing may return. Default: all of them. */
  readonly mayReturn?: (missing: readonly Addition[]) => readonly Addition[];
}

export interface RestoreResult {
  readonly policy: Policy;
  /** What returns, in the order of `comparePermissions`; its basis is `kept`. */
  readonly added: readonly Addition[];
  /** What goes, in the same order. */
  readonly removed: readonly Permission[];
  /** Where the policy will not be as it stood, and why. */
  readonly questions: readonly Question[];
  /** The new policy allows nothing but the old one and `added`, and all that the old one does but for `removed`. */
  readonly proof: ReduceProof;
}

/**
 * Brings a policy back to an earlier one as far as that is PLP's to do: permissions that are missing return in PLP's own
 * statements, and what its own, unprotected statements grant beyond the earlier policy goes. People's statements, Denies and
 * what is no list of permissions stay as they are and are not written again: each difference that remains is a question. A
 * caller must refuse a result whose proof does not hold. Restoring twice is restoring once.
 */
export function restorePolicy(input: RestoreInput): RestoreResult {
  const { old, to, only, protectedSids, mayReturn = (missing) => missing } = input;
  const names = only === null ? null : new Set(only.map(foldAscii));
  const isMeant = ({ action }: Permission) => names === null || names.has(foldAscii(action));
  const isOpen = ({ sid }: Statement) => isPlpSid(sid) && !protectedSids.includes(sid ?? "");

  const own = { ...old, statements: old.statements.filter(isOpen) };
  const removals = permissionsOf(own).filter((one) => isMeant(one) && allowingStatement(to, one) === null);
  const reduced = reducePolicy({ old, removals, protectedSids });
  const { missing, questions } = missingIn(reduced.policy, { old, to }, isMeant);
  const merged = mergePolicy({ old: reduced.policy, additions: mayReturn(missing), protectedSids });
  const { policy } = merged;

  // What returns of a wider pattern that goes was allowed all the time.
  const added = merged.added.filter((one) => allowingStatement(old, one) === null);
  const removed = reduced.removed.filter((one) => allowingStatement(policy, one) === null);
  const { outside } = prove({ old, next: policy, additions: added });
  const { outside: lost } = proveRemoval({ old, next: policy, removals: removed });
  return {
    ...{ policy, added, removed },
    questions: [
      ...questions,
      ...merged.questions,
      ...reduced.notRemovable.map(({ kind, detail }) => ({ kind, detail })),
      ...(names === null ? standing(old, to, isOpen) : []),
    ],
    proof: { holds: outside.length === 0 && lost.length === 0, outside, lost },
  };
}

/** What the earlier policy allowed and this one does not; of what cannot return as it stood, a question. */
function missingIn(
  now: Policy,
  { old, to }: Pick<RestoreInput, "old" | "to">,
  isMeant: (permission: Permission) => boolean,
): { readonly missing: readonly Addition[]; readonly questions: readonly Question[] } {
  const known = new Set(old.statements.map(({ verbatim }) => statementKey(verbatim)));
  const gone = to.statements.filter(({ verbatim }) => !known.has(statementKey(verbatim)));
  const denies = gone.filter(({ effect }) => effect === "Deny");
  const allowed = {
    ...to,
    statements: [...to.statements.filter(({ effect }) => effect === "Allow"), ...denies],
  };
  const missing: Addition[] = [];
  const questions: Question[] = [];
  for (const one of permissionsOf(to)) {
    if (!isMeant(one) || allowingStatement(now, one) !== null) continue;
    if (/[*?]/.test(one.action))
      questions.push(notRestored(one, "PLP writes no action with a wildcard that does not stand there"));
    else if (denies.length > 0 && covers(allowed, one) !== "yes")
      questions.push(notRestored(one, "a Deny that refused a part of it does not stand there any more"));
    else missing.push({ ...one, ...UNKNOWN });
  }
  const odd = gone.filter((one) => one.effect === "Deny" || !isList(one));
  return { missing, questions: [...questions, ...odd.map((one) => statementQuestion(one, to, GONE))] };
}

const UNKNOWN = { basis: "kept", widened: false, calls: null, firstSeen: null, lastSeen: null } as const;
const GONE = "stood there and is nothing that PLP writes: put it back by hand";
const STAYS = "did not stand there, and is people's: it stays";

/** Statements that are not PLP's to change and say something that the earlier policy did not. */
function standing(old: Policy, to: Policy, isOpen: (statement: Statement) => boolean): readonly Question[] {
  const known = new Set(to.statements.map(({ verbatim }) => statementKey(verbatim)));
  return old.statements
    .filter((one) => !known.has(statementKey(one.verbatim)) && !(isOpen(one) && isList(one)))
    .filter((one) => !isList(one) || one.effect === "Deny" || grantsBeyond(one, old, to))
    .map((one) => statementQuestion(one, old, STAYS));
}

function grantsBeyond(statement: Statement, old: Policy, to: Policy): boolean {
  const alone = permissionsOf({ ...old, statements: [statement] });
  return alone.some((one) => allowingStatement(to, one) === null);
}

function isList({ actions, resources, notUnderstood }: Statement): boolean {
  return actions !== null && resources !== null && notUnderstood.length === 0;
}

function notRestored({ action, resource }: Permission, why: string): Question {
  return {
    kind: "not-restored",
    detail: `${quoted(action)} on ${quoted(resource)} does not return: ${why}.`,
  };
}

function statementQuestion(statement: Statement, policy: Policy, what: string): Question {
  const name =
    statement.sid === null ? `number ${policy.statements.indexOf(statement)}` : quoted(statement.sid);
  return { kind: "not-restored", detail: `Statement ${name} ${what}.` };
}
