import { allowingStatement } from "./covers.ts";
import { divide } from "./divide.ts";
import { foldAscii } from "./match.ts";
import { conditionKey } from "./permission.ts";
import type { SizeOf } from "./print.ts";
import { familyOf, freeSid, isPlpSid } from "./sid.ts";
import { compareText } from "./text.ts";
import type { Policy, Statement } from "./types.ts";

export type IsOpen = (statement: Statement) => boolean;

/** A statement of listed actions on listed resources, understood as a whole: it can be joined with others. */
function isRectangle({ actions, resources, notUnderstood }: Statement): boolean {
  return actions !== null && resources !== null && notUnderstood.length === 0;
}

/**
 * The same in fewer characters: what another statement allows all the same is left out; statements that differ only in
 * their resources, or only in their actions, become one, which is the whole cross product and nothing else. Only statements
 * that `isOpen` names are touched. PassRole stays apart.
 */
export function compacted(policy: Policy, isOpen: IsOpen): Policy {
  const open: IsOpen = (one) => isOpen(one) && isRectangle(one);
  const lean = withoutCovered(policy, open);
  const byResource = joined(lean.statements, open, {
    keyOf: ({ actions }) => sortedFolded(actions ?? []),
    join: (first, all) =>
      rewritten(first, { resources: unique(all.flatMap(({ resources }) => resources ?? [])) }),
  });
  const byAction = joined(byResource, open, {
    keyOf: ({ resources, actions, sid }) => {
      const apart = isPlpSid(sid) && (actions ?? []).some((action) => familyOf(action) === "pass-role");
      return apart ? [sid ?? ""] : ["", ...[...(resources ?? [])].sort(compareText)];
    },
    join: (first, all) => rewritten(first, { actions: sorted(all.flatMap(({ actions }) => actions ?? [])) }),
  });
  return { ...policy, statements: byAction };
}

/**
 * Leaves out the actions that another statement allows on all resources of the statement. A statement of which something was
 * left out speaks for no other: so of two that say the same, one stays whole.
 */
function withoutCovered(policy: Policy, open: IsOpen): Policy {
  const lean = new Map<Statement, Statement | null>();
  const among = { ...policy, statements: overlapping(policy.statements) };
  for (const statement of policy.statements) {
    if (!open(statement) || statement.effect === "Deny") continue;
    const { actions, resources, conditions: condition } = statement;
    const isOther = (one: Statement): boolean => one !== statement && !lean.has(one);
    const own = (actions ?? []).filter(
      (action) =>
        !(resources ?? []).every((resource) =>
          allowingStatement(among, { action, resource, condition }, isOther),
        ),
    );
    if (own.length === actions?.length) continue;
    lean.set(statement, own.length === 0 ? null : rewritten(statement, { actions: own }));
  }
  return { ...policy, statements: replaced(policy.statements, lean) };
}

/** The statements that can allow what another one does: their resources hold a pattern, or stand in another one, too. */
function overlapping(statements: readonly Statement[]): readonly Statement[] {
  const times = new Map<string, number>();
  for (const resource of statements.flatMap(({ resources }) => resources ?? [])) {
    times.set(resource, (times.get(resource) ?? 0) + 1);
  }
  const isShared = (resource: string): boolean =>
    (times.get(resource) ?? 0) > 1 || /[*?]|\$\{/.test(resource);
  return statements.filter(({ resources }) => resources === null || resources.some(isShared));
}

/** Null takes a statement out. */
function replaced(
  statements: readonly Statement[],
  by: ReadonlyMap<Statement, Statement | null>,
): readonly Statement[] {
  return statements.flatMap((one) => {
    const other = by.get(one);
    return other === undefined ? [one] : other === null ? [] : [other];
  });
}

interface Joining {
  /** What must be equal, beside effect and condition, for the cross product to be exact. */
  readonly keyOf: (statement: Statement) => readonly string[];
  readonly join: (first: Statement, all: readonly Statement[]) => Statement;
}

/** Each group of equal key becomes one statement, in the place and with the Sid of its first. */
function joined(
  statements: readonly Statement[],
  open: IsOpen,
  { keyOf, join }: Joining,
): readonly Statement[] {
  const groups = Map.groupBy(statements.filter(open), (one) =>
    JSON.stringify([one.effect, conditionKey(one.conditions), isPlpSid(one.sid), keyOf(one)]),
  );
  const result = new Map<Statement, Statement | null>();
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined || group.length === 1) continue;
    for (const one of group) result.set(one, null);
    result.set(first, join(first, group));
  }
  return replaced(statements, result);
}

/**
 * A statement that is too large for a part, in several that are not: the longer of its lists is cut (a NotAction or a
 * NotResource never), so together they say what it said. The first keeps the Sid. A statement that cannot be cut comes back alone.
 */
export function divided(
  statement: Statement,
  room: { readonly max: number; readonly spare: number; readonly sizeOf: SizeOf },
  taken: Set<string>,
): readonly Statement[] {
  if (room.sizeOf(statement) <= room.max || statement.notUnderstood.length > 0) return [statement];
  const actions = statement.actions ?? [];
  const resources = statement.resources ?? [];
  const length = (list: readonly string[]): number => (list.length < 2 ? 0 : list.join().length);
  const cutActions = length(actions) >= length(resources);
  const list = cutActions ? actions : resources;
  if (list.length < 2) return [statement];
  const of = (run: readonly string[]): Statement =>
    rewritten(statement, cutActions ? { actions: run } : { resources: run });
  const runs = divide(list, (run) => room.sizeOf(of(run)) <= room.spare, foldAscii);
  return runs
    .map(of)
    .flatMap((piece, index) => divided(index === 0 ? piece : renamed(piece, taken), room, taken));
}

function renamed(statement: Statement, taken: Set<string>): Statement {
  if (statement.sid === null) return statement;
  const sid = freeSid(statement.sid, JSON.stringify([statement.actions, statement.resources]), taken);
  taken.add(sid);
  return { ...statement, sid, verbatim: { ...statement.verbatim, Sid: sid } };
}

/** The statement with other lists; one that is not named stands as it stood. */
function rewritten(
  statement: Statement,
  lists: { readonly actions?: readonly string[]; readonly resources?: readonly string[] },
): Statement {
  const { actions, resources } = lists;
  const verbatim = {
    ...statement.verbatim,
    ...(actions && { Action: actions }),
    ...(resources && { Resource: resources.length === 1 ? resources[0] : resources }),
  };
  return { ...statement, ...lists, verbatim };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function sorted(actions: readonly string[]): readonly string[] {
  const found = new Map(actions.toReversed().map((action) => [foldAscii(action), action]));
  return [...found.values()].sort(compareText);
}

function sortedFolded(actions: readonly string[]): readonly string[] {
  return unique(actions.map(foldAscii)).toSorted(compareText);
}
