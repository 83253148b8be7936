import type { Answer } from "./types.ts";

/** A UTF-16 unit, `ANY_ONE`, `ANY_MANY`, or (a string) a policy variable whose value we cannot know. */
export type Token = number | string;
export const ANY_ONE = -1;
export const ANY_MANY = -2;
/** A character that stands in no pattern. */
const FRESH = -3;

export interface Pattern {
  /** Left empty where `literal` says all, as it does for most; `tokensOf` has them for every pattern. */
  readonly tokens: readonly Token[];
  /** The only text it matches, when it has no wildcard and no variable. */
  readonly literal: string | null;
  readonly hasVariable: boolean;
}

const none: readonly Token[] = [];

export interface PatternOptions {
  /** Actions compare without regard to (ASCII) case, ARNs with. */
  readonly foldCase?: boolean;
  /** False for operators such as StringEquals, where `*` is a star. */
  readonly wildcards?: boolean;
  /** False for policies of version 2008-10-17: what `${` means there is left open, and never decided. */
  readonly escapes?: boolean;
}

/** Lower case for ASCII only: no foreign letter may fold into a letter of an action's name. */
export function foldAscii(text: string): string {
  // Where all of it is ASCII, which is almost always, the machine's own folding is the same, and faster.
  if (/^[\u0020-\u007e]*$/.test(text)) return text.toLowerCase();
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Reads a pattern: `*` is any run of characters, also across `:` and `/`; `?` is one character; `${*}`, `${?}`
 * and `${$}` are those characters; every other `${…}` is a variable. Runs of wildcards are put in one order,
 * so that equal patterns have equal tokens.
 */
export function compilePattern(source: string, options: PatternOptions = {}): Pattern {
  const { foldCase = false, wildcards = true, escapes = true } = options;
  const text = foldCase ? foldAscii(source) : source;
  if (!/[*?]|\$\{/.test(text)) return { tokens: none, literal: text, hasVariable: false };
  const tokens: Token[] = [];
  let hasVariable = false;
  let literal: string | null = "";
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x24 && text.charCodeAt(at + 1) === 0x7b) {
      const end = text.indexOf("}", at);
      const name = text.slice(at + 2, end < 0 ? text.length : end);
      if (escapes && end > 0 && (name === "*" || name === "?" || name === "$")) {
        tokens.push(name.charCodeAt(0));
        if (literal !== null) literal += name;
      } else {
        tokens.push(name);
        hasVariable = true;
        literal = null;
      }
      at = end < 0 ? text.length : end;
    } else if (wildcards && unit === 0x2a) {
      literal = null;
      if (tokens.at(-1) !== ANY_MANY) tokens.push(ANY_MANY);
    } else if (wildcards && unit === 0x3f) {
      literal = null;
      if (tokens.at(-1) === ANY_MANY) tokens.splice(-1, 1, ANY_ONE, ANY_MANY);
      else tokens.push(ANY_ONE);
    } else {
      tokens.push(unit);
      if (literal !== null) literal += text.charAt(at);
    }
  }
  return { tokens, literal, hasVariable };
}

/** The tokens of any pattern, also of a plain name. */
export function tokensOf({ literal, tokens }: Pattern): readonly Token[] {
  return literal === null
    ? tokens
    : Array.from({ length: literal.length }, (_, at) => literal.charCodeAt(at));
}

/**
 * Does the pattern match this concrete text (already folded for actions)? At most |pattern| × |text| steps. With
 * a variable: "no" where no value of it could match, else "cannot-tell".
 */
export function matches(pattern: Pattern, text: string): Answer {
  if (pattern.literal !== null) return pattern.literal === text ? "yes" : "no";
  if (!glob(pattern.tokens, text)) return "no";
  return pattern.hasVariable ? "cannot-tell" : "yes";
}

/** Greedy: after a star the earliest match is always good enough, so only the last star is ever tried again. */
function glob(tokens: readonly Token[], text: string): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted === ANY_MANY || typeof wanted === "string") {
      star = token;
      resume = at;
      token += 1;
    } else if (wanted === ANY_ONE || wanted === text.charCodeAt(at)) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      token = star + 1;
      resume += 1;
      at = resume;
    } else {
      return false;
    }
  }
  while (tokens[token] === ANY_MANY || typeof tokens[token] === "string") token += 1;
  return token === tokens.length;
}

/** Steps after which a comparison gives up; ARNs (at most 2,048 characters) stay far below it. */
const MAX_WORK = 300_000;
/** Two ARNs of full length. */
const MAX_GRID = 2_100 * 2_100;

/**
 * Is every text that `inner` matches matched by `outer`? Exact for `*` and `?`; a variable is covered only by a
 * star or by itself. Hostile patterns that would take more than 300,000 steps count as not covered.
 *
 * Why a fresh character is enough: a wildcard of `inner` can stand for characters that `outer` names nowhere, so
 * `outer` must meet them with wildcards of its own, and then meets all others the same way.
 */
