const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `1 call`, `3,120 calls`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : many}`;
}

/** `3,120`. */
export function number(count: number): string {
  return count.toLocaleString("en-US");
}

/** `once`, `twice`, `3,120 times`. */
export function times(count: number): string {
  if (count === 1) return "once";
  return count === 2 ? "twice" : `${number(count)} times`;
}

/** `a`, `a and b`, `a, b and c`; beyond `most` the rest is counted. */
export function list(names: readonly string[], most = 4): string {
  const shown =
    names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names;
  return shown.length < 2 ? (shown[0] ?? "") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** `18 Nov 2026`, in UTC; `?` for what is no date. */
export function date(at: string): string {
  const match = /^(\d{4})-(\d\d)-(\d\d)/.exec(at);
  const month = MONTHS[Number(match?.[2]) - 1];
  return match === null || month === undefined ? "?" : `${Number(match[3])} ${month} ${match[1]}`;
}

/** `16–23 Nov 2026`, `28 Oct – 4 Nov 2026`, `28 Dec 2026 – 4 Jan 2027`. */
export function span(from: string, to: string, dash = "–"): string {
  const [begin, end] = [date(from), date(to)];
  if (begin === end) return end;
  if (from.slice(0, 7) === to.slice(0, 7)) return `${begin.split(" ")[0]}${dash}${end}`;
  const first = from.slice(0, 4) === to.slice(0, 4) ? begin.split(" ").slice(0, 2).join(" ") : begin;
  return `${first} ${dash} ${end}`;
}
