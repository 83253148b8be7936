import { type ActionIndex, indexByAction, possibly, surely } from "./action-index.ts";
import { type CompiledStatement, compileStatement, matchesAction, matchesResource } from "./compile.ts";
import { ANY_MANY, compilePattern, literalPattern, type Pattern, patternsOverlap } from "./match.ts";
import { parsePolicy } from "./parse.ts";
import { cellsOf, type Region, regionOf, within } from "./regions.ts";
import type { Permission, Policy, Proof, Statement } from "./types.ts";
import { type Fuel, representatives } from "./witness.ts";

/** So many witnesses tell a reader enough; the verdict does not depend on it. */
const MAX_OUTSIDE = 50;
/** Steps through patterns after which the proof gives up and says "wider"; some seconds. */
const MAX_WORK = 3_000_000;
const ANYTHING: Pattern = { tokens: [ANY_MANY], literal: null, hasVariable: false };

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
  const undecided: number[] = [];
  const extras: Statement[] = [];
  const sameTarget = Map.groupBy(input.additions.entries(), ([, { resource, condition }]) =>
    JSON.stringify([resource, condition]),
  );
  for (const group of sameTarget.values()) {
    const decidable = group.filter(
      ([, { action, resource }]) => !holdsVariable(action) && !holdsVariable(resource),
    );
    const statement = asStatement(decidable.map(([, addition]) => addition));
    const decided = statement !== null && statement.notUnderstood.length === 0;
    if (decided) extras.push(statement);
    const left = decided ? group.filter((one) => !decidable.includes(one)) : group;
    undecided.push(...left.map(([index]) => index));
  }
  const outside = outsideOf(reread(input.next), reread(input.old), extras);
  return { wider: outside.length > 0, outside, undecided: undecided.sort((a, b) => a - b) };
}

function holdsVariable(text: string): boolean {
  return compilePattern(text).hasVariable;
}

