import { givenTime } from "@plp/audit";
import type { ReplayMoment } from "@plp/domain";
import { isFault, permanent } from "@plp/runtime";
import type { Answer, AskedMoment } from "@plp/web";

/** A whole number from 1; the fault `bad-number` for anything else. */
export function numberIn(text: string, name: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw permanent("bad-number", `${name} ${JSON.stringify(text)} is no whole number from 1`);
}

/** Which moment of a history of that length is meant; nothing said: now. */
export function momentIn({ at, version, knownAt }: AskedMoment, length: number): ReplayMoment {
  const known = knownAt === "" ? {} : { knownAt: givenTime(knownAt, "known-at").to };
  if (at !== "") return { ...known, at: givenTime(at, "at").to };
  return version === "" ? known : { ...known, version: versionIn(version, length) };
}

/** The other moment of a difference: a version, a day (its end) or a moment. */
export function otherMomentIn(text: string, length: number): ReplayMoment {
  return /^\d{1,9}$/.test(text) ? { version: versionIn(text, length) } : { at: givenTime(text, "from").to };
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
