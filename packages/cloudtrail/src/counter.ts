import type { Evidence } from "./evidence.ts";
import { mostExamples } from "./examples.ts";
import type { DeniedBy, UsageExample } from "./types.ts";

/** How often one permission was used. */
export interface Counter {
  readonly what: Pick<Evidence, "action" | "resource" | "patterns" | "condition" | "inferred">;
  readonly authorized: number;
  readonly failed: number;
  readonly denied: number;
  readonly deniedBy: DeniedBy | null;
  readonly first: number;
  readonly last: number;
  /** Those of calls that were allowed first; of each kind the earliest, oldest first. */
  readonly examples: readonly TimedExample[];
}

/** An example whose time is still a number. */
export interface TimedExample extends Omit<UsageExample, "eventTime" | "denied"> {
  readonly time: number;
  readonly denied: boolean;
}

/** A counter of which the examples are made when somebody asks for them, which of most nobody does. */
export function counterOf(
  what: Counter["what"],
  { authorized, failed, denied, deniedBy, first, last }: Omit<Counter, "what" | "examples">,
  examplesOf: () => Counter["examples"],
): Counter {
  let made: Counter["examples"] | null = null;
  let make: typeof examplesOf | null = examplesOf;
  return {
    what,
    authorized,
    failed,
    denied,
    deniedBy,
    first,
    last,
    get examples() {
      made ??= make?.() ?? [];
      // What they are made from may be large.
      make = null;
      return made;
    },
  };
}

/** An identity policy's refusal is the one that a request can change, so it outweighs the others. */
const strength: readonly (DeniedBy | null)[] = [
  null,
  "unknown",
  "session",
  "resource",
  "boundary",
  "scp",
  "identity",
];

/** Of two kinds of refusal the one that outweighs. */
export function stronger(a: DeniedBy | null, b: DeniedBy | null): DeniedBy | null {
  return strength.indexOf(b) > strength.indexOf(a) ? b : a;
}

/**
 * What distinguishes permissions of one role and action: mostly the resource itself, because a text of its own for each
 * would double what is kept. Of a resource that is not told it is what is told of it, so that ten names are never joined
 * to all there are. No resource begins with a bracket, and no telling holds the end of a line.
 */
export function keyOf({ resource, patterns, condition, inferred }: Counter["what"]): string {
  const telling = resource ?? `[${patterns.join("\n")}`;
  return condition === null && !inferred ? telling : `[${JSON.stringify([condition, inferred])}${telling}`;
}

/** Of two counters of one permission. */
export function sumOf(a: Counter, b: Counter): Counter {
  const counted = {
    authorized: a.authorized + b.authorized,
    failed: a.failed + b.failed,
    denied: a.denied + b.denied,
    deniedBy: stronger(a.deniedBy, b.deniedBy),
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
  };
  return counterOf(a.what, counted, () => firstExamples(a.examples, b.examples));
}

function inOrder(a: TimedExample, b: TimedExample): number {
  if (a.denied !== b.denied) return a.denied ? 1 : -1;
  return a.time - b.time || (a.eventID < b.eventID ? -1 : 1);
}

/** The first three of two counters; one that both have but once. */
function firstExamples(a: Counter["examples"], b: Counter["examples"]): Counter["examples"] {
  const ids = new Set(a.map(({ eventID }) => eventID));
  const others = b.filter(({ eventID }) => !ids.has(eventID));
  return [...a, ...others].sort(inOrder).slice(0, mostExamples);
}
