/** What somebody gave for a time: a moment, or a whole UTC day. Both ends are ISO 8601 UTC and belong to it. */
export interface GivenTime {
  readonly from: string;
  readonly to: string;
  readonly isDay: boolean;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const DAY_MS = 86_400_000;

/** A time as people write it, a date or a moment with its zone; null for anything else. */
export function timeIn(text: string): GivenTime | null {
  const start = Date.parse(`${text.slice(0, 10)}T00:00:00.000Z`);
  // Date.parse turns 31 February into March.
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(text.slice(0, 10))) return null;
  if (DATE.test(text)) {
    const to = new Date(start + DAY_MS - 1).toISOString();
    return { from: new Date(start).toISOString(), to, isDay: true };
  }
  const at = Date.parse(text);
  if (!MOMENT.test(text) || Number.isNaN(at)) return null;
  const iso = new Date(at).toISOString();
  return { from: iso, to: iso, isDay: false };
}

/** What is wrong with a text that is no time. */
export function noTime(text: string, name: string): string {
  return `${name} ${JSON.stringify(text)} is no time: write a date (2026-03-03) or a moment (2026-03-03T15:20:00Z)`;
}
