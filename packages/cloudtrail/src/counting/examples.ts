import type { UsageExample } from "../types.ts";

/** An example whose time is still a number. */
export interface TimedExample extends Omit<UsageExample, "eventTime" | "denied"> {
  readonly time: number;
  readonly denied: boolean;
}

/** Those of calls that were allowed first; of each kind the earliest, oldest first; at most `mostExamples`. */
export type Examples = readonly TimedExample[];

export const mostExamples = 3;

/** In what two events of one id and time differ: whichever is met first, the same one is kept. */
export function wordingOf({
  sessionName,
  userAgent,
  sourceIPAddress,
}: Pick<TimedExample, "sessionName" | "userAgent" | "sourceIPAddress">): string {
  return JSON.stringify([sessionName, userAgent, sourceIPAddress]);
}

function inOrder(a: TimedExample, b: TimedExample): number {
  if (a.denied !== b.denied) return a.denied ? 1 : -1;
  if (a.time !== b.time) return a.time - b.time;
  if (a.eventID !== b.eventID) return a.eventID < b.eventID ? -1 : 1;
  return wordingOf(a) < wordingOf(b) ? -1 : 1;
}

/** The first three of two lists; of those of one id the first. */
export function firstExamples(a: Examples, b: Examples): Examples {
  const first = new Map<string, TimedExample>();
  for (const example of [...a, ...b].sort(inOrder)) {
    if (!first.has(example.eventID)) first.set(example.eventID, example);
  }
  return [...first.values()].slice(0, mostExamples);
}
