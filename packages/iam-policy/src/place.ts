import { divide } from "./divide.ts";
import { byOwner, inFileOrder } from "./file-order.ts";
import { statementKey } from "./permission.ts";
import { policySize, type SizeOf } from "./print.ts";
import { isPlpSid } from "./sid.ts";
import type { Policy, Statement } from "./types.ts";

export interface PolicyPart {
  readonly policy: Policy;
  /** Characters without whitespace. */
  readonly size: number;
}

export interface Limits {
  /** Characters without whitespace that a part may have. */
  readonly max: number;
  readonly maxParts: number;
  /** The parts as they stand in Git. */
  readonly previous: readonly Policy[];
  readonly sizeOf: SizeOf;
}

/** What a new statement leaves free in its part, so that those that are there can grow: some twenty lines of 6,144. */
const HEADROOM = 0.1;

type Room = Pick<Limits, "max" | "sizeOf">;

interface Draft {
  readonly base: Policy;
  readonly statements: Statement[];
  size: number;
}

/**
 * Distributes the statements over parts. A statement stays in the part it stands in; PLP's leave theirs only when it
 * overflows, the changed ones first. New ones come where there is room to spare, in runs that keep their borders, or, where
 * that takes too many parts, wherever they fit. Nothing is dropped, whatever the limits.
 */
export function placeInParts(policy: Policy, limits: Limits): readonly PolicyPart[] {
  const { drafts, homeless } = settle(policy, limits);
  const spacious = withRuns(drafts, homeless, policy, limits);
  const chosen =
    filled(spacious).length <= limits.maxParts ? spacious : packed(drafts, homeless, policy, limits);
  return filled(chosen).map(finish);
}

/** Without the empty ones, so that the files have no gap; an empty policy is one empty part. */
function filled(drafts: readonly Draft[]): readonly Draft[] {
  const some = drafts.filter(({ statements }) => statements.length > 0);
  return some.length > 0 ? some : drafts.slice(0, 1);
}

/** The statements that have a place, and those that need one, in the order of the file. */
function settle(
  policy: Policy,
  { max, previous, sizeOf }: Limits,
): { readonly drafts: readonly Draft[]; readonly homeless: readonly Statement[] } {
  const drafts = previous.map((part, index) => {
    const empty = draftFor(policy, index === 0);
    return part.statements.length > 0 ? { ...empty, base: part, size: frameOf(part) } : empty;
  });
  if (drafts.length === 0) drafts.push(draftFor(policy, true));
  const placeOf = placesIn(previous, policy);
  const homeless: Statement[] = [];
  const changed = new Set<Statement>();
  for (const statement of policy.statements) {
    const { place, same } = placeOf(statement);
    if (!same) changed.add(statement);
    const draft = place === undefined ? undefined : drafts[place];
    if (draft === undefined) homeless.push(statement);
    else add(draft, [statement], sizeOf);
  }
  for (const draft of drafts) homeless.push(...evict(draft, changed, { max, sizeOf }));
  const { people, own } = byOwner(homeless);
  return { drafts, homeless: inFileOrder(own, people) };
}

/** Where a statement stands, and whether it stands there word for word. */
type PlaceOf = (statement: Statement) => { readonly place: number | undefined; readonly same: boolean };

function placesIn(previous: readonly Policy[], policy: Policy): PlaceOf {
  const standing = previous.flatMap(({ statements }, place) =>
    statements.map((statement) => ({ ...statement, place })),
  );
  const byObject = new Map(standing.map(({ verbatim, place }) => [verbatim, place]));
  const bySid = new Map(standing.toReversed().map(({ sid, place }) => [sid, place]));
  const here = new Set(policy.statements.map(({ verbatim }) => verbatim));
  let byKey: Map<string, number[]> | undefined;
  const read = (): Map<string, number[]> => {
    const found = new Map<string, number[]>();
    for (const { verbatim, place } of standing) {
      if (here.has(verbatim)) continue;
      const key = statementKey(verbatim);
      found.set(key, [...(found.get(key) ?? []), place]);
    }
    return found;
  };
  return ({ sid, verbatim }) => {
    const object = byObject.get(verbatim);
    if (object !== undefined) return { place: object, same: true };
    byKey ??= read();
    const place = byKey.size === 0 ? undefined : byKey.get(statementKey(verbatim))?.shift();
    if (place !== undefined) return { place, same: true };
    return { place: isPlpSid(sid) ? bySid.get(sid) : undefined, same: false };
  };
}

