const second = 1_000;
const day = 86_400 * second;
const two = (number: number) => String(number).padStart(2, "0");

const minutes = Array.from(
  { length: 24 * 60 },
  (_, minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}:`,
);
const seconds = Array.from({ length: 60 }, (_, number) => `${two(number)}Z`);
/** `2026-03-02T` by the day's number; a log's times are of a few days, and go to and fro between them. */
const days = new Map<number, string>();
const mostDays = 1_000;

function dayText(number: number): string {
  let text = days.get(number);
  if (text === undefined) {
    if (days.size === mostDays) days.clear();
    text = new Date(number * day).toISOString().slice(0, -"00:00:00.000Z".length);
    days.set(number, text);
  }
  return text;
}

/** A time (milliseconds since 1970) as events have it, without a fraction where there is none. */
export function iso(time: number): string {
  if (time < 0 || time % second !== 0) return new Date(time).toISOString().replace(".000Z", "Z");
  const number = Math.floor(time / day);
  const ofDay = (time - number * day) / second;
  return `${dayText(number)}${minutes[Math.floor(ofDay / 60)]}${seconds[ofDay % 60]}`;
}
