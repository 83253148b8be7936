import type { CountedRole, Counting, Move } from "../counting/counting.ts";
import { longestText } from "../counting/take.ts";
import { readRecord } from "../mapping/evidence.ts";
import { parseRecord } from "../mapping/record.ts";
import type { BadFile } from "../types.ts";
import type { Identity } from "./callers.ts";
import { briefly } from "./files.ts";
import { type Found, meaning, perEntry } from "./found.ts";
import { type FileBytes, fileBytes } from "./span.ts";

/** Told of calls whose reading does not depend on what was answered: number and serial number. */
export type Tell = (call: number, serial: number) => void;

export interface Mapper {
  /** Takes what its reader found, in the order in which that found it. */
  take(found: Found, tell: Tell): void;
  /** Calls that are no JSON. */
  bad(): readonly BadFile[];
}

/** A caller, and its role as soon as a call of it was mapped. */
interface Known {
  readonly identity: Identity;
  role: CountedRole | null;
}

/** Maps each call that one reader found, once, and counts it as often as it was made. */
export function mapper(paths: readonly string[], counting: Counting): Mapper {
  const callers: Known[] = [];
  const texts: (string | null)[] = [];
  /** By serial number; those that nobody counts any more are taken out. */
  const moves: (Move | undefined)[] = [];
  /** Under how many numbers each of them is still counted. */
  const held: number[] = [];
  const bad: BadFile[] = [];

  const map = ({ numbers, times }: Found, said: unknown, at: number, tell: Tell) => {
    const known = callers[numbers[at + 2] as number];
    const parsed = parseRecord(said);
    if (known === undefined || parsed === null) return;
    const { caller, userIdentity } = known.identity;
    let answered = false;
    const record = { ...parsed, userIdentity };
    const reading = readRecord(record, () => {
      answered = true;
    });
    const serial = numbers[at + 1] as number;
    const toTell = numbers[at + 3] as number;
    if (toTell >= 0 && !answered) tell(toTell, serial);
    const time = times[at / 2 + 2] as number;
    known.role ??= counting.roleOf(caller, time);
    moves[serial] = counting.moveOf(known.role, reading, record, time);
    held[serial] = toTell < 0 ? 1 : 2;
  };

  const offer = ({ numbers, times }: Found, odd: FileBytes | null, at: number) => {
    const move = moves[numbers[at + 1] as number];
    const time = times[at / 2 + 2] as number;
    if (move === undefined || !counting.wants(move, time)) return;
    const id = odd === null ? numbers : textOf(odd, numbers[at + 7] as number, numbers[at + 8] as number);
    if (id === null) return;
    counting.offer(move, {
      time,
      id,
      idFrom: at + 7,
      sessionName: callers[numbers[at + 2] as number]?.identity.caller.sessionName ?? null,
      userAgent: texts[numbers[at + 3] as number] ?? null,
      sourceIPAddress: texts[numbers[at + 6] as number] ?? null,
    });
  };

  const count = ({ numbers, times }: Found, at: number) => {
    const serial = numbers[at + 1] as number;
    const move = moves[serial];
    if (move === undefined) return;
    const left = (held[serial] as number) - 1;
    held[serial] = left;
    if (left === 0) moves[serial] = undefined;
    const made = numbers[at + 2] as number;
    if (made > 0) counting.count(move, made, times[at / 2 + 2] as number, times[at / 2 + 3] as number);
  };

  const tellBad = ({ numbers }: Found, at: number, error: unknown) => {
    const path = paths[numbers[at + 6] as number] ?? "";
    bad.push({ path, reason: `record ${(numbers[at + 7] as number) + 1} is not JSON: ${briefly(error)}` });
  };

  return {
    bad: () => bad,
    take(found, tell) {
      const { numbers, identities } = found;
      const told = fileBytes(found.texts);
      const said = sayingsOf(found, (at, error) => tellBad(found, at, error));
      let next = 0;
      for (let at = 0; at < numbers.length; at += perEntry) {
        const number = numbers[at + 1] as number;
        switch (numbers[at]) {
          case meaning.caller:
            callers[number] = { identity: identities[numbers[at + 2] as number] as Identity, role: null };
            break;
          case meaning.text:
            texts[number] =
              textOf(told, numbers[at + 2] as number, numbers[at + 3] as number)?.slice(0, longestText) ??
              null;
            break;
          case meaning.call:
            map(found, said[next], at, tell);
            next += 1;
            break;
          case meaning.example:
            offer(found, null, at);
            break;
          case meaning.oddExample:
            offer(found, told, at);
            break;
          default:
            count(found, at);
        }
      }
    },
  };
}

/**
 * What the calls of a batch said, in their order; undefined, and told, for what is no JSON. All of it is parsed at
 * once: only where that fails is each by itself.
 */
function sayingsOf(
  { numbers, sayings }: Found,
  onBad: (at: number, error: unknown) => void,
): readonly unknown[] {
  const { length, buffer, byteOffset } = sayings;
  const bytes = Buffer.from(buffer, byteOffset, length);
  const calls: number[] = [];
  for (let at = 0; at < numbers.length; at += perEntry) if (numbers[at] === meaning.call) calls.push(at);
  if (calls.length === 0) return [];
  try {
    // Behind the last one stands a comma, too.
    const all = JSON.parse(`[${bytes.toString("utf8", 0, length - 1)}]`) as readonly unknown[];
    if (all.length === calls.length) return all;
  } catch {
    // Below it is told which.
  }
  return calls.map((at) => {
    try {
      return JSON.parse(bytes.toString("utf8", numbers[at + 8], numbers[at + 9])) as unknown;
    } catch (error) {
      onBad(at, error);
      return undefined;
    }
  });
}

/** Null for none, and for what is no JSON: an example does without. */
function textOf(texts: FileBytes, from: number, to: number): string | null {
  if (from < 0) return null;
  try {
    return texts.string(from, to);
  } catch {
    return null;
  }
}
