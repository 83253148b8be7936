/** The smallest of 1, 2, 5, 10, 20, 50 … that is not less than the value. */
export function niceAtLeast(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= value) ?? 10;
  return factor * power;
}

/** Where a moment lies between two others, from 0 to 1. */
export function shareOf(at: string, from: string, to: string): number {
  const span = Date.parse(to) - Date.parse(from);
  if (!(span > 0) || Number.isNaN(Date.parse(at))) return 0;
  return Math.min(1, Math.max(0, (Date.parse(at) - Date.parse(from)) / span));
}

/** `12.34%` */
export function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}

/** At most `most` of them, evenly chosen, the first and the last among them. */
export function thinned<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  const chosen = Array.from({ length: most }, (_, index) =>
    Math.round((index * (all.length - 1)) / (most - 1)),
  );
  return chosen.flatMap((index) => all.slice(index, index + 1));
}