export function patternCovers(outer: string, inner: string, options: PatternOptions = {}): boolean {
  return compiledCovers(compilePattern(outer, options), compilePattern(inner, options));
}

export function compiledCovers(outer: Pattern, inner: Pattern): boolean {
  if (inner.literal !== null) return matches(outer, inner.literal) === "yes";
  if (outer.literal !== null) return false;
  if (outer.tokens.length === 1 && outer.tokens[0] === ANY_MANY) return true;
  const seen = new Set<string>();
  let work = 0;
  const pending: { at: number; states: readonly number[] }[] = [
    { at: 0, states: closure(outer.tokens, [0]) },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { at, states } = next;
    if (states.length === 0) return false;
    const key = `${at}|${states.join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    work += states.length;
    if (work > MAX_WORK) return false;
    const symbol = inner.tokens[at];
    if (symbol === undefined) {
      if (states.at(-1) !== outer.tokens.length) return false;
    } else if (symbol === ANY_MANY) {
      pending.push({ at: at + 1, states }, { at, states: step(outer.tokens, states, FRESH) });
    } else {
      pending.push({ at: at + 1, states: step(outer.tokens, states, symbol === ANY_ONE ? FRESH : symbol) });
    }
  }
  return true;
}

/** Where a pattern can be after one more symbol; positions ascend, and those before the last star are dropped. */
function step(tokens: readonly Token[], states: readonly number[], symbol: Token): readonly number[] {
  const reached: number[] = [];
  for (const state of states) {
    const token = tokens[state];
    if (token === ANY_MANY) reached.push(state);
    else if (token === symbol || (token === ANY_ONE && typeof symbol === "number")) reached.push(state + 1);
  }
  return closure(tokens, reached);
}

function closure(tokens: readonly Token[], states: readonly number[]): readonly number[] {
  const all = new Set<number>();
  for (const state of states) {
    all.add(state);
    if (tokens[state] === ANY_MANY) all.add(state + 1);
  }
  const sorted = [...all].sort((a, b) => a - b);
  const star = sorted.findLastIndex((state) => tokens[state] === ANY_MANY);
  return star > 0 ? sorted.slice(star) : sorted;
}

/** Could one action match both patterns of actions? */
export function actionsOverlap(a: string, b: string): boolean {
  const [one, other] = [a, b].map((source) => compilePattern(source, { foldCase: true }));
  return one !== undefined && other !== undefined && patternsOverlap(one, other);
}

/** Could one text match both? Exact for `*` and `?`; a variable could be anything; beyond bounds: it could. */
export function patternsOverlap(a: Pattern, b: Pattern): boolean {
  if (a.literal !== null) return matches(b, a.literal) !== "no";
  if (b.literal !== null) return matches(a, b.literal) !== "no";
  if (!sameEnds(a.tokens, b.tokens)) return false;
  const width = b.tokens.length + 1;
  if (a.tokens.length * width > MAX_GRID) return true;
  const seen = new Uint8Array((a.tokens.length + 1) * width);
  const pending: [number, number][] = [[0, 0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [i, j] = next;
    if (i === a.tokens.length && j === b.tokens.length) return true;
    const cell = i * width + j;
    if (seen[cell] === 1) continue;
    seen[cell] = 1;
    const x = a.tokens[i];
    const y = b.tokens[j];
    if (isRun(x)) pending.push([i + 1, j]);
    if (isRun(y)) pending.push([i, j + 1]);
    if (x === undefined || y === undefined) continue;
    if (isRun(x) && !isRun(y)) pending.push([i, j + 1]);
    else if (isRun(y) && !isRun(x)) pending.push([i + 1, j]);
    else if (x === y || x === ANY_ONE || y === ANY_ONE) pending.push([i + 1, j + 1]);
  }
  return false;
}

function isRun(token: Token | undefined): boolean {
  return token === ANY_MANY || typeof token === "string";
}

/** A quick "no": the characters before the first and after the last wildcard must agree. */
function sameEnds(a: readonly Token[], b: readonly Token[]): boolean {
  for (let at = 0; ; at += 1) {
    const x = a[at];
    const y = b[at];
    if (x === undefined || y === undefined || isRun(x) || isRun(y)) break;
    if (x !== y && x !== ANY_ONE && y !== ANY_ONE) return false;
  }
  for (let at = 1; ; at += 1) {
    const x = a.at(-at);
    const y = b.at(-at);
    if (x === undefined || y === undefined || isRun(x) || isRun(y)) return true;
    if (x !== y && x !== ANY_ONE && y !== ANY_ONE) return false;
  }
}

/** A concrete name as a pattern that matches it alone: its stars, question marks and dollars are escaped. */
export function literalPattern(text: string): string {
  return text.replace(/[*?]|\$(?=\{)/g, (character) => `\${${character}}`);
}
