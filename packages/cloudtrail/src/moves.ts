import type { Evidence } from "./evidence.ts";
import { mostCalls } from "./skim.ts";
import {
  addExample,
  type Counter,
  countUnmapped,
  examplesUntil,
  type RoleTally,
  type Tally,
  type TimedExample,
} from "./tally.ts";

/** What a call moved, to move it again for every call that says the same. */
export interface Move {
  readonly role: RoleTally;
  readonly counters: readonly Counter[];
  readonly outcome: Evidence["outcome"];
  readonly unmapped: { readonly eventSource: string; readonly eventName: string } | null;
}

/** In place of a move where the call's reading also depends on what was answered. */
export const byResponse = "by response";

/** Moves by the numbers of calls. */
export interface Moves {
  at(call: number): Move | typeof byResponse | undefined;
  set(call: number, move: Move | typeof byResponse | undefined): void;
  /** Counts the call once more, at that time. Might it be one of the examples? */
  again(call: number, time: number): boolean;
  /** Offers a call that was counted as an example of what it moved. */
  offer(call: number, example: (denied: boolean) => TimedExample | null): void;
  /** Brings the tally up to what was counted. */
  settle(): void;
}

/** Of each call: how often it was counted since the tally was brought up, first, last, and until when examples are wanted. */
const perCall = 4;

/**
 * Most calls say what an earlier one said. Their numbers are kept side by side and brought into the tally in the end,
 * because objects that lie all over the memory cost more to reach than to change.
 */
export function movesOf(tally: Tally): Moves {
  const moves = new Array<Move | typeof byResponse | undefined>(mostCalls).fill(undefined);
  const numbers = new Float64Array(perCall * mostCalls);

  const settle = (call: number) => {
    const at = perCall * call;
    const count = numbers[at] as number;
    const move = moves[call];
    if (count === 0 || move === undefined || move === byResponse) return;
    const [first, last] = [numbers[at + 1] as number, numbers[at + 2] as number];
    numbers[at] = 0;
    const { role, counters, outcome, unmapped } = move;
    tally.counts.matched += count;
    role.events += count;
    if (first < role.first) role.first = first;
    if (last > role.last) role.last = last;
    if (unmapped !== null) countUnmapped(role, unmapped.eventSource, unmapped.eventName, count);
    for (const counter of counters) {
      counter[outcome === "denied" ? "denied" : "authorized"] += count;
      if (outcome === "failed") counter.failed += count;
      if (first < counter.first) counter.first = first;
      if (last > counter.last) counter.last = last;
    }
  };

  return {
    at: (call) => moves[call],
    set(call, move) {
      settle(call);
      moves[call] = move;
      numbers[perCall * call] = 0;
      numbers[perCall * call + 3] = Number.POSITIVE_INFINITY;
    },
    again(call, time) {
      const at = perCall * call;
      const count = numbers[at] as number;
      numbers[at] = count + 1;
      if (count === 0 || time < (numbers[at + 1] as number)) numbers[at + 1] = time;
      if (count === 0 || time > (numbers[at + 2] as number)) numbers[at + 2] = time;
      return time <= (numbers[at + 3] as number);
    },
    offer(call, exampleOf) {
      const move = moves[call];
      if (move === undefined || move === byResponse) return;
      const example = exampleOf(move.outcome === "denied");
      let until = Number.NEGATIVE_INFINITY;
      for (const counter of move.counters) {
        addExample(counter, example);
        until = Math.max(until, examplesUntil(counter, move.outcome === "denied"));
      }
      numbers[perCall * call + 3] = until;
    },
    settle() {
      for (let call = 0; call < mostCalls; call += 1) settle(call);
    },
  };
}