/** What counts is what will be printed: the proof reads the statements anew and trusts no field of the merge. */
function reread({ version, statements }: Policy): Policy {
  const head = version === null ? {} : { Version: version };
  return parsePolicy(
    { ...head, Statement: statements.map(({ verbatim }) => verbatim) },
    "the policy to prove",
  );
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

/** Additions on one resource under one condition, as the Allow statement that they are. */
function asStatement(group: readonly Permission[]): Statement | null {
  const [first] = group;
  if (first === undefined) return null;
  const target = {
    Resource: first.resource,
    ...(first.condition === null ? {} : { Condition: first.condition }),
  };
  const statement = { Effect: "Allow", Action: group.map(({ action }) => action), ...target };
  return parsePolicy({ Version: "2012-10-17", Statement: statement }, "an addition").statements[0] ?? null;
}

interface Field {
  readonly allows: ActionIndex;
  readonly extras: ActionIndex;
  /** Denies of the second policy that the first lacks: what they refuse, the first may allow. */
  readonly lost: ActionIndex;
  /** Denies of the first policy. */
  readonly denies: ActionIndex;
  readonly sameVersion: boolean;
  readonly speakers: Map<string, Speakers>;
  readonly fuel: Fuel;
}

/** What `sub` allows and neither `sup` nor an extra does; empty = shown to be nothing. */
function outsideOf(sub: Policy, sup: Policy, extras: readonly Statement[]): readonly Permission[] {
  const inSub = membership(sub);
  const inSup = membership(sup);
  const compiled = (policy: Policy, effect: string): readonly CompiledStatement[] =>
    policy.statements
      .filter((statement) => statement.effect === effect)
      .map((statement) => compileStatement(statement, policy.version));
  const lost = compiled(sup, "Deny").filter(({ statement }) => !inSub(statement, sup.version));
  const field: Field = {
    allows: indexByAction(compiled(sup, "Allow").filter(readable)),
    extras: indexByAction(extras.map((extra) => compileStatement(extra, "2012-10-17"))),
    lost: indexByAction(lost),
    denies: indexByAction(compiled(sub, "Deny").filter(readable)),
    sameVersion: sub.version === sup.version,
    speakers: new Map(),
    fuel: { left: MAX_WORK },
  };
  const outside = new Map<string, Permission>();
  for (const allow of compiled(sub, "Allow")) {
    if (lost.length === 0 && inSup(allow.statement, sub.version)) continue;
    for (const permission of outsideOfStatement(allow, field)) {
      outside.set(JSON.stringify(permission), permission);
      if (outside.size >= MAX_OUTSIDE) return [...outside.values()];
    }
  }
  return [...outside.values()];
}

/** Understood as a whole; in version 2008-10-17 a `${…}` in a condition is not. */
function readable({ statement, escapes }: CompiledStatement): boolean {
  if (statement.notUnderstood.length > 0) return false;
  return escapes || !(JSON.stringify(statement.conditions) ?? "").includes("${");
}

/** Equal statements mean the same; with `${…}` only under the same version. */
function membership(policy: Policy): (statement: Statement, version: string | null) => boolean {
  const same = new Set<unknown>(policy.statements.map(({ verbatim }) => verbatim));
  const keys = new Set(policy.statements.map((statement) => identity(statement, policy.version)));
  return (statement, version) =>
    (same.has(statement.verbatim) && version === policy.version) || keys.has(identity(statement, version));
}

function identity(statement: Statement, version: string | null): string {
  const text = sortedJson(statement.verbatim);
  return text.includes("${") ? `${version}${text}` : text;
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

function* outsideOfStatement(allow: CompiledStatement, field: Field): Generator<Permission> {
  const { actions, resources, conditions: condition } = allow.statement;
  const resource = resources?.[0] ?? "*";
  for (const name of actions ?? ["*"]) {
    const inner = actions === null ? ANYTHING : compilePattern(name, { foldCase: true });
    const all = { ...speakersIn(field), own: allow };
    const witnesses = readable(allow) ? witnessesOf(name, inner, all, actionSides, field.fuel) : null;
    if (witnesses === null) {
      yield { action: name, resource, condition };
      continue;
    }
    for (const { text, shown } of witnesses) {
      if (matchesAction(allow, text) === "no") continue;
      for (const outside of outsideOfAction(allow, text, field)) yield { ...outside, action: shown };
    }
  }
}

function speakersIn(field: Field): Speakers {
  const { allows, extras, lost, denies } = field;
  return { allows: allows.all, extras: extras.all, lost: lost.all, denies: denies.all };
}

/** The statements that speak of one concrete action. */
interface Speakers {
  readonly allows: readonly CompiledStatement[];
  readonly extras: readonly CompiledStatement[];
  readonly lost: readonly CompiledStatement[];
  readonly denies: readonly CompiledStatement[];
}

function speakersOf(field: Field, action: string): Speakers {
  const known = field.speakers.get(action);
  if (known) return known;
  const speakers: Speakers = {
    allows: surely(field.allows, action),
    extras: surely(field.extras, action),
    lost: possibly(field.lost, action),
    denies: surely(field.denies, action),
  };
  field.speakers.set(action, speakers);
  return speakers;
}

function* outsideOfAction(allow: CompiledStatement, action: string, field: Field): Generator<Permission> {
  const { resources, conditions } = allow.statement;
  const cells = cellsOf(regionOf(conditions));
  const speakers = relevant(speakersOf(field, action), cells);
  for (const name of resources ?? ["*"]) {
    const inner = resources === null ? ANYTHING : compilePattern(name, { escapes: allow.escapes });
    const sameText = inner.hasVariable && field.sameVersion ? name : null;
    if (resources !== null && grantedAsWritten(name, cells, speakers)) continue;
    const all = { ...speakers, own: allow };
    const witnesses = witnessesOf(name, inner, all, resourceSides, field.fuel);
    if (witnesses === null) {
      yield { action, resource: name, condition: conditions };
      continue;
    }
    for (const { text, shown } of witnesses) {
      if (matchesResource(allow, text) === "no") continue;
      const granted = cells.every((cell) => cellShown(cell, { resource: text, sameText }, speakers));
      if (!granted) yield { action, resource: shown, condition: conditions };
    }
  }
}

/** Leaves out whom no cell concerns; with a lost Deny in play its condition narrows the cells, so then nobody. */
function relevant(speakers: Speakers, cells: readonly Region[]): Speakers {
  if (speakers.lost.length > 0) return speakers;
  const concerned = (one: CompiledStatement): boolean =>
    cells.some((cell) => within(cell, one.statement.conditions));
  const { allows, extras, denies, lost } = speakers;
  return {
    ...{ allows: allows.filter(concerned), extras: extras.filter(concerned) },
    ...{ denies: denies.filter(concerned), lost },
  };
}

/** The same pattern, letter for letter, needs no witnesses, where no lost Deny is in play. */
function grantedAsWritten(name: string, cells: readonly Region[], speakers: Speakers): boolean {
  if (name.includes("${") || speakers.lost.length > 0) return false;
  const same = [...speakers.extras, ...speakers.allows].filter((one) =>
    one.statement.resources?.includes(name),
  );
  return cells.every((cell) => same.some((one) => within(cell, one.statement.conditions)));
}

interface Asked {
  readonly resource: string;
  /** The pattern with its variables: another statement with the same text grants the same. */
  readonly sameText: string | null;
}

/** Is a request for the resource, in a context of this cell, refused by the first policy or granted elsewhere? */
function cellShown(cell: Region, asked: Asked, speakers: Speakers): boolean {
  const matched = (one: CompiledStatement): boolean => matchesResource(one, asked.resource) === "yes";
  const sameText = ({ statement }: CompiledStatement): boolean =>
    asked.sameText !== null && statement.resources?.includes(asked.sameText) === true;
  const settled = (region: Region): boolean =>
    speakers.extras.some((extra) => matched(extra) && within(region, extra.statement.conditions)) ||
    speakers.denies.some((deny) => matched(deny) && within(region, deny.statement.conditions));
  if (settled(cell)) return true;
  const granted = speakers.allows.some(
    (one) => (matched(one) || sameText(one)) && within(cell, one.statement.conditions),
  );
  if (!granted) return false;
  return speakers.lost.every((deny) => {
    if (matchesResource(deny, asked.resource) === "no") return true;
    return settled(readable(deny) ? [...cell, ...regionOf(deny.statement.conditions)] : cell);
  });
}

/** A concrete text of a pattern, and the pattern that tells it to a reader: the whole one where the text stands for it. */
interface Witness {
  readonly text: string;
  readonly shown: string;
}

/** A statement's patterns for actions or for resources: those that it lists, and those that it excepts. */
type SidesOf = (
  one: CompiledStatement,
) => readonly [listed: readonly Pattern[], excepted: readonly Pattern[]];
const actionSides: SidesOf = (one) => [one.actions, one.notActions];
const resourceSides: SidesOf = (one) => [one.resources, one.notResources];

function witnessesOf(
  name: string,
  inner: Pattern,
  all: Speakers & { readonly own: CompiledStatement },
  sidesOf: SidesOf,
  fuel: Fuel,
): readonly Witness[] | null {
  if (inner.literal !== null) return [{ text: inner.literal, shown: name }];
  const friends = [...all.allows, ...all.extras, ...all.denies].map(sidesOf);
  const enemies = all.lost.map(sidesOf);
  const excepted = sidesOf(all.own)[1];
  const helping = [
    ...friends.map(([listed]) => listed),
    ...enemies.map(([, except]) => except),
    excepted,
  ].flat();
  const harming = [...friends.map(([, except]) => except), ...enemies.map(([listed]) => listed)].flat();
  const found = representatives(inner, overlapping(inner, helping), overlapping(inner, harming), fuel);
  // Where one text stands for all of a pattern, the pattern itself reads best.
  return found?.map((text) => ({ text, shown: found.length === 1 ? name : literalPattern(text) })) ?? null;
}

/** The patterns that can match anything of `inner` at all, each once. */
function overlapping(inner: Pattern, patterns: readonly Pattern[]): readonly Pattern[] {
  const found = new Map<string, Pattern>();
  for (const pattern of patterns) {
    const key = pattern.literal === null ? pattern.tokens.join() : `=${pattern.literal}`;
    if (!found.has(key) && patternsOverlap(inner, pattern)) found.set(key, pattern);
  }
  return [...found.values()];
}
