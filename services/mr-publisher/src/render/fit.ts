/** A part of the description: what surrounds it, and lines of which those at the end may be left away. */
export interface Section {
  readonly before: readonly string[];
  readonly lines: readonly string[];
  readonly after: readonly string[];
  /** Lines beyond this many are folded. */
  readonly open: number;
  /** What a table needs on top, also of its folded part; empty for lists. */
  readonly head: readonly string[];
  /** `resources`, for "12 more resources". */
  readonly noun: string;
  /** Of the folded part, where it is not just more of the same. */
  readonly summary?: string;
  /** Room is given to the lowest first. */
  readonly rank: number;
}

/** The lines that fold and count, at their longest. */
const FOLD = 250;

/**
 * The sections within a number of characters. Their frames stay; lines get room in the order of `rank`, so that the
 * least important detail is what is left away, and how much of it is said.
 */
export function fitSections(sections: readonly Section[], most: number): readonly string[] {
  const frames = sections.map(
    ({ before, after, head }) => size(before) + size(after) + 2 * size(head) + FOLD,
  );
  let room = most - frames.reduce((sum, frame) => sum + frame, 0);
  const kept = new Map<Section, number>();
  for (const section of [...sections].sort((a, b) => a.rank - b.rank)) {
    let count = 0;
    for (const line of section.lines) {
      if (line.length + 1 > room) break;
      room -= line.length + 1;
      count += 1;
    }
    kept.set(section, count);
  }
  return sections.flatMap((section) => render(section, kept.get(section) ?? 0));
}

function size(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

function render({ before, lines, after, open, head, noun, summary }: Section, count: number): string[] {
  const shown = lines.slice(0, Math.min(open, count));
  const folded = lines.slice(shown.length, count);
  const left = lines.length - count;
  const rest = left > 0 ? ["", `… ${left} more ${noun}; the files of this request hold all of it.`] : [];
  return [
    ...before,
    ...(shown.length > 0 ? [...head, ...shown] : []),
    ...(folded.length > 0
      ? [
          "",
          `<details><summary>${summary ?? `${folded.length} more ${noun}`}</summary>`,
          "",
          ...head,
          ...folded,
          ...rest,
          "",
          "</details>",
        ]
      : rest),
    ...after,
  ];
}
