import type { Evidence } from "../mapping/evidence.ts";
import type { DeniedBy } from "../types.ts";
import { type Examples, firstExamples } from "./examples.ts";

/** How often one permission was used. */
export interface Counter {
  readonly what: Pick<Evidence, "action" | "resource" | "patterns" | "condition" | "inferred">;
  readonly authorized: number;
  readonly failed: number;
  readonly denied: number;
  readonly deniedBy: DeniedBy | null;
  readonly first: number;
  readonly last: number;
  /** As `examplesOf` tells them, or what finds them: most nobody asks for. */
  examples: Examples | (() => Examples);
}

/** Tens of thousands are made at once: of plain fields, in this order, each takes the least time and memory. */
export function counterOf(
  what: Counter["what"],
  { authorized, failed, denied, deniedBy, first, last }: Omit<Counter, "what" | "examples">,
  examples: Counter["examples"],
): Counter {
  return { what, authorized, failed, denied, deniedBy, first, last, examples };
}

/** A counter's examples, from now on without what found them: that may be large. */
export function examplesOf(counter: Counter): Examples {
  if (typeof counter.examples === "function") counter.examples = counter.examples();
  return counter.examples;
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
  return counterOf(a.what, counted, () => firstExamples(examplesOf(a), examplesOf(b)));
}
