import { allowingStatement, touchingStatement } from "./covers.ts";
import { quoted } from "./errors.ts";
import { byOwner, inFileOrder } from "./file-order.ts";
import { foldAscii } from "./match.ts";
import { comparePermissions, conditionKey, permissionKey } from "./permission.ts";
import { prove, proveRemoval } from "./prove.ts";
import { familyOf, isPlpSid, sidFor, sidsOf } from "./sid.ts";
import type { Permission, Policy, Question, Statement } from "./types.ts";

export interface ReduceInput {
  /** The generated policy in Git, all parts. */
  readonly old: Policy;
  /** Each as it is written in a statement: the same action, resource pattern and condition. */
  readonly removals: readonly Permission[];
  /** Statements that nobody but people may change, by Sid. */
  readonly protectedSids: readonly string[];
}

/** A permission that stays although its removal was asked for, and why. */
export interface NotRemovable extends Question {
  readonly permission: Permission;
}

export interface ReduceProof {
  /** The new policy allows nothing that the old one does not, and all that it does but for what was removed. */
  readonly holds: boolean;
  /** What the new policy allows and the old one does not. */
  readonly outside: readonly Permission[];
  /** What the old policy allows, nobody asked to remove, and the new one does not. */
  readonly lost: readonly Permission[];
}

export interface ReduceResult {
  readonly policy: Policy;
  /** What the new policy no longer allows, in the order of `comparePermissions`. */
  readonly removed: readonly Permission[];
  readonly notRemovable: readonly NotRemovable[];
  readonly proof: ReduceProof;
}

/**
 * Takes permissions out of PLP's own statements; people's and protected ones are never touched. A caller must refuse a
 * result whose proof does not hold. What another statement grants all the same, what is a part of a wider pattern, and
 * what the proof cannot read stays and is named in `notRemovable`; what the policy does not grant at all is passed over,
 * so reducing twice is reducing once. When nothing is removed, the policy comes back as it is.
 */
export function reducePolicy({ old, removals, protectedSids }: ReduceInput): ReduceResult {
  const wanted = new Map(removals.map((one) => [permissionKey(one), one] as const));
  const isOpen = ({ sid }: Statement): boolean => isPlpSid(sid) && !protectedSids.includes(sid ?? "");
  const written = new Set(
    old.statements.filter((one) => isOpen(one) && isPlain(one)).flatMap((one) => keysOf(one).flat()),
  );
  const dropped = new Set([...wanted.keys()].filter((key) => written.has(key)));
  /** What had to be put back: the statement that grants it all the same, or null where the proof cannot read it. */
  const restored = new Map<string, Statement | null>();
  for (;;) {
    const policy = without(old, dropped, isOpen);
    const removed = [...dropped].flatMap((key) => wanted.get(key) ?? []).sort(comparePermissions);
    for (const one of removed) {
      const allowing = allowingStatement(policy, one);
      if (allowing !== null) restored.set(permissionKey(one), allowing);
    }
    const { undecided, ...proof } = proofOf(old, policy, removed);
    for (const one of undecided) restored.set(permissionKey(one), null);
    if (removed.every((one) => !restored.has(permissionKey(one)))) {
      const notRemovable = [...wanted.values()]
        .filter((one) => !dropped.has(permissionKey(one)))
        .flatMap((one) => question(one, restored.get(permissionKey(one)), policy, isOpen))
        .sort((a, b) => comparePermissions(a.permission, b.permission));
      return { policy, removed, notRemovable, proof };
    }
    for (const key of restored.keys()) dropped.delete(key);
  }
}

function proofOf(
  old: Policy,
  next: Policy,
  removals: readonly Permission[],
): ReduceProof & { readonly undecided: readonly Permission[] } {
  const { outside } = prove({ old, next, additions: [] });
  const { outside: lost, undecided } = proveRemoval({ old, next, removals });
  const holds = outside.length === 0 && lost.length === 0;
  return { holds, outside, lost, undecided: removals.filter((_, index) => undecided.includes(index)) };
}

