import { ANY_MANY, ANY_ONE, type Pattern, type Token, tokensOf } from "./match.ts";

const FRESH = -3;
const FILLERS = "xqzjvwkyfbgdhpmcnlrutsaeio0123456789-_~";

interface Node {
  readonly states: readonly number[];
  readonly parent: Node | null;
  readonly symbol: number;
}

/** How much walking is left; shared by all walks of one proof, so that hostile patterns end it in seconds. */
export interface Fuel {
  left: number;
}

/**
 * Concrete texts that stand for all others within `inner`, found by walking all patterns at once, character by
 * character. `helping` are patterns that can only speak for a text, `harming` those that can speak against it: for
 * every text of `inner` there is a representative that the same harming patterns match, and no other helping ones.
 * So what is granted to all representatives is granted to all texts.
 *
 * Without harming patterns one character that no pattern names is enough: wherever `inner` leaves a choice, a pattern
 * that matches that character matches any. With harming patterns the characters that they name have to be tried too,
 * so then all combinations of all patterns are represented. A variable counts as `*`. Null when the fuel runs out.
 */
export function representatives(
  inner: Pattern,
  helping: readonly Pattern[],
  harming: readonly Pattern[],
  fuel: Fuel,
): readonly string[] | null {
  if (inner.literal !== null) return [inner.literal];
  const machine = combine([inner, ...helping, ...harming]);
  const innerEnd = machine.ends[0] ?? 0;
  const filler = freshCharacter(machine.tokens);
  const start: Node = { states: settle(machine, machine.starts), parent: null, symbol: 0 };
  const seen = new Set<string>([start.states.join()]);
  const found = new Map<string, string>();
  const queue: Node[] = [start];
  for (const node of queue) {
    const { states } = node;
    if (states.includes(innerEnd)) {
      const signature = states.filter((state) => machine.isEnd[state] === 1).join();
      if (!found.has(signature)) found.set(signature, textOf(node, filler));
    }
    for (const symbol of symbols(machine, states, innerEnd, harming.length > 0)) {
      fuel.left -= states.length;
      if (fuel.left < 0) return null;
      const next = advance(machine, states, symbol);
      if ((next[0] ?? Number.POSITIVE_INFINITY) > innerEnd) continue;
      const key = next.join();
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push({ states: next, parent: node, symbol });
    }
  }
  return [...found.values()];
}

/** All patterns behind one another, each followed by an end; a position tells pattern and place. */
interface Machine {
  readonly tokens: readonly (Token | null)[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly isEnd: Uint8Array;
  /** Which pattern a position belongs to. */
  readonly blocks: readonly number[];
}

function combine(patterns: readonly Pattern[]): Machine {
  const tokens: (Token | null)[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const blocks: number[] = [];
  for (const [index, pattern] of patterns.entries()) {
    starts.push(tokens.length);
    for (const token of tokensOf(pattern)) tokens.push(typeof token === "string" ? ANY_MANY : token);
    ends.push(tokens.length);
    tokens.push(null);
    while (blocks.length < tokens.length) blocks.push(index);
  }
  const isEnd = new Uint8Array(tokens.length);
  for (const end of ends) isEnd[end] = 1;
  return { tokens, starts, ends, isEnd, blocks };
}

/** The characters to go on with: those that `inner` names here, or, where it leaves a choice, those that matter. */
function symbols(
  machine: Machine,
  states: readonly number[],
  innerEnd: number,
  namedToo: boolean,
): Iterable<number> {
  const named = new Set<number>();
  const forced = new Set<number>();
  let open = false;
  for (const state of states) {
    const token = machine.tokens[state];
    if (typeof token !== "number") continue;
    if (token >= 0) named.add(token);
    if (state > innerEnd) continue;
    if (token >= 0) forced.add(token);
    else open = true;
  }
  if (!open) return forced;
  return (namedToo ? named : forced).add(FRESH);
}

function advance(machine: Machine, states: readonly number[], symbol: number): readonly number[] {
  const reached: number[] = [];
  for (const state of states) {
    const token = machine.tokens[state];
    if (token === ANY_MANY) reached.push(state);
    else if (token === ANY_ONE || token === symbol) reached.push(state + 1);
  }
  return settle(machine, reached);
}

/** Adds what a star may skip, and drops what stands before the last star reached of the same pattern. */
function settle(machine: Machine, states: readonly number[]): readonly number[] {
  const all = new Set<number>();
  for (const state of states) {
    for (let at = state; ; at += 1) {
      all.add(at);
      if (machine.tokens[at] !== ANY_MANY) break;
    }
  }
  const kept: number[] = [];
  let block = -1;
  let starred = false;
  for (const state of [...all].sort((a, b) => b - a)) {
    if (machine.blocks[state] !== block) {
      block = machine.blocks[state] ?? -1;
      starred = false;
    }
    if (starred) continue;
    kept.push(state);
    starred = machine.tokens[state] === ANY_MANY;
  }
  return kept.reverse();
}

function textOf(node: Node, filler: string): string {
  const characters: string[] = [];
  for (let at = node; at.parent !== null; at = at.parent) {
    characters.push(at.symbol === FRESH ? filler : String.fromCharCode(at.symbol));
  }
  return characters.reverse().join("");
}

function freshCharacter(tokens: readonly (Token | null)[]): string {
  const used = new Set(tokens);
  for (const character of FILLERS) if (!used.has(character.charCodeAt(0))) return character;
  for (let code = 0x100; ; code += 1) if (!used.has(code)) return String.fromCharCode(code);
}
