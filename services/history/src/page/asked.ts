import type { ReplayMoment } from "@plp/domain";
import { isFault, permanent } from "@plp/runtime";
import type { Answer, AskedMoment } from "@plp/web";

const DATE = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** A span of time that somebody wrote: a moment, or a whole UTC day. Both ends belong to it. */
export interface WrittenTime {
  readonly from: string;
  readonly to: string;
}

/** Reads a time as people write it; the fault `bad-time` for anything else. */
export function timeIn(text: string, name: string): WrittenTime {
  const day = text.slice(0, 10);
  const start = Date.parse(`${day}T00:00:00.000Z`);
  // Date.parse turns 31 February into March.
  const isDay = !Number.isNaN(start) && new Date(start).toISOString().startsWith(day);
  if (isDay && DATE.test(text)) {
    return { from: new Date(start).toISOString(), to: new Date(start + 86_400_000 - 1).toISOString() };
  }
  const at = Date.parse(text);
  if (isDay && MOMENT.test(text) && !Number.isNaN(at)) {
    const iso = new Date(at).toISOString();
    return { from: iso, to: iso };
  }
  throw permanent(
    "bad-time",
    `${name} ${JSON.stringify(text)} is no time: write a date (2026-03-03) or a moment (2026-03-03T15:20Z)`,
  );
}

/** A whole number from 1; the fault `bad-number` for anything else. */
export function numberIn(text: string, name: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw permanent("bad-number", `${name} ${JSON.stringify(text)} is no whole number from 1`);
}

/** Which moment of a history of that length is meant; nothing said: now. */
export function momentIn({ at, version, knownAt }: AskedMoment, length: number): ReplayMoment {
  const known = knownAt === "" ? {} : { knownAt: timeIn(knownAt, "known-at").to };
  if (at !== "") return { ...known, at: timeIn(at, "at").to };
  return version === "" ? known : { ...known, version: versionIn(version, length) };
}

/** The other moment of a difference: a version, a day (its end) or a moment. */
export function otherMomentIn(text: string, length: number): ReplayMoment {
  return /^\d{1,9}$/.test(text) ? { version: versionIn(text, length) } : { at: timeIn(text, "from").to };
}

function versionIn(text: string, length: number): number {
  const version = numberIn(text, "version");
  if (version <= length) return version;
  throw permanent("no-such-version", `version ${version}: the history ends at version ${length}`);
}

const MISSING = new Set(["no-such-role", "no-such-run", "no-such-version"]);

/** An answer, or what was wrong with the question; what no other question would change is thrown on. */
export async function answered<T>(answer: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: "found", value: await answer() };
  } catch (error) {
    if (!isFault(error) || error.retryable || !isOfQuestion(error.code)) throw error;
    return { kind: "refused", status: MISSING.has(error.code) ? 404 : 400, says: error.message };
  }
}

/** The faults that `bad-…`, `no-such-…` and `ambiguous-…` name are about what was asked. */
function isOfQuestion(code: string): boolean {
  return /^(bad|no-such|ambiguous)-/.test(code);
}
