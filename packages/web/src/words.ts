import { type Html, html } from "./html.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `1 role`, `3,120 calls`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : many}`;
}

export function number(count: number): string {
  return count.toLocaleString("en-US");
}

/** `3 Mar 2026`, in UTC. */
export function dayText(at: string): string {
  return `${Number(at.slice(8, 10))} ${MONTHS[Number(at.slice(5, 7)) - 1] ?? "?"} ${at.slice(0, 4)}`;
}

/** `3 Mar 2026 15:20`, in UTC. */
export function momentText(at: string): string {
  return `${dayText(at)} ${at.slice(11, 16)}`;
}

/** `3 Mar 15:20`, in UTC. */
export function shortMomentText(at: string): string {
  return `${dayText(at).slice(0, -5)} ${at.slice(11, 16)}`;
}

/** `15:20:07`, in UTC. */
export function clockText(at: string): string {
  return at.slice(11, 19);
}

/** A moment, to the minute; its title has all of it. */
export function moment(at: string): Html {
  return html`<time datetime="${at}" title="${at}">${momentText(at)}</time>`;
}

export function day(at: string): Html {
  return html`<time datetime="${at}" title="${at}">${dayText(at)}</time>`;
}

/** `2 h 5 min`, `41 s`; between two moments of ISO 8601. */
export function spanText(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
  return `${Math.floor(hours / 24)} days`;
}
