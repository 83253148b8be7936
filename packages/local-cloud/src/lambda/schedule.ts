import { permanent } from "@plp/runtime";

const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

interface Weekly {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Days of the week, 0 = Sunday. */
  readonly days: ReadonlySet<number>;
}

function refuse(schedule: string): Error {
  return permanent(
    "schedule-not-supported",
    `the schedule "${schedule}" is not one that this machine's timer knows: use cron(minute hour ? * days *), daily or on days of the week, or rate(…)`,
  );
}

function numbers(field: string, max: number): readonly number[] | null {
  if (field === "*") return Array.from({ length: max + 1 }, (_, value) => value);
  const values = field.split(",").map((part) => (/^\d{1,2}$/.test(part) ? Number(part) : Number.NaN));
  return values.every((value) => value <= max) ? values : null;
}

function weekDays(field: string): ReadonlySet<number> | null {
  if (field === "*" || field === "?") return new Set(dayNames.keys());
  const number = (name: string) =>
    /^[1-7]$/.test(name) ? Number(name) - 1 : dayNames.indexOf(name.toUpperCase());
  const days = new Set<number>();
  for (const part of field.split(",")) {
    const [from = "", to = from] = part.split("-");
    const [first, last] = [number(from), number(to)];
    if (first < 0 || last < 0) return null;
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) break;
    }
  }
  return days;
}

function parseCron(schedule: string): Weekly {
  const fields = /^cron\((.+)\)$/.exec(schedule.trim())?.[1]?.trim().split(/\s+/) ?? [];
  const [minute = "", hour = "", ofMonth = "", month = "", ofWeek = "", year = ""] = fields;
  const [minutes, hours, days] = [numbers(minute, 59), numbers(hour, 23), weekDays(ofWeek)];
  const daily = /^[*?]$/.test(ofMonth) && month === "*" && year === "*" && fields.length === 6;
  if (!daily || minutes === null || hours === null || days === null) throw refuse(schedule);
  return { minutes, hours, days };
}

/** The time of day that a zone's clocks show, as if it were UTC, in milliseconds. */
function wallTime(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(
    value("year"),
    value("month") - 1,
    value("day"),
    value("hour"),
    value("minute"),
    value("second"),
  );
}

/** The moment when the zone's clocks show `wall`; where they skip it, as much later as they skip. */
function momentOf(wall: number, timeZone: string): number {
  let at = wall;
  for (let round = 0; round < 2; round += 1) at = wall - (wallTime(at, timeZone) - at);
  return at;
}

/**
 * The first moment after `after` at which a schedule of EventBridge Scheduler is due: `rate(7 days)`, or the daily and
 * weekly forms of `cron(…)` by the clocks of a time zone. Throws `schedule-not-supported`.
 */
export function nextRun(schedule: string, timeZone: string, after: Date): Date {
  const [, count, unit] = /^rate\((\d{1,5}) (minute|hour|day)s?\)$/.exec(schedule.trim()) ?? [];
  if (count !== undefined) {
    const each = Number(count) * unitMs[unit as keyof typeof unitMs];
    if (each <= 0) throw refuse(schedule);
    return new Date(after.getTime() + each);
  }
  const cron = parseCron(schedule);
  const today = new Date(wallTime(after.getTime(), timeZone));
  const midnight = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate());
  let next = Number.POSITIVE_INFINITY;
  for (let day = 0; day <= 8 && !Number.isFinite(next); day += 1) {
    const start = midnight + day * unitMs.day;
    if (!cron.days.has(new Date(start).getUTCDay())) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const at = momentOf(start + hour * unitMs.hour + minute * unitMs.minute, timeZone);
        if (at > after.getTime() && at < next) next = at;
      }
    }
  }
  return new Date(next);
}
