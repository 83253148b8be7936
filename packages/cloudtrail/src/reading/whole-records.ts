import { countingInto } from "../counting/counting.ts";
import { countCall, type Scope, type SharedCall, take, takeShared } from "../counting/take.ts";
import { emptyTally, type Tally } from "../counting/tally.ts";
import { parseRecord } from "../mapping/record.ts";
import type { Caller } from "../mapping/who.ts";
import type { Places } from "./places.ts";

/** A record that is read by parsing all of it. */
export interface WholeRecord {
  readonly raw: unknown;
  /** Where it stands in its file, as `Places` has it. */
  readonly from: number;
  readonly to: number;
  /** Who made the call and when, where that is known; then the record is no duplicate, and within the window. */
  readonly by: { readonly caller: Caller; readonly time: number } | null;
}

export interface WholeRecords {
  /** Takes records of the file that `Places` is at. */
  take(records: readonly WholeRecord[], deliveredAt: number | null): void;
  /** How many records so far. */
  records(): number;
  /** What was counted, and the calls that only another account recorded as far as was seen. */
  result(): { readonly tally: Tally; readonly waiting: readonly SharedCall[] };
}

/** So many calls wait for the record of the caller's own account; older ones are counted without. */
const mostWaiting = 4_000;

/** Counts the records that no skimming can tell apart: few in AWS's own logs. */
export function wholeRecords(scope: Scope, known: Places): WholeRecords {
  const counting = countingInto(emptyTally());
  const wanted = scope.roles === undefined ? null : new Set(scope.roles);
  const waiting: SharedCall[] = [];
  const shares = {
    isCounted: (roleArn: string, sharedEventID: string) => known.seenAct(roleArn, sharedEventID),
    later(call: SharedCall) {
      waiting.push(call);
      if (waiting.length > mostWaiting) {
        takeShared(waiting.splice(0, mostWaiting / 2), counting, shares);
      }
    },
  };
  return {
    take(records, deliveredAt) {
      for (const { raw, from, to, by } of records) {
        if (by === null) {
          take(raw, deliveredAt, counting, scope, wanted, {
            ...shares,
            isDuplicate: ({ eventID }) => known.seen(from, to, eventID),
          });
        } else {
          const record = parseRecord(raw);
          if (record !== null) countCall(record, by.caller, by.time, counting, shares);
        }
      }
    },
    records: () => counting.tally.counts.records,
    result() {
      counting.settle();
      return { tally: counting.tally, waiting };
    },
  };
}
