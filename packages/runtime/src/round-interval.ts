const unitHours = { minute: 1 / 60, hour: 1, day: 24 } as const;
const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const longestMonth = 31;

/**
 * The longest time in hours that lies between two rounds of a schedule, from above: what is written in a way that is
 * rare (`L`, `#`, certain months or years) counts as a month, or a year.
 */
export function hoursBetweenRounds(schedule: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  if (count !== undefined) return Number(count) * unitHours[unit as keyof typeof unitHours];
  const [, , ofMonth = "*", month = "*", ofWeek = "?", year = "*"] =
    /^cron\((.+)\)$/.exec(schedule)?.[1]?.split(" ") ?? [];
  if (month !== "*" || year !== "*") return 366 * 24;
  if (!isAny(ofWeek)) return 24 * gapOf(ofWeek, 7, dayOfWeek);
  return 24 * (isAny(ofMonth) ? 1 : gapOf(ofMonth, longestMonth, Number));
}

const isAny = (field: string) => field === "*" || field === "?";

/** The largest step from one value of a field to the next, round the cycle; the longest month where it is none of these. */
function gapOf(field: string, cycle: number, read: (text: string) => number): number {
  const days: number[] = [];
  for (const part of field.split(",")) {
    const [from = Number.NaN, to = from] = part.split("-").map(read);
    if (!Number.isInteger(from) || !Number.isInteger(to)) return longestMonth;
    for (let day = from; ; day = (day % cycle) + 1) {
      days.push(day);
      if (day === to || days.length > cycle) break;
    }
  }
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  return Math.max(
    ...sorted.map((day, at) => {
      const next = sorted[at + 1];
      return next === undefined ? (sorted[0] ?? day) + cycle - day : next - day;
    }),
  );
}

/** EventBridge counts from Sunday, 1. */
function dayOfWeek(text: string): number {
  const named = dayNames.indexOf(text.toUpperCase());
  return named >= 0 ? named + 1 : /^[1-7]$/.test(text) ? Number(text) : Number.NaN;
}
