import type { Evidence, Reading } from "../mapping/evidence.ts";
import type { TrailRecord } from "../mapping/record.ts";
import type { Caller } from "../mapping/who.ts";
import { type Counter, counterOf, keyOf, stronger } from "./counter.ts";
import { exampleStore, type FoundExample } from "./example-store.ts";
import { addCounter, countUnmapped, type RoleTally, roleOf, type Tally } from "./tally.ts";

/** A role with its counters' numbers, by action, then by what `keyOf` tells. */
export interface CountedRole {
  readonly role: RoleTally;
  readonly permissions: Map<string, Map<string, number>>;
}

/** What a call of a role moves whenever it is made: counters by their numbers. */
export interface Move {
  readonly role: RoleTally;
  readonly counters: readonly number[];
  readonly outcome: Evidence["outcome"];
  readonly unmapped: { readonly eventSource: string; readonly eventName: string } | null;
}

export interface Counting {
  /** What is counted into. Its counters are up to date after `settle`, all else at once. */
  readonly tally: Tally;
  /** The role of a caller, of whom at least one call is going to be counted, and that at that time. */
  roleOf(caller: Caller, time: number): CountedRole;
  /** The move of a call by what it proves; nothing is counted yet. */
  moveOf(
    role: CountedRole,
    reading: Reading,
    record: Pick<TrailRecord, "eventSource" | "eventName">,
    time: number,
  ): Move;
  /** Counts a call so many times more, the first and the last at these times. */
  count(move: Move, count: number, first: number, last: number): void;
  /** Might a call at that time be one of the examples of what it moves? */
  wants(move: Move, time: number): boolean;
  offer(move: Move, example: FoundExample): void;
  /** Brings the tally up to what was counted. Moves of before are not to be counted any more. */
  settle(): void;
}

/** Of a counter: how often it was authorized, failed, denied; its first and last time. */
const perCounter = 5;
const [authorizedAt, failedAt, deniedAt, firstAt, lastAt] = [0, 1, 2, 3, 4];

interface Counters {
  readonly byRole: Map<RoleTally, CountedRole>;
  readonly whats: { readonly role: RoleTally; readonly what: Counter["what"] }[];
  readonly deniedBy: Counter["deniedBy"][];
  readonly examples: ReturnType<typeof exampleStore>;
  numbers: Float64Array;
}

const noCounters = (): Counters => ({
  byRole: new Map(),
  whats: [],
  deniedBy: [],
  examples: exampleStore(),
  numbers: new Float64Array(perCounter * 64),
});

/**
 * Counts into a tally by numbers that lie side by side: tens of thousands of counters, each an object or several,
 * would lie all over the memory, where to reach them costs more than to change them.
 */
export function countingInto(tally: Tally): Counting {
  let counters = noCounters();

  const numberOf = ({ role, permissions }: CountedRole, evidence: Evidence, time: number): number => {
    const { whats, deniedBy } = counters;
    let byKey = permissions.get(evidence.action);
    if (byKey === undefined) {
      byKey = new Map();
      permissions.set(evidence.action, byKey);
    }
    const key = keyOf(evidence);
    let counter = byKey.get(key);
    if (counter !== undefined) {
      if (evidence.deniedBy !== null)
        deniedBy[counter] = stronger(deniedBy[counter] ?? null, evidence.deniedBy);
      return counter;
    }
    counter = whats.length;
    byKey.set(key, counter);
    const { action, resource, patterns, condition, inferred } = evidence;
    whats.push({ role, what: { action, resource, patterns, condition, inferred } });
    deniedBy.push(evidence.deniedBy);
    if (perCounter * whats.length > counters.numbers.length) {
      const more = new Float64Array(2 * counters.numbers.length);
      more.set(counters.numbers);
      counters.numbers = more;
    }
    counters.numbers[perCounter * counter + firstAt] = time;
    counters.numbers[perCounter * counter + lastAt] = time;
    return counter;
  };

  return {
    tally,
    roleOf(caller, time) {
      const role = roleOf(tally, caller, time);
      const known = counters.byRole.get(role);
      if (known !== undefined) return known;
      const counted = { role, permissions: new Map() };
      counters.byRole.set(role, counted);
      return counted;
    },
    moveOf(counted, reading, { eventSource, eventName }, time) {
      const evidence = reading.kind === "call" ? reading.evidence : [];
      return {
        role: counted.role,
        counters: evidence.map((one) => numberOf(counted, one, time)),
        // All that one record proves had one outcome.
        outcome: evidence[0]?.outcome ?? "denied",
        unmapped:
          reading.kind === "unmapped" ? { eventSource: eventSource ?? "", eventName: eventName ?? "" } : null,
      };
    },
    count({ role, counters: moved, outcome, unmapped }, count, first, last) {
      tally.counts.matched += count;
      role.events += count;
      if (first < role.first) role.first = first;
      if (last > role.last) role.last = last;
      if (unmapped !== null) countUnmapped(role, unmapped.eventSource, unmapped.eventName, count);
      const { numbers } = counters;
      for (const counter of moved) {
        const at = perCounter * counter;
        (numbers[at + (outcome === "denied" ? deniedAt : authorizedAt)] as number) += count;
        if (outcome === "failed") (numbers[at + failedAt] as number) += count;
        if (first < (numbers[at + firstAt] as number)) numbers[at + firstAt] = first;
        if (last > (numbers[at + lastAt] as number)) numbers[at + lastAt] = last;
      }
    },
    wants: ({ counters: moved, outcome }, time) =>
      moved.some((counter) => counters.examples.wants(counter, outcome === "denied", time)),
    offer({ counters: moved, outcome }, example) {
      for (const counter of moved) counters.examples.offer(counter, outcome === "denied", example);
    },
    settle() {
      settleInto(counters);
      counters = noCounters();
    },
  };
}

function settleInto({ whats, numbers, deniedBy, examples }: Counters): void {
  for (const [counter, { role, what }] of whats.entries()) {
    const at = perCounter * counter;
    const counted = {
      authorized: numbers[at + authorizedAt] as number,
      failed: numbers[at + failedAt] as number,
      denied: numbers[at + deniedAt] as number,
      deniedBy: deniedBy[counter] ?? null,
      first: numbers[at + firstAt] as number,
      last: numbers[at + lastAt] as number,
    };
    addCounter(
      role,
      counterOf(what, counted, () => examples.of(counter)),
    );
  }
}
