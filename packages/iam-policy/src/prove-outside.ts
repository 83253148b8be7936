import { type ActionIndex, indexByAction, possibly, surely } from "./action-index.ts";
import { type CompiledStatement, compileStatement, matchesAction, matchesResource } from "./compile.ts";
import { compilePattern, literalPattern, type Pattern, patternsOverlap } from "./match.ts";
import { membership } from "./prove-equal.ts";
import { notWritten, shareAll, type Written, writtenIn } from "./prove-written.ts";
import { cellsOf, type Region, regionOf, within } from "./regions.ts";
import type { Permission, Policy, Statement } from "./types.ts";
import { type Fuel, representatives } from "./witness.ts";

/** So many witnesses tell a reader enough; the verdict does not depend on it. */
const MAX_OUTSIDE = 50;
/** Steps through patterns after which the proof gives up and says "wider": a second; more than any policy takes that AWS does. */
const MAX_WORK = 1_000_000;

const nothing = writtenIn([]);

interface Field {
  /** Everybody, compiled. */
  readonly all: () => Speakers;
  readonly speakersOf: (action: string) => Speakers;
  /** What the second policy and the extras list; empty where a lost Deny could refuse it. */
  readonly written: Written;
  readonly sameVersion: boolean;
  readonly version: string | null;
  readonly fuel: Fuel;
}

/** For one proof, or for several that together may take no longer than one. */
export function fullTank(): Fuel {
  return { left: MAX_WORK };
}

/** What `sub` allows and neither `sup` nor an extra does; empty = shown to be nothing. */
export function outsideOf(
  sub: Policy,
  sup: Policy,
  extras: readonly Statement[],
  fuel = fullTank(),
): readonly Permission[] {
  const inSub = membership(sub);
  const inSup = membership(sup);
  const lost = sup.statements.filter((one) => one.effect === "Deny" && !inSub(one, sup.version));
  const field = { ...fieldOf(sub, sup, extras, lost), fuel };
  const outside = new Map<string, Permission>();
  for (const allow of sub.statements) {
    if (allow.effect === "Deny" || (lost.length === 0 && inSup(allow, sub.version))) continue;
    for (const permission of outsideOfStatement(allow, field)) {
      outside.set(JSON.stringify(permission), permission);
      if (outside.size >= MAX_OUTSIDE) return [...outside.values()];
    }
  }
  return [...outside.values()];
}

function fieldOf(
  sub: Policy,
  sup: Policy,
  extras: readonly Statement[],
  lost: readonly Statement[],
): Omit<Field, "fuel"> {
  const readableOf = ({ statements, version }: Policy, effect: string): readonly Statement[] =>
    statements.filter((one) => one.effect === effect && readable(one, version));
  const allows = readableOf(sup, "Allow");
  let compiled: Speakers | undefined;
  const all = (): Speakers => {
    compiled ??= {
      allows: allows.map((one) => compileStatement(one, sup.version)),
      extras: extras.map((one) => compileStatement(one, "2012-10-17")),
      lost: lost.map((one) => compileStatement(one, sup.version)),
      denies: readableOf(sub, "Deny").map((one) => compileStatement(one, sub.version)),
    };
    return compiled;
  };
  return {
    ...{ all, speakersOf: speakersOf(all), version: sub.version, sameVersion: sub.version === sup.version },
    written: lost.length > 0 ? nothing : writtenIn([...extras, ...allows]),
  };
}

/** Understood as a whole; in version 2008-10-17 a `${…}` in a condition is not. */
function readable(statement: Statement, version: string | null): boolean {
  if (statement.notUnderstood.length > 0) return false;
  return version === "2012-10-17" || !JSON.stringify(statement.conditions).includes("${");
}

function* outsideOfStatement(statement: Statement, field: Field): Generator<Permission> {
  const { actions, resources, conditions: condition } = statement;
  const isReadable = readable(statement, field.version);
  const cells = cellsOf(regionOf(condition));
  for (const name of actions ?? ["*"]) {
    field.fuel.left -= resources?.length ?? 1;
    if (field.fuel.left < 0) return yield { action: name, resource: resources?.[0] ?? "*", condition };
    const written = isReadable ? field.written : nothing;
    const open = notWritten(written, statement, actions === null ? null : name, cells);
    if (open?.length === 0) continue;
    const own = compileStatement(statement, field.version);
    const inner = compilePattern(name, { foldCase: true });
    const witnesses = isReadable
      ? witnessesOf(name, inner, { ...field.all(), own }, actionSides, field.fuel)
      : null;
    if (witnesses === null) {
      yield { action: name, resource: open?.[0] ?? "*", condition };
      continue;
    }
    for (const { text, shown } of witnesses) {
      if (matchesAction(own, text) === "no") continue;
      for (const outside of outsideOfAction(own, { action: text, open, cells }, field)) {
        yield { ...outside, action: shown };
      }
    }
  }
}

/** The statements that speak of one concrete action. */
interface Speakers {
  readonly allows: readonly CompiledStatement[];
  readonly extras: readonly CompiledStatement[];
  readonly lost: readonly CompiledStatement[];
  readonly denies: readonly CompiledStatement[];
}

/** Those who speak of one concrete action; made when first asked, because most proofs never ask. */
function speakersOf(all: () => Speakers): (action: string) => Speakers {
  const known = new Map<string, Speakers>();
  let indexes: { readonly [name in keyof Speakers]: ActionIndex } | undefined;
  return (action) => {
    const { allows, extras, lost, denies } = all();
    indexes ??= {
      ...{ allows: indexByAction(allows), extras: indexByAction(extras) },
      ...{ lost: indexByAction(lost), denies: indexByAction(denies) },
    };
    const speakers = known.get(action) ?? {
      ...{ allows: surely(indexes.allows, action), extras: surely(indexes.extras, action) },
      ...{ lost: possibly(indexes.lost, action), denies: surely(indexes.denies, action) },
    };
    known.set(action, speakers);
    return speakers;
  };
}

interface Concrete {
  readonly action: string;
  /** The resources in question; null for a NotResource. */
  readonly open: readonly string[] | null;
  readonly cells: readonly Region[];
}

function* outsideOfAction(
  allow: CompiledStatement,
  { action, open, cells }: Concrete,
  field: Field,
): Generator<Permission> {
  const { conditions } = allow.statement;
  const speakers = relevant(field.speakersOf(action), cells);
  for (const name of open ?? ["*"]) {
    const inner = compilePattern(name, { escapes: allow.escapes });
    const sameText = field.sameVersion ? name : null;
    if (grantedAsWritten(name, cells, speakers)) continue;
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
  const same = [...speakers.extras, ...speakers.allows].map(({ statement }) => statement);
  return shareAll(cells, same, ({ resources }) => resources?.includes(name) === true);
}

interface Asked {
  readonly resource: string;
  /** The pattern as it is written: another statement with the same text grants the same, whatever its variables are. */
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
    return settled(
      readable(deny.statement, deny.escapes ? "2012-10-17" : null)
        ? [...cell, ...regionOf(deny.statement.conditions)]
        : cell,
    );
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
