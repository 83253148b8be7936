import { ANY_MANY, ANY_ONE, type Pattern, type Token, tokensOf } from "./match.ts";

const FRESH = -3;
const MAX_STATES = 20_000;
const MAX_WORK = 600_000;
const FILLERS = "xqzjvwkyfbgdhpmcnlrutsaeio0123456789-_~";

interface Node {
  readonly states: readonly number[];
  readonly parent: Node | null;
  readonly symbol: number;
}

/**
 * Concrete texts that stand for all others within `inner`: for every combination of the `tracked` patterns that some
 * text of `inner` matches, one text that matches just those. Two texts of one combination are the same to any
 * policy made of these patterns, so what holds for the representatives holds for all. Found by walking all
 * patterns at once, character by character, over the characters that they name and one that none of them names. A
 * variable counts as `*`. Null when there are too many combinations to walk.
 */
export function representatives(inner: Pattern, tracked: readonly Pattern[]): readonly string[] | null {
  if (inner.literal !== null) return [inner.literal];
  const machine = combine([inner, ...tracked]);
  const { tokens, starts, ends } = machine;
  const innerEnd = ends[0] ?? 0;
  const filler = freshCharacter(tokens);
  const start: Node = { states: settle(machine, starts), parent: null, symbol: 0 };
  const seen = new Set<string>([start.states.join()]);
  const found = new Map<string, string>();
  const queue: Node[] = [start];
  let work = 0;
  for (const node of queue) {
    const { states } = node;
    if (states.includes(innerEnd)) {
      const signature = states.filter((state) => machine.isEnd[state] === 1).join();
      if (!found.has(signature)) found.set(signature, textOf(node, filler));
    }
    for (const symbol of symbols(machine, states, innerEnd)) {
      work += states.length;
      const next = advance(machine, states, symbol);
      if ((next[0] ?? Number.POSITIVE_INFINITY) > innerEnd) continue;
      const key = next.join();
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > MAX_STATES || work > MAX_WORK) return null;
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

/** The characters that make a difference here: those that the next positions name, and one that none names. */
function symbols(machine: Machine, states: readonly number[], innerEnd: number): Iterable<number> {
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
  return open ? named.add(FRESH) : forced;
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
