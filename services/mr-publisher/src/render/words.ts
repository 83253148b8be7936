const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `1 call`, `3,120 calls`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : many}`;
}

/** `18 Nov`, in UTC. */
export function day(at: string): string {
  return `${Number(at.slice(8, 10))} ${MONTHS[Number(at.slice(5, 7)) - 1] ?? "?"}`;
}

/** `16–23 Nov 2026`, `28 Oct – 4 Nov 2026`. */
export function span(from: string, to: string, dash = "–"): string {
  const sameMonth = from.slice(0, 7) === to.slice(0, 7);
  const begin = sameMonth ? String(Number(from.slice(8, 10))) : day(from);
  return `${begin}${sameMonth ? dash : ` ${dash} `}${day(to)} ${to.slice(0, 4)}`;
}
