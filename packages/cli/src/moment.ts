import { badInput } from "./bad-input.ts";

export { longDay, shortDay, shortTime } from "@plp/audit/words";

const DATE = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** What was given for a time: a moment, or a whole UTC day. Both ends are ISO 8601 UTC and belong to it. */
export interface Given {
  readonly from: string;
  readonly to: string;
  readonly isDay: boolean;
}

/** Reads a time of the command line; anything but a date or a moment with its zone is bad usage. */
export function momentOf(text: string, option: string): Given {
  if (DATE.test(text)) {
    const start = Date.parse(`${text}T00:00:00.000Z`);
    if (!Number.isNaN(start) && new Date(start).toISOString().startsWith(text)) {
      const to = new Date(start + 86_400_000 - 1).toISOString();
      return { from: new Date(start).toISOString(), to, isDay: true };
    }
  } else if (MOMENT.test(text)) {
    const at = Date.parse(text);
    // Date.parse turns 31 February into March.
    const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
    if (
      !Number.isNaN(at) &&
      !Number.isNaN(day) &&
      new Date(day).toISOString().startsWith(text.slice(0, 10))
    ) {
      const iso = new Date(at).toISOString();
      return { from: iso, to: iso, isDay: false };
    }
  }
  throw badInput(
    `${option} ${JSON.stringify(text)} is no time: write a date (2026-03-03) or a moment (2026-03-03T15:20:00Z)`,
  );
}