/** An Allow of listed actions on listed resources: permissions can be taken out of it one by one. */
function isPlain({ effect, actions, resources, notUnderstood }: Statement): boolean {
  return effect === "Allow" && actions !== null && resources !== null && notUnderstood.length === 0;
}

/** The permissions of a plain statement, by resource and then by action. */
function keysOf({ actions, resources, conditions }: Statement): readonly (readonly string[])[] {
  return (resources ?? []).map((resource) =>
    (actions ?? []).map((action) => permissionKey({ action, resource, condition: conditions })),
  );
}

function without(
  old: Policy,
  dropped: ReadonlySet<string>,
  isOpen: (statement: Statement) => boolean,
): Policy {
  if (dropped.size === 0) return old;
  const taken = sidsOf(old);
  const { people, own } = byOwner(old.statements);
  const left = own.flatMap((one) => (isOpen(one) && isPlain(one) ? reduced(one, dropped, taken) : [one]));
  return { ...old, statements: inFileOrder(left, people) };
}

/**
 * What is left of a statement. Where its resources keep different actions it falls into several statements, of which the
 * largest keeps the Sid.
 */
function reduced(
  statement: Statement,
  dropped: ReadonlySet<string>,
  taken: Set<string>,
): readonly Statement[] {
  const keys = keysOf(statement);
  if (!keys.flat().some((key) => dropped.has(key))) return [statement];
  const rows = (statement.resources ?? []).map((resource, row) => ({
    resource,
    actions: (statement.actions ?? []).filter((_, column) => !dropped.has(keys[row]?.[column] ?? "")),
  }));
  const groups = [...Map.groupBy(rows, ({ actions }) => JSON.stringify(actions.map(foldAscii))).values()]
    .map((group) => ({
      actions: group[0]?.actions ?? [],
      resources: group.map(({ resource }) => resource),
    }))
    .filter(({ actions }) => actions.length > 0);
  const sizes = groups.map(({ actions, resources }) => actions.length * resources.length);
  const heir = sizes.indexOf(Math.max(...sizes));
  return groups.map(({ actions, resources }, index) => {
    if (index === heir) return narrowed(statement, statement.sid ?? "", actions, resources);
    const family = familyOf(actions[0] ?? "");
    const identity = JSON.stringify([family, resources[0] ?? "", conditionKey(statement.conditions)]);
    const sid = sidFor(family, resources[0] ?? "", identity, taken);
    taken.add(sid);
    return narrowed(statement, sid, actions, resources);
  });
}

function narrowed(
  statement: Statement,
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
): Statement {
  const all = resources.length === statement.resources?.length;
  const Resource = all ? statement.verbatim.Resource : resources.length === 1 ? resources[0] : resources;
  const verbatim = { ...statement.verbatim, Sid: sid, Action: actions, Resource };
  return { ...statement, sid, actions, resources, verbatim };
}

/** Why a permission is still there; nothing where the policy grants nothing of it. `blocking`: as in `restored`. */
function question(
  permission: Permission,
  blocking: Statement | null | undefined,
  policy: Policy,
  isOpen: (statement: Statement) => boolean,
): readonly NotRemovable[] {
  const ask = (why: string): readonly NotRemovable[] => {
    const detail = `${quoted(permission.action)} on ${quoted(permission.resource)} is not removed: ${why}.`;
    return [{ kind: "not-removable", detail, permission }];
  };
  if (blocking === null) return ask("it cannot be shown what its removal would take");
  const allowing = blocking ?? allowingStatement(policy, permission);
  const found = allowing ?? touchingStatement(policy, permission);
  if (found === null) return [];
  const name = found.sid === null ? `number ${policy.statements.indexOf(found)}` : quoted(found.sid);
  const owner = isPlpSid(found.sid) ? (isOpen(found) ? "" : ", which is protected,") : ", which is people's,";
  if (allowing === null)
    return ask(`statement ${name}${owner} allows a part of it, or under another condition`);
  return ask(`statement ${name}${owner} allows it${owner === "" ? " by a wider pattern or condition" : ""}`);
}