function draftFor(policy: Policy, isFirst: boolean): Draft {
  const base = { version: policy.version, id: isFirst ? policy.id : null, statements: [] };
  return { base, statements: [], size: frameOf(base) };
}

function frameOf(base: Policy): number {
  return policySize({ ...base, statements: [] });
}

function add(draft: Draft, statements: readonly Statement[], sizeOf: SizeOf): void {
  draft.size = sizeWith(draft, statements, sizeOf);
  draft.statements.push(...statements);
}

function sizeWith(draft: Draft, statements: readonly Statement[], sizeOf: SizeOf): number {
  const commas = draft.statements.length === 0 ? statements.length - 1 : statements.length;
  return statements.reduce((sum, one) => sum + sizeOf(one), draft.size + Math.max(0, commas));
}

/** Takes PLP's statements out until the part fits: what changed before what stood, the last before the first. */
function evict(draft: Draft, changed: ReadonlySet<Statement>, { max, sizeOf }: Room): readonly Statement[] {
  const evicted: Statement[] = [];
  const own = draft.statements.filter(({ sid }) => isPlpSid(sid)).reverse();
  for (const statement of [
    ...own.filter((one) => changed.has(one)),
    ...own.filter((one) => !changed.has(one)),
  ]) {
    if (draft.size <= max || draft.statements.length === 1) break;
    draft.statements.splice(draft.statements.indexOf(statement), 1);
    draft.size -= sizeOf(statement) + 1;
    evicted.push(statement);
  }
  return evicted;
}

/** Runs of statements, each in the first part that keeps room to spare, or in one of its own. */
function withRuns(
  drafts: readonly Draft[],
  homeless: readonly Statement[],
  policy: Policy,
  { max, sizeOf }: Limits,
): readonly Draft[] {
  const spare = Math.floor(max * (1 - HEADROOM));
  const empty = draftFor(policy, true);
  const fits = (run: readonly Statement[]): boolean => sizeWith(empty, run, sizeOf) <= spare;
  const runs = divide(homeless, fits, ({ sid }) => sid ?? "");
  return housed(drafts, runs, policy, { max: spare, sizeOf });
}

/** Each statement in the first part where it fits. */
function packed(
  drafts: readonly Draft[],
  homeless: readonly Statement[],
  policy: Policy,
  limits: Limits,
): readonly Draft[] {
  const single = homeless.map((statement) => [statement]);
  return housed(drafts, single, policy, limits);
}

/** Each run in the first part with room for it; an empty one takes whatever there is, because no other could. */
function housed(
  drafts: readonly Draft[],
  runs: readonly (readonly Statement[])[],
  policy: Policy,
  { max, sizeOf }: Room,
): readonly Draft[] {
  const all = drafts.map((draft) => ({ ...draft, statements: [...draft.statements] }));
  for (const run of runs) {
    const room = all.find((draft) => draft.statements.length === 0 || sizeWith(draft, run, sizeOf) <= max);
    const home = room ?? draftFor(policy, false);
    if (room === undefined) all.push(home);
    add(home, run, sizeOf);
  }
  return all;
}

/** People's statements first, in their order; a part to which nothing came and from which nothing went stays as it is. */
function finish({ base, statements, size }: Draft): PolicyPart {
  const stayed = new Set(statements.map(({ verbatim }) => verbatim));
  const same =
    base.statements.length === statements.length &&
    (base.statements.every(({ verbatim }) => stayed.has(verbatim)) || sameKeys(base.statements, statements));
  if (same) return { policy: base, size };
  const { people, own } = byOwner(statements);
  return { policy: { ...base, statements: inFileOrder(own, people) }, size };
}

function sameKeys(a: readonly Statement[], b: readonly Statement[]): boolean {
  const keys = (statements: readonly Statement[]) =>
    statements.map(({ verbatim }) => statementKey(verbatim)).sort();
  return keys(a).join() === keys(b).join();
}
