const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `3 Mar 15:20`, in UTC; with the year where it is not this one. */
export function shortTime(at: string, now?: Date): string {
  return `${shortDay(at, now)} ${at.slice(11, 16)}`;
}

/** `3 Mar`, in UTC; with the year where it is not this one. */
export function shortDay(at: string, now?: Date): string {
  const year = now !== undefined && at.startsWith(String(now.getUTCFullYear())) ? "" : ` ${at.slice(0, 4)}`;
  return `${Number(at.slice(8, 10))} ${MONTHS[Number(at.slice(5, 7)) - 1] ?? "?"}${year}`;
}

/** `Tue 3 Mar 2026`, in UTC. */
export function longDay(at: string): string {
  return `${DAYS[new Date(at).getUTCDay()] ?? ""} ${shortDay(at)}`;
}

/** `1 role`, `3,120 calls`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : many}`;
}
